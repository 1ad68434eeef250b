package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.labels.SecurityContext;
import org.larval.packet.FlowKey;
import org.larval.wire.Prefix;

/**
 * One rule: which packets it is for, and the label that it gives them. Everything that it names
 * must fit; a rule that names nothing fits every IP packet. {@link #toString} prints it in nft's
 * grammar.
 *
 * @param version 4 or 6, 0 for both
 * @param source the source lies in it; null for any
 * @param target the destination lies in it; null for any
 * @param protocol IP protocol, {@link #ANY_PROTOCOL} for any
 * @param sourcePort ports of {@code protocol}; null for any, and for packets without ports
 * @param targetPort the same
 * @param mark compared with the netfilter mark under {@code markMask}
 * @param markMask 0 for any mark
 * @param sid the label
 * @param context what the SID stands for
 */
public record SecmarkRule(
    int version,
    @Nullable Prefix source,
    @Nullable Prefix target,
    int protocol,
    @Nullable PortRange sourcePort,
    @Nullable PortRange targetPort,
    int mark,
    int markMask,
    int sid,
    SecurityContext context) {
  /** Any protocol; 0 is one of its own. */
  public static final int ANY_PROTOCOL = -1;

  /**
   * Whether a packet fits.
   *
   * @param ports whether it has ports: a later fragment has none and fits no rule with ports
   */
  boolean matches(FlowKey flow, boolean ports) {
    return (version == 0 || flow.v6 == (version == 6))
        && (protocol == ANY_PROTOCOL || protocol == flow.protocol)
        && matches(sourcePort, flow.sourcePort, ports)
        && matches(targetPort, flow.targetPort, ports)
        && (flow.mark & markMask) == mark
        && (source == null || source.contains(flow.sourceHigh, flow.sourceLow))
        && (target == null || target.contains(flow.targetHigh, flow.targetLow));
  }

  private static boolean matches(@Nullable PortRange range, int port, boolean ports) {
    return range == null || ports && range.contains(port);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    String family = version == 6 ? "ip6" : "ip";
    if (source != null) {
      text.append(family).append(" saddr ").append(source).append(' ');
    }
    if (target != null) {
      text.append(family).append(" daddr ").append(target).append(' ');
    }
    if (version != 0 && source == null && target == null) {
      text.append("meta nfproto ipv").append(version).append(' ');
    }
    String name = ProtocolName.of(protocol);
    if (sourcePort != null) {
      text.append(name).append(" sport ").append(sourcePort).append(' ');
    }
    if (targetPort != null) {
      text.append(name).append(" dport ").append(targetPort).append(' ');
    }
    if (protocol != ANY_PROTOCOL && sourcePort == null && targetPort == null) {
      text.append("meta l4proto ").append(name).append(' ');
    }
    if (markMask == -1) {
      text.append("meta mark 0x").append(Integer.toHexString(mark)).append(' ');
    } else if (markMask != 0) {
      text.append("meta mark & 0x").append(Integer.toHexString(markMask));
      text.append(" == 0x").append(Integer.toHexString(mark)).append(' ');
    }
    return text.append("meta secmark set \"").append(context).append('"').toString();
  }
}
