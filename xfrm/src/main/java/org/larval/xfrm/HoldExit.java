package org.larval.xfrm;

import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/** The one rule for what becomes of a packet that leaves a hold queue. */
final class HoldExit {
  private final SaMissPolicy rules;
  private final String place;
  private final HoldStore store;
  private final HoldStats stats;

  HoldExit(SaMissPolicy rules, String place, HoldStore store, HoldStats stats) {
    this.rules = rules;
    this.place = place;
    this.store = store;
    this.stats = stats;
  }

  /** A packet that has left its queue goes where the answer says. */
  void settle(long now, Packet packet, Lookup answer, Effects out) {
    switch (answer) {
      case Bundle bundle -> release(now, packet, bundle, out);
      case Lookup.PassInClear pass -> {
        packet.leaked = true;
        stats.leaked++;
        stats.releasedInClear++;
        release(now, packet, pass, out);
      }
      case Lookup.Bypass bypass -> {
        if (!rules.polls() && (bypass.policy() == null || bypass.leak())) {
          // Nothing that waited for protection leaves in clear unless a policy says so.
          store.drop(
              now,
              packet,
              bypass.leak() ? DropReason.HOLD_RELOOKUP_FAILED : DropReason.HOLD_POLICY_GONE,
              out);
          return;
        }
        stats.releasedInClear++;
        if (bypass.leak()) {
          packet.leaked = true;
          stats.leaked++;
        }
        release(now, packet, bypass, out);
      }
      case Lookup.Refuse refuse -> store.drop(now, packet, settled(refuse), out);
      case Lookup.Blackhole gone -> store.drop(now, packet, DropReason.NEGOTIATION_FAILED, out);
      case Hold waiting -> store.drop(now, packet, DropReason.HOLD_RELOOKUP_FAILED, out);
      case Lookup.Sleep asleep -> store.drop(now, packet, DropReason.HOLD_RELOOKUP_FAILED, out);
    }
  }

  private static DropReason settled(Lookup.Refuse refuse) {
    return switch (refuse.reason()) {
      case XFRM_OUT_POL_BLOCK -> DropReason.HOLD_POLICY_BLOCKS;
      case NEGOTIATION_FAILED, MALFORMED -> refuse.reason();
      default -> DropReason.HOLD_RELOOKUP_FAILED;
    };
  }

  private void release(long now, Packet packet, Lookup way, Effects out) {
    long waited = now - packet.heldSince;
    packet.heldNanos += waited;
    stats.released++;
    stats.totalNanos += waited;
    stats.longestNanos = Math.max(stats.longestNanos, waited);
    packet.step(now, place, StepAction.RELEASED, null, waited);
    if (!(way instanceof Bundle)) {
      way.note(now, place, packet);
    }
    packet.companion = way;
    out.forward(packet);
  }
}
