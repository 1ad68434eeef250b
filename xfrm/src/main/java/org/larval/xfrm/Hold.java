package org.larval.xfrm;

import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * The SA is missing and packets of the flow wait for it: give them to {@link XfrmEngine#hold}. The
 * sender's call succeeds.
 *
 * <p>Under Linux's rule of release it stays valid until a policy is inserted, whether or not the SA
 * has come meanwhile: a socket that cached it takes the way through the queue for every packet
 * (xfrm_bundle_ok answers "good" for a queueing dst).
 */
public final class Hold implements Lookup {
  final InstalledPolicy policy;
  final HoldQueue queue;

  /** The interface of the flow, which a held packet does not remember. */
  final int oif;

  private final HoldDesk desk;
  final long routeGeneration;
  final long stateGeneration;

  Hold(
      InstalledPolicy policy,
      HoldQueue queue,
      int oif,
      HoldDesk desk,
      long routeGeneration,
      long stateGeneration) {
    this.policy = policy;
    this.queue = queue;
    this.oif = oif;
    this.desk = desk;
    this.routeGeneration = routeGeneration;
    this.stateGeneration = stateGeneration;
  }

  /** Whether another packet may be held without a new look-up. */
  public boolean valid() {
    return desk.stillGood(this);
  }

  /** The policy that asks for protection. */
  public Policy policy() {
    return policy.policy;
  }

  @Override
  public void note(long now, String place, Packet packet) {
    if (stateGeneration == desk.stateGeneration()) {
      policy.miss.note(now, place, packet);
    } else {
      // An old answer, still in use: nobody knows whether the SA is missing.
      packet.step(now, place, StepAction.POLICY_MATCHED, policy.policy);
    }
  }
}
