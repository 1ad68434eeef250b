package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;

/**
 * The hold queues of the SA-miss desk: Linux's policy hold queue (xdst_queue_output,
 * xfrm_policy_queue_process) and its better relatives, as the {@link SaMissPolicy} says.
 */
final class HoldDesk {
  private final SaMissPolicy rules;
  private final String place;
  private final PolicyDatabase policies;
  private final Resolver resolver;
  private final Agenda agenda;
  private final Relookup again;
  private final HoldExit exit;
  private final HoldPolling polling;
  private final Rejections rejections = new Rejections();
  private final HoldStats stats = new HoldStats();
  private final HoldStore store;
  private long stateGeneration;

  HoldDesk(
      SaMissPolicy rules,
      String place,
      PolicyDatabase policies,
      Resolver resolver,
      Agenda agenda,
      Relookup.Step step) {
    this.rules = rules;
    this.place = place;
    this.policies = policies;
    this.resolver = resolver;
    this.agenda = agenda;
    again = new Relookup(rules, step);
    store = new HoldStore(rules, agenda, stats);
    exit = new HoldExit(rules, place, store, stats);
    polling = new HoldPolling(rules, agenda, store, stats, again, exit);
  }

  HoldStats stats() {
    return stats;
  }

  HoldStore store() {
    return store;
  }

  /** Something happened that may have resolved what packets wait for. */
  long bump() {
    return ++stateGeneration;
  }

  long stateGeneration() {
    return stateGeneration;
  }

  boolean stillGood(Hold hold) {
    return hold.routeGeneration == policies.routeGeneration()
        && (rules.polls() || hold.stateGeneration == stateGeneration);
  }

  /** The answer for a flow whose SA is missing, after the resolver has failed to find it. */
  Hold holdFor(InstalledPolicy policy, FlowKey missed, long generation) {
    HoldQueue queue = queueFor(policy, missed);
    Hold hold = queue.hold;
    if (hold == null
        || hold.policy != policy
        || hold.oif != missed.oif
        || hold.routeGeneration != policies.routeGeneration()
        || hold.stateGeneration != generation) {
      hold = new Hold(policy, queue, missed.oif, this, policies.routeGeneration(), generation);
      queue.hold = hold;
    }
    return hold;
  }

  private HoldQueue queueFor(InstalledPolicy policy, FlowKey missed) {
    if (rules.scope() == SaMissPolicy.Scope.POLICY) {
      HoldQueue own = policy.queue;
      if (own == null) {
        own = new HoldQueue(AcquireKey.of(policy));
        policy.queue = own;
      }
      return own;
    }
    Template template = resolver.missing;
    if (template == null) {
      throw new IllegalStateException("nothing is missing");
    }
    AcquireKey key =
        AcquireKey.of(
            rules.scope(),
            policy,
            template,
            resolver.ends.source(),
            resolver.ends.target(),
            missed.label);
    HoldQueue queue = store.get(key);
    return queue == null ? new HoldQueue(key) : queue;
  }

  /** Takes a packet (xdst_queue_output). */
  Errno hold(long now, Hold hold, Packet packet, Effects out) {
    if (!rules.polls() && !stillGood(hold)) {
      return holdAnew(now, hold, packet, out);
    }
    hold.note(now, place, packet);
    return enqueue(now, hold.queue, packet, hold.oif, out);
  }

  /** The answer went stale between route and output: ask again before holding. */
  private Errno holdAnew(long now, Hold stale, Packet packet, Effects out) {
    packet.heldSince = now;
    Lookup answer =
        again.lookup(now, packet, stale.oif, stale.policy.policy.ifId(), Who.LOCAL_SOFTIRQ, out);
    if (answer instanceof Hold hold) {
      hold.note(now, place, packet);
      return enqueue(now, hold.queue, packet, hold.oif, out);
    }
    return switch (answer) {
      case Lookup.Refuse refuse -> {
        out.drop(packet, refuse.reason());
        yield refuse.errno();
      }
      default -> {
        stats.held++;
        exit.settle(now, packet, answer, out);
        yield Errno.OK;
      }
    };
  }

  private Errno enqueue(long now, HoldQueue wanted, Packet packet, int oif, Effects out) {
    HoldQueue queue = store.inUse(wanted);
    packet.heldSince = now;
    if (packet.segment != 0 && rules.duplicates() != SaMissPolicy.Duplicates.HOLD_BOTH) {
      int earlier = queue.indexOf(packet.segment);
      if (earlier >= 0) {
        duplicate(now, queue, earlier, packet, out);
        return Errno.OK;
      }
    }
    DropReason full = store.makeRoom(now, queue, packet.length(), out);
    if (full != null) {
      stats.refused++;
      out.drop(packet, full);
      return Errno.EAGAIN;
    }
    store.begin(now, queue, out);
    long age = rules.limits().age();
    store.insert(queue, packet, oif, age == Long.MAX_VALUE ? Long.MAX_VALUE : now + age);
    stats.held++;
    packet.step(now, place, StepAction.HELD, queue.hold == null ? null : queue.hold.policy());
    polling.schedule(now, queue);
    return Errno.OK;
  }

