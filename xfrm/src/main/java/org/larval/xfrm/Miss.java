package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * Why the last look-up under one policy found no SA: kept once per policy and overwritten, so that
 * the many packets that meet a missing SA cost no garbage.
 */
final class Miss {
  final Policy policy;
  @Nullable Template template;
  @Nullable State larval;

  /** Whether the last look-up sent a new acquire, and no packet has noted that yet. */
  boolean asked;

  Miss(Policy policy) {
    this.policy = policy;
  }

  /** Writes what a packet met into its trail. */
  void note(long now, String place, Packet packet) {
    if (packet.trail() == null) {
      return;
    }
    packet.step(now, place, StepAction.POLICY_MATCHED, policy);
    packet.step(now, place, StepAction.SA_MISSING, template);
    if (larval != null) {
      packet.step(now, place, asked ? StepAction.ACQUIRE_SENT : StepAction.ACQUIRE_PENDING, larval);
    }
    asked = false;
  }
}
