package org.larval.xfrm;

import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/**
 * Linux's way to let held packets go: a timer asks for the first one, at gaps that double, until it
 * may leave or the last gap is over.
 */
final class HoldPolling {
  private final SaMissPolicy rules;
  private final Agenda agenda;
  private final HoldStore store;
  private final HoldStats stats;
  private final Relookup again;
  private final HoldExit exit;

  HoldPolling(
      SaMissPolicy rules,
      Agenda agenda,
      HoldStore store,
      HoldStats stats,
      Relookup again,
      HoldExit exit) {
    this.rules = rules;
    this.agenda = agenda;
    this.store = store;
    this.stats = stats;
    this.again = again;
    this.exit = exit;
  }

  /** After each packet, the earlier of the moment already asked for and a gap from now. */
  void schedule(long now, HoldQueue queue) {
    if (!(rules.release() instanceof SaMissPolicy.Release.Poll poll)) {
      return;
    }
    if (queue.gap == 0) {
      queue.gap = poll.firstGap();
    }
    long asked = rules.timers().tick(now) + queue.gap;
    if (queue.poll.armed()) {
      asked = Math.min(asked, queue.pollAsked);
    }
    armPoll(now, queue, asked);
  }

  private void armPoll(long now, HoldQueue queue, long asked) {
    queue.pollAsked = asked;
    agenda.arm(queue.poll, rules.timers().fires(now, Math.max(0, asked - now)));
  }

  /** Begins anew with packets that were under another policy: the first poll is at once. */
  void restart(long now, HoldQueue queue) {
    if (rules.release() instanceof SaMissPolicy.Release.Poll poll) {
      queue.gap = poll.firstGap();
    }
    armPoll(now, queue, now);
  }

  /** xfrm_policy_queue_process: only the first packet is asked for. */
  void poll(long now, HoldQueue queue, Effects out) {
    if (queue.size() == 0
        || !(rules.release() instanceof SaMissPolicy.Release.Poll(long firstGap, long lastGap))) {
      return;
    }
    stats.polls++;
    int ifId = queue.ifId();
    Lookup answer = again.lookup(now, queue.packet(0), queue.oif(0), ifId, Who.LOCAL_SOFTIRQ, out);
    switch (answer) {
      case Lookup.Refuse refuse -> {
        queue.gap = 0;
        store.purge(now, queue, refusal(refuse), out);
      }
      case Hold waiting -> {
        if (queue.gap >= lastGap) {
          queue.gap = 0;
          store.purge(now, queue, DropReason.HOLD_PURGED, out);
        } else {
          queue.gap = queue.gap == 0 ? firstGap : queue.gap * 2;
          armPoll(now, queue, rules.timers().tick(now) + queue.gap);
        }
      }
      default -> {
        queue.gap = 0;
        HoldQueue taken = store.detach(queue);
        for (int i = 0; i < taken.size(); i++) {
          Packet packet = taken.packet(i);
          exit.settle(
              now,
              packet,
              again.lookup(now, packet, taken.oif(i), ifId, Who.STACK_NO_QUEUE, out),
              out);
        }
      }
    }
  }

  private static DropReason refusal(Lookup.Refuse refuse) {
    return refuse.reason() == DropReason.XFRM_OUT_POL_BLOCK
        ? DropReason.HOLD_POLICY_BLOCKS
        : DropReason.HOLD_PURGED;
  }
}
