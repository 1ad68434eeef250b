package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * What look-ups compare of a policy and ask of it at once, as plain numbers. It is the upper part
 * of {@link InstalledPolicy} so that all of it lies together at the beginning of the object.
 */
abstract sealed class PolicyNumbers permits InstalledPolicy {
  /** Priority, then age: the lowest that fits a flow wins. Unique in its database. */
  long rank;

  /** Whole seconds since the lab began at which it was last used, or -1. */
  long useTime = -1;

  // Addresses left-aligned, as in PrefixTrie.
  final long sourceHigh;
  final long sourceLow;
  final long targetHigh;
  final long targetLow;
  final int sourceLength;
  final int targetLength;

  final int protocol;
  final int sourcePort;
  final int sourceMask;
  final int targetPort;
  final int targetMask;
  final int ifindex;
  final int mark;
  final int markMask;
  final int templateCount;
  final boolean v6;
  final boolean sub;
  final boolean blocks;
  final boolean icmp;
  final boolean demandsProtection;
  final @Nullable SecurityLabel label;

  PolicyNumbers(Policy policy) {
    Selector selector = policy.selector();
    v6 = selector.v6();
    protocol = selector.protocol();
    sourcePort = selector.sourcePort();
    sourceMask = selector.sourceMask();
    targetPort = selector.targetPort();
    targetMask = selector.targetMask();
    ifindex = selector.ifindex();
    mark = policy.mark().value();
    markMask = policy.mark().mask();
    sourceLength = selector.source().length();
    sourceHigh = high(selector.source());
    sourceLow = low(selector.source());
    targetLength = selector.target().length();
    targetHigh = high(selector.target());
    targetLow = low(selector.target());
    label = policy.label();
    templateCount = policy.templates().size();
    sub = policy.type() == PolicyType.SUB;
    blocks = policy.action() == Policy.Action.BLOCK;
    icmp = policy.flags().contains(PolicyFlag.ICMP);
    demandsProtection = policy.demandsProtection();
  }

  private static long high(Prefix prefix) {
    IpAddress address = prefix.address();
    return PrefixTrie.maskHigh(prefix.length())
        & (address.v6() ? address.high() : address.low() << 32);
  }

  private static long low(Prefix prefix) {
    return prefix.address().v6() ? PrefixTrie.maskLow(prefix.length()) & prefix.address().low() : 0;
  }

  /** Whether a flow fits selector and mark; its xfrm interface was compared before. */
  boolean covers(FlowKey flow) {
    return covers(flow, flow.mark);
  }

  /** The same under a mark that is not the flow's. */
  boolean covers(FlowKey flow, int withMark) {
    return ((flow.sourcePort ^ sourcePort) & sourceMask) == 0
        && ((flow.targetPort ^ targetPort) & targetMask) == 0
        && (protocol == 0 || protocol == flow.protocol)
        && flow.v6 == v6
        && (v6
            ? inside(flow.targetHigh, flow.targetLow, targetHigh, targetLow, targetLength)
                && inside(flow.sourceHigh, flow.sourceLow, sourceHigh, sourceLow, sourceLength)
            : inside(flow.targetLow << 32, 0, targetHigh, 0, targetLength)
                && inside(flow.sourceLow << 32, 0, sourceHigh, 0, sourceLength))
        && (withMark & markMask) == mark
        && (ifindex == 0 || ifindex == flow.oif);
  }

  private static boolean inside(long high, long low, long ofHigh, long ofLow, int length) {
    return ((high ^ ofHigh) & PrefixTrie.maskHigh(length)) == 0
        && (length <= 64 || ((low ^ ofLow) & PrefixTrie.maskLow(length)) == 0);
  }
}
