package org.larval.secmark;

import java.util.List;
import org.larval.packet.FlowKey;
import org.larval.packet.Gate;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.packet.Verdict;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * Sets a packet's mark by the rules of one chain. Setting it ends nothing: every rule is asked, and
 * the last that fits wins, as with nft and iptables. A packet that no rule fits keeps its mark; one
 * that is no IP packet is none of our business.
 */
public final class SecmarkGate implements Gate {
  private final SecmarkRule[] rules;
  private final String place;
  private final FlowKey flow = new FlowKey();
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  SecmarkGate(List<SecmarkRule> rules, String place) {
    this.rules = rules.toArray(SecmarkRule[]::new);
    this.place = place;
  }

  @Override
  public Verdict pass(long now, Packet packet) {
    if (rules.length == 0 || !flow.decode(packet)) {
      return Verdict.CONTINUE;
    }
    boolean ports = hasPorts(packet);
    for (SecmarkRule rule : rules) {
      if (rule.matches(flow, ports)) {
        packet.secmark = rule.sid();
        packet.step(now, place, StepAction.MARKED, rule);
      }
    }
    return Verdict.CONTINUE;
  }

  /** Ports of 0 and 0 may mean that there are none: in a later fragment, or in too few bytes. */
  private boolean hasPorts(Packet packet) {
    if (flow.sourcePort != 0 || flow.targetPort != 0) {
      return true;
    }
    int at = packet.buffer().readerIndex();
    int length = packet.length();
    if (flow.v6) {
      return ipv6.wrap(packet.buffer(), at, length) == null
          && (ipv6.fragmentHeader() < 0 || ipv6.fragmentOffset() == 0)
          && ipv6.payloadLength() >= 4;
    }
    return ipv4.wrap(packet.buffer(), at, length) == null
        && ipv4.fragmentOffset() == 0
        && ipv4.payloadLength() >= 4;
  }
}
