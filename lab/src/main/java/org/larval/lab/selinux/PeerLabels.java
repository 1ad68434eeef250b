package org.larval.lab.selinux;

import org.larval.cipso.NetLabelHooks;
import org.larval.labels.Sids;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.policydb.PolicyContext;
import org.larval.packet.Packet;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.State;

/**
 * Who sent a packet: what its SAs, its options and the address that it came from say together
 * (selinux_skb_peerlbl_sid, security_net_peersid_resolve).
 */
final class PeerLabels {
  /** What two labels say contradicts each other: EACCES. */
  static final int CONFLICT = -1;

  private final LoadedPolicy policy;
  private final NetLabelHooks netLabels;

  // what two labels said together last, good while the policy stays
  private int lastAssociation;
  private int lastOption;
  private int sequence;
  private int resolved;

  PeerLabels(LoadedPolicy policy, NetLabelHooks netLabels) {
    this.policy = policy;
    this.netLabels = netLabels;
  }

  /** The SID of a packet's sender, 0 for none, or {@link #CONFLICT}. */
  int of(Packet packet) {
    int association = association(packet);
    int option = netLabels.receive(packet);
    if (option == NetLabelHooks.REFUSED) {
      return CONFLICT;
    }
    if (association == Sids.NONE) {
      return option;
    }
    if (option == Sids.NONE || !netLabels.explicit()) {
      return association;
    }
    if (association != lastAssociation || option != lastOption || policy.sequence() != sequence) {
      sequence = policy.sequence();
      resolved = resolve(association, option);
      lastAssociation = association;
      lastOption = option;
    }
    return resolved;
  }

  /** What two labels say together (security_net_peersid_resolve). */
  private int resolve(int association, int option) {
    if (!policy.server().policy().mls()) {
      return Sids.NONE;
    }
    PolicyContext one = policy.context(association);
    PolicyContext other = policy.context(option);
    return one.range().equals(other.range()) ? association : CONFLICT;
  }

  /** The label of the innermost labeled SA (selinux_xfrm_skb_sid_ingress). */
  static int association(Packet packet) {
    for (int i = packet.transformCount() - 1; i >= 0; i--) {
      SecurityLabel label = packet.transform(i) instanceof State state ? state.label() : null;
      if (label != null) {
        return label.sid();
      }
    }
    return Sids.NONE;
  }
}
