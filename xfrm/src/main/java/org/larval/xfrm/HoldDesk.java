package org.larval.xfrm;

import java.util.function.Consumer;
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
 *
 * <p>It is long because holding, polling, waking and failing share one rule for what becomes of a
 * packet that leaves a queue ({@code settle}).
 */
final class HoldDesk {
  /** How many failures are told by ICMP in one second. */
  static final int REJECTS_PER_SECOND = 100;

  private static final int QUOTE = 512;
  private static final long SECOND = 1_000_000_000L;

  /** The policy step, asked again for packets that wait. */
  interface Relookup {
    Lookup lookup(long now, FlowKey flow, int ifId, Who who, Effects out);
  }

  private final SaMissPolicy rules;
  private final String place;
  private final PolicyDatabase policies;
  private final Resolver resolver;
  private final Agenda agenda;
  private final Relookup again;
  private final HoldStats stats = new HoldStats();
  private final HoldStore store;
  private final FlowKey flow = new FlowKey();
  private long stateGeneration;
  private long rejectSecond = -1;
  private int rejects;

  HoldDesk(
      SaMissPolicy rules,
      String place,
      PolicyDatabase policies,
      Resolver resolver,
      Agenda agenda,
      Relookup again) {
    this.rules = rules;
    this.place = place;
    this.policies = policies;
    this.resolver = resolver;
    this.agenda = agenda;
    this.again = again;
    store = new HoldStore(rules, agenda, stats);
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
        own = new HoldQueue(new AcquireKey(policy, null, null, 0, 0, 0, 0, Mark.NONE));
        policy.queue = own;
      }
      return own;
    }
    Template template = resolver.missing;
    if (template == null) {
      throw new IllegalStateException("nothing is missing");
    }
    AcquireKey key =
        resolver.key(
            policy, template, resolver.missingSource(), resolver.missingTarget(), missed.label);
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
        lookup(now, packet, stale.oif, stale.policy.policy.ifId(), Who.LOCAL_SOFTIRQ, out);
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
        settle(now, packet, answer, out);
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
    schedule(now, queue);
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

  /** After each packet, the earlier of the moment already asked for and a gap from now. */
  private void schedule(long now, HoldQueue queue) {
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

  void onTimer(long now, HoldQueue queue, Agenda.Timer timer, Effects out) {
    if (timer.equals(queue.poll)) {
      poll(now, queue, out);
    } else {
      while (queue.size() > 0 && queue.deadline(0) <= now) {
        Hold hold = queue.hold;
        if (rules.onFailure() == SaMissPolicy.OnFailure.REJECT && hold != null) {
          reject(now, queue.packet(0), hold.policy.policy, XfrmEvent.Cause.UNREACHABLE, out);
        }
        store.dropOldest(now, queue, DropReason.HOLD_TIMEOUT, out);
      }
      if (queue.size() > 0 && !queue.age.armed()) {
        agenda.arm(queue.age, queue.deadline(0));
      }
    }
  }

  /** xfrm_policy_queue_process: only the first packet is asked for. */
  private void poll(long now, HoldQueue queue, Effects out) {
    if (queue.size() == 0
        || !(rules.release() instanceof SaMissPolicy.Release.Poll(long firstGap, long lastGap))) {
      return;
    }
    stats.polls++;
    int ifId = ifId(queue);
    Lookup answer = lookup(now, queue.packet(0), queue.oif(0), ifId, Who.LOCAL_SOFTIRQ, out);
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
          settle(
              now, packet, lookup(now, packet, taken.oif(i), ifId, Who.STACK_NO_QUEUE, out), out);
        }
      }
    }
  }

  private static DropReason refusal(Lookup.Refuse refuse) {
    return refuse.reason() == DropReason.XFRM_OUT_POL_BLOCK
        ? DropReason.HOLD_POLICY_BLOCKS
        : DropReason.HOLD_PURGED;
  }

  private static int ifId(HoldQueue queue) {
    Hold hold = queue.hold;
    return hold == null ? queue.key.ifId() : hold.policy.policy.ifId();
  }

  private Lookup lookup(long now, Packet packet, int oif, int ifId, Who who, Effects out) {
    if (!flow.decode(packet)) {
      return UNDECODABLE;
    }
    flow.oif = oif;
    if (rules.looksUpUnlabelled()) {
      flow.label = 0;
    }
    return again.lookup(now, flow, ifId, who, out);
  }

  private static final Lookup.Refuse UNDECODABLE =
      new Lookup.Refuse(Errno.EINVAL, DropReason.MALFORMED, null, null);

  /** A packet that has left its queue goes where the answer says. */
  private void settle(long now, Packet packet, Lookup answer, Effects out) {
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
    HoldQueue to = new HoldQueue(new AcquireKey(fresh, null, null, 0, 0, 0, 0, Mark.NONE));
    fresh.queue = to;
    to.hold = new Hold(fresh, to, taken.oif(0), this, policies.routeGeneration(), stateGeneration);
    for (int i = 0; i < taken.size(); i++) {
      store.putBack(to, taken.packet(i), taken.oif(i), taken.deadline(i));
    }
    if (rules.release() instanceof SaMissPolicy.Release.Poll poll) {
      to.gap = poll.firstGap();
    }
    armPoll(now, to, now);
  }

  /** Judges each packet of a queue for itself; those that still miss an SA wait on, in order. */
  private void reevaluate(long now, HoldQueue queue, Effects out) {
    if (queue.size() == 0) {
      return;
    }
    int ifId = ifId(queue);
    HoldQueue taken = store.detach(queue);
    Lookup[] answers = new Lookup[taken.size()];
    for (int i = 0; i < answers.length; i++) {
      Packet packet = taken.packet(i);
      Lookup answer = lookup(now, packet, taken.oif(i), ifId, Who.LOCAL_SOFTIRQ, out);
      answers[i] = answer;
      if (answer instanceof Hold hold) {
        store.putBack(store.inUse(hold.queue), packet, taken.oif(i), taken.deadline(i));
      }
    }
    for (int i = 0; i < answers.length; i++) {
      if (!(answers[i] instanceof Hold)) {
        settle(now, taken.packet(i), answers[i], out);
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
        settle(now, taken.packet(i), policy.pass, out);
      }
      return;
    }
    if (rules.onFailure() == SaMissPolicy.OnFailure.REJECT) {
      for (int i = 0; i < queue.size(); i++) {
        reject(now, queue.packet(i), policy.policy, cause, out);
      }
    }
    store.fail(now, queue, DropReason.NEGOTIATION_FAILED, out);
  }

  private void reject(long now, Packet packet, Policy policy, XfrmEvent.Cause cause, Effects out) {
    long second = now / SECOND;
    if (second != rejectSecond) {
      rejectSecond = second;
      rejects = 0;
    }
    if (rejects == REJECTS_PER_SECOND) {
      return;
    }
    rejects++;
    byte[] quote = new byte[Math.min(QUOTE, packet.length())];
    packet.buffer().getBytes(packet.buffer().readerIndex(), quote);
    out.emit(new XfrmEvent.Reject(cause, policy, packet.label, packet.id(), packet.flow, quote));
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

  void forEachHeld(Consumer<Packet> action) {
    for (HoldQueue queue : store.snapshot()) {
      for (int place = 0; place < queue.size(); place++) {
        action.accept(queue.packet(place));
      }
    }
  }
}
