package org.larval.xfrm;

import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/** The policy step, asked again for packets that wait. */
final class Relookup {
  private static final Lookup.Refuse UNDECODABLE =
      new Lookup.Refuse(Errno.EINVAL, DropReason.MALFORMED, null, null);

  /** {@link XfrmEngine#lookup} for a flow of no socket. */
  interface Step {
    Lookup lookup(long now, FlowKey flow, int ifId, Who who, Effects out);
  }

  private final SaMissPolicy rules;
  private final Step step;
  private final FlowKey flow = new FlowKey();

  Relookup(SaMissPolicy rules, Step step) {
    this.rules = rules;
    this.step = step;
  }

  /**
   * What a packet's headers get now.
   *
   * @param packet reader index at the IP header
   */
  Lookup lookup(long now, Packet packet, int oif, int ifId, Who who, Effects out) {
    if (!flow.decode(packet)) {
      return UNDECODABLE;
    }
    flow.oif = oif;
    if (rules.looksUpUnlabelled()) {
      flow.label = 0;
    }
    return step.lookup(now, flow, ifId, who, out);
  }
}
