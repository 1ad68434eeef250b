package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * A policy in the database, with what runs: use, expiry, its place in the order of search, and the
 * answers that look-ups under it give, made once. What a look-up compares stands here once more, as
 * plain numbers. Compared by identity.
 */
public final class InstalledPolicy {
  private static final Template[] NO_TEMPLATES = {};

  final Policy policy;
  final Lifetimes lifetimes;
  final Template[] templates;
  final boolean demandsProtection;
  final boolean icmp;
  final long addTime;
  long useTime = -1;
  boolean dead;
  final Agenda.Timer timer = new Agenda.Timer(this);

  /** Priority, then age: the lowest that fits a flow wins. Unique in its database. */
  long rank;

  // What a look-up compares; addresses left-aligned, as in PrefixTrie.
  final boolean v6;
  final int protocol;
  final int sourcePort;
  final int sourceMask;
  final int targetPort;
  final int targetMask;
  final int ifindex;
  final int mark;
  final int markMask;
  final long sourceHigh;
  final long sourceLow;
  final int sourceLength;
  final long targetHigh;
  final long targetLow;
  final int targetLength;
  final @Nullable SecurityLabel label;

  final Miss miss;
  final Lookup.Bypass bypass;
  final Lookup.Bypass bypassLeak;
  final Lookup.Blackhole blackhole;
  final Lookup.Sleep sleep;
  final Lookup.PassInClear pass;
  final Lookup.Refuse blocked;
  final Lookup.Refuse again;
  final Lookup.Refuse failed;
  @Nullable Bundle bundle;

  /** Linux's polq: the queue of all packets under this policy, at that scope. */
  @Nullable HoldQueue queue;

  InstalledPolicy(Policy policy, Lifetimes lifetimes, long now) {
    this.policy = policy;
    this.lifetimes = lifetimes;
    templates =
        policy.templates().isEmpty() ? NO_TEMPLATES : policy.templates().toArray(NO_TEMPLATES);
    demandsProtection = policy.demandsProtection();
    icmp = policy.flags().contains(PolicyFlag.ICMP);
    addTime = StateDatabase.seconds(now);

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

    miss = new Miss(policy);
    bypass = new Lookup.Bypass(policy, false);
    bypassLeak = new Lookup.Bypass(policy, true);
    blackhole = new Lookup.Blackhole(miss);
    sleep = new Lookup.Sleep(miss);
    pass = new Lookup.PassInClear(miss);
    blocked = new Lookup.Refuse(Errno.EPERM, DropReason.XFRM_OUT_POL_BLOCK, policy, null);
    again = new Lookup.Refuse(Errno.EAGAIN, DropReason.XFRM_OUT_NO_STATES, policy, miss);
    failed = new Lookup.Refuse(Errno.EHOSTUNREACH, DropReason.NEGOTIATION_FAILED, policy, miss);
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

  /** What was installed, with its index. */
  public Policy policy() {
    return policy;
  }

  /** Its limits; byte and packet limits are not counted, as in Linux. */
  public Lifetimes lifetimes() {
    return lifetimes;
  }

  /** Whole seconds since the lab began at which it was installed. */
  public long addTime() {
    return addTime;
  }

  /** Whole seconds since the lab began at which it was last used, or -1. */
  public long useTime() {
    return useTime;
  }

  @Override
  public String toString() {
    return policy.toString();
  }
}