  private void duplicate(long now, HoldQueue queue, int earlier, Packet packet, Effects out) {
    stats.duplicates++;
    if (rules.duplicates() == SaMissPolicy.Duplicates.DROP_NEW) {
      out.drop(packet, DropReason.HOLD_DUPLICATE);
      return;
    }
    packet.step(now, place, StepAction.HELD, queue.hold == null ? null : queue.hold.policy());
    stats.held++;
    store.drop(now, store.replace(queue, earlier, packet), DropReason.HOLD_DUPLICATE, out);
  }

  // The timer.

  void onTimer(long now, HoldQueue queue, Agenda.Timer timer, Effects out) {
    if (timer.equals(queue.poll)) {
      polling.poll(now, queue, out);
    } else {
      while (queue.size() > 0 && queue.deadline(0) <= now) {
        Hold hold = queue.hold;
        if (rules.onFailure() == SaMissPolicy.OnFailure.REJECT && hold != null) {
          rejections.reject(
              now, queue.packet(0), hold.policy.policy, XfrmEvent.Cause.UNREACHABLE, out);
        }
        store.dropOldest(now, queue, DropReason.HOLD_TIMEOUT, out);
      }
      if (queue.size() > 0 && !queue.age.armed()) {
        agenda.arm(queue.age, queue.deadline(0));
      }
    }
  }

  // What wakes packets.

  /** An SA was installed: whatever it may serve is judged anew, at the rule "on install". */
  void onInstall(long now, State fresh, Effects out) {
    if (rules.polls() || store.queues() == 0) {
      return;
    }
    for (HoldQueue queue : store.snapshot()) {
      IpAddress target = queue.key.target();
      if (target == null || target.equals(fresh.target())) {
        reevaluate(now, queue, out);
      }
    }
  }

  /** A policy came, changed or went. */
  void onPolicyChange(
      long now, @Nullable InstalledPolicy old, @Nullable InstalledPolicy fresh, Effects out) {
    if (!rules.polls()) {
      for (HoldQueue queue : store.snapshot()) {
        reevaluate(now, queue, out);
      }
      return;
    }
    HoldQueue queue = old == null ? null : old.queue;
    if (queue == null || queue.size() == 0) {
      return;
    }
    queue.gap = 0;
    if (fresh == null) {
      store.purge(now, queue, DropReason.HOLD_POLICY_GONE, out);
    } else {
      requeue(now, queue, fresh);
    }
  }

  /** xfrm_policy_requeue: the new policy takes the packets over and polls at once. */
  private void requeue(long now, HoldQueue from, InstalledPolicy fresh) {
    HoldQueue taken = store.detach(from);
    HoldQueue to = new HoldQueue(AcquireKey.of(fresh));
    fresh.queue = to;
    to.hold = new Hold(fresh, to, taken.oif(0), this, policies.routeGeneration(), stateGeneration);
    for (int i = 0; i < taken.size(); i++) {
      store.putBack(to, taken.packet(i), taken.oif(i), taken.deadline(i));
    }
    polling.restart(now, to);
  }

  /** Judges each packet of a queue for itself; those that still miss an SA wait on, in order. */
  private void reevaluate(long now, HoldQueue queue, Effects out) {
    if (queue.size() == 0) {
      return;
    }
    int ifId = queue.ifId();
    HoldQueue taken = store.detach(queue);
    Lookup[] answers = new Lookup[taken.size()];
    for (int i = 0; i < answers.length; i++) {
      Packet packet = taken.packet(i);
      Lookup answer = again.lookup(now, packet, taken.oif(i), ifId, Who.LOCAL_SOFTIRQ, out);
      answers[i] = answer;
      if (answer instanceof Hold hold) {
        store.putBack(store.inUse(hold.queue), packet, taken.oif(i), taken.deadline(i));
      }
    }
    for (int i = 0; i < answers.length; i++) {
      if (!(answers[i] instanceof Hold)) {
        exit.settle(now, taken.packet(i), answers[i], out);
      }
    }
  }

  /** A resolution failed: its packets are treated as the rule for failures says. */
  void onFailure(
      long now,
      @Nullable AcquireKey key,
      InstalledPolicy policy,
      XfrmEvent.Cause cause,
      Effects out) {
    HoldQueue queue = key == null ? null : store.get(key);
    if (queue == null || rules.polls() && rules.onFailure() == SaMissPolicy.OnFailure.WAIT) {
      return;
    }
    if (rules.onFailure() == SaMissPolicy.OnFailure.PASS) {
      HoldQueue taken = store.detach(queue);
      for (int i = 0; i < taken.size(); i++) {
        exit.settle(now, taken.packet(i), policy.pass, out);
      }
      return;
    }
    if (rules.onFailure() == SaMissPolicy.OnFailure.REJECT) {
      for (int i = 0; i < queue.size(); i++) {
        rejections.reject(now, queue.packet(i), policy.policy, cause, out);
      }
    }
    store.fail(now, queue, DropReason.NEGOTIATION_FAILED, out);
  }

  /** The repetition of acquires ended without an answer. */
  void giveUp(long now, @Nullable AcquireKey key, Effects out) {
    HoldQueue queue = key == null ? null : store.get(key);
    if (queue != null) {
      store.fail(now, queue, DropReason.HOLD_PURGED, out);
    }
  }

  /** Drops everything at the end of a run. */
  void close(long now, Effects out) {
    for (HoldQueue queue : store.snapshot()) {
      store.fail(now, queue, DropReason.LAB_ENDED, out);
    }
  }
}
