package org.larval.xfrm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Jiffies;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;

/**
 * The hold queues of the SA-miss desk: Linux's policy hold queue (xdst_queue_output,
 * xfrm_policy_queue_process) and its better relatives, as the {@link SaMissPolicy} says. A queue is
 * in the map exactly while it holds packets; the oldest resolution stands first.
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
  private final LinkedHashMap<AcquireKey, HoldQueue> queues = new LinkedHashMap<>();
  private final FlowKey flow = new FlowKey();
  private long stateGeneration;
  private int heldPackets;
  private long heldBytes;
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
  }

  HoldStats stats() {
    return stats;
  }

  int heldPackets() {
    return heldPackets;
  }

  long heldBytes() {
    return heldBytes;
  }

  int queues() {
    return queues.size();
  }

  boolean stillQueued(long segment) {
    if (segment == 0 || heldPackets == 0) {
      return false;
    }
    for (HoldQueue queue : queues.values()) {
      if (queue.indexOf(segment) >= 0) {
        return true;
      }
    }
    return false;
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
        || hold.stateGeneration != generation && !rules.polls()) {
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
    HoldQueue queue = queues.get(key);
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
    HoldQueue registered = queues.get(wanted.key);
    HoldQueue queue = registered == null ? wanted : registered;
    packet.heldSince = now;
    if (packet.segment != 0 && rules.duplicates() != SaMissPolicy.Duplicates.HOLD_BOTH) {
      int earlier = queue.indexOf(packet.segment);
      if (earlier >= 0) {
        duplicate(now, queue, earlier, packet, out);
        return Errno.OK;
      }
    }
    DropReason full = makeRoom(now, queue, packet.length(), out);
    if (full != null) {
      stats.refused++;
      out.drop(packet, full);
      return Errno.EAGAIN;
    }
    if (queue.size() == 0) {
      if (queues.size() >= rules.limits().resolutions()) {
        fail(now, queues.firstEntry().getValue(), DropReason.HOLD_RESOLUTION_EVICTED, out);
      }
      queues.put(queue.key, queue);
    }
    long age = rules.limits().age();
    insert(queue, packet, oif, age == Long.MAX_VALUE ? Long.MAX_VALUE : now + age);
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
    heldBytes += packet.length();
    Packet old = queue.replace(earlier, packet);
    heldBytes -= old.length();
    stats.held++;
    stats.dropped++;
    old.heldNanos += now - old.heldSince;
    out.drop(old, DropReason.HOLD_DUPLICATE);
  }

  private void insert(HoldQueue queue, Packet packet, int oif, long deadline) {
    queue.add(packet, oif, deadline);
    heldPackets++;
    heldBytes += packet.length();
    if (!queue.age.armed() && deadline != Long.MAX_VALUE) {
      agenda.arm(queue.age, deadline);
    }
  }

  /** Makes room by the rule of overflow; answers why there is none. */
  private @Nullable DropReason makeRoom(long now, HoldQueue queue, int length, Effects out) {
    SaMissPolicy.Limits limits = rules.limits();
    boolean newest = rules.overflow() == SaMissPolicy.Overflow.DROP_NEWEST;
    if (length > limits.bytes() || length > limits.globalBytes() || limits.packets() == 0) {
      return limits.packets() == 0 ? DropReason.HOLD_OVERFLOW_NEWEST : DropReason.HOLD_LIMIT_BYTES;
    }
    while (queue.size() >= limits.packets() || queue.bytes() + length > limits.bytes()) {
      if (newest) {
        return queue.size() >= limits.packets()
            ? DropReason.HOLD_OVERFLOW_NEWEST
            : DropReason.HOLD_LIMIT_BYTES;
      }
      dropOldest(now, queue, DropReason.HOLD_OVERFLOW_OLDEST, out);
    }
    while (heldBytes + length > limits.globalBytes()) {
      HoldQueue victim = newest ? null : globalVictim(queue);
      if (victim == null) {
        return DropReason.HOLD_LIMIT_BYTES;
      }
      if (victim == queue) {
        dropOldest(now, queue, DropReason.HOLD_OVERFLOW_OLDEST, out);
      } else {
        fail(now, victim, DropReason.HOLD_RESOLUTION_EVICTED, out);
      }
    }
    return null;
  }

  private @Nullable HoldQueue globalVictim(HoldQueue queue) {
    if (rules.overflow() == SaMissPolicy.Overflow.FAIL_OLDEST_RESOLUTION) {
      for (HoldQueue other : queues.values()) {
        if (other != queue) {
          return other;
        }
      }
    }
    return queue.size() > 0 ? queue : null;
  }

  private void dropOldest(long now, HoldQueue queue, DropReason reason, Effects out) {
    Packet oldest = queue.removeFirst();
    heldPackets--;
    heldBytes -= oldest.length();
    if (queue.size() == 0) {
      forget(queue);
    }
    drop(now, oldest, reason, out);
  }

  private void drop(long now, Packet packet, DropReason reason, Effects out) {
    stats.dropped++;
    packet.heldNanos += now - packet.heldSince;
    out.drop(packet, reason);
  }

  private void forget(HoldQueue queue) {
    queues.remove(queue.key, queue);
    agenda.cancel(queue.poll);
    agenda.cancel(queue.age);
  }

  /** Takes all packets out of a queue, which may fill again at once. */
  private HoldQueue detach(HoldQueue queue) {
    HoldQueue taken = queue.detach();
    forget(queue);
    heldPackets -= taken.size();
    heldBytes -= taken.bytes();
    return taken;
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
    long asked = jiffy(now) + queue.gap;
    if (queue.poll.armed()) {
      asked = Math.min(asked, queue.pollAsked);
    }
    armPoll(now, queue, asked);
  }

  private void armPoll(long now, HoldQueue queue, long asked) {
    queue.pollAsked = asked;
    agenda.arm(queue.poll, rules.timers().fires(now, Math.max(0, asked - now)));
  }

  private long jiffy(long now) {
    Jiffies timers = rules.timers();
    return timers.hertz() == 0 ? now : now - now % (SECOND / timers.hertz());
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
        dropOldest(now, queue, DropReason.HOLD_TIMEOUT, out);
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
        purge(now, queue, refusal(refuse), out);
      }
      case Hold waiting -> {
        if (queue.gap >= lastGap) {
          queue.gap = 0;
          purge(now, queue, DropReason.HOLD_PURGED, out);
        } else {
          queue.gap = queue.gap == 0 ? firstGap : queue.gap * 2;
          armPoll(now, queue, jiffy(now) + queue.gap);
        }
      }
      default -> {
        queue.gap = 0;
        HoldQueue taken = detach(queue);
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
          drop(
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
      case Lookup.Refuse refuse -> drop(now, packet, settled(refuse), out);
      case Lookup.Blackhole gone -> drop(now, packet, DropReason.NEGOTIATION_FAILED, out);
      case Hold waiting -> drop(now, packet, DropReason.HOLD_RELOOKUP_FAILED, out);
      case Lookup.Sleep asleep -> drop(now, packet, DropReason.HOLD_RELOOKUP_FAILED, out);
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

  private void purge(long now, HoldQueue queue, DropReason reason, Effects out) {
    HoldQueue taken = detach(queue);
    for (int i = 0; i < taken.size(); i++) {
      drop(now, taken.packet(i), reason, out);
    }
  }

  // What wakes packets.

  /** An SA was installed: whatever it may serve is judged anew, at the rule "on install". */
  void onInstall(long now, State fresh, Effects out) {
    if (rules.polls() || queues.isEmpty()) {
      return;
    }
    for (HoldQueue queue : snapshot()) {
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
      for (HoldQueue queue : snapshot()) {
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
      purge(now, queue, DropReason.HOLD_POLICY_GONE, out);
    } else {
      requeue(now, queue, fresh);
    }
  }

  /** xfrm_policy_requeue: the new policy takes the packets over and polls at once. */
  private void requeue(long now, HoldQueue from, InstalledPolicy fresh) {
    HoldQueue taken = detach(from);
    HoldQueue to = new HoldQueue(new AcquireKey(fresh, null, null, 0, 0, 0, 0, Mark.NONE));
    fresh.queue = to;
    to.hold = new Hold(fresh, to, taken.oif(0), this, policies.routeGeneration(), stateGeneration);
    queues.put(to.key, to);
    for (int i = 0; i < taken.size(); i++) {
      insert(to, taken.packet(i), taken.oif(i), taken.deadline(i));
    }
    if (rules.release() instanceof SaMissPolicy.Release.Poll poll) {
      to.gap = poll.firstGap();
    }
    armPoll(now, to, now);
  }

  private List<HoldQueue> snapshot() {
    return queues.isEmpty() ? List.of() : new ArrayList<>(queues.values());
  }

  /** Judges each packet of a queue for itself; those that still miss an SA wait on, in order. */
  private void reevaluate(long now, HoldQueue queue, Effects out) {
    if (queue.size() == 0) {
      return;
    }
    int ifId = ifId(queue);
    HoldQueue taken = detach(queue);
    Lookup[] answers = new Lookup[taken.size()];
    for (int i = 0; i < answers.length; i++) {
      Packet packet = taken.packet(i);
      Lookup answer = lookup(now, packet, taken.oif(i), ifId, Who.LOCAL_SOFTIRQ, out);
      answers[i] = answer;
      if (answer instanceof Hold hold) {
        HoldQueue registered = queues.get(hold.queue.key);
        HoldQueue next = registered == null ? hold.queue : registered;
        if (next.size() == 0) {
          queues.put(next.key, next);
        }
        insert(next, packet, taken.oif(i), taken.deadline(i));
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
    HoldQueue queue = key == null ? null : queues.get(key);
    if (queue == null || rules.polls() && rules.onFailure() == SaMissPolicy.OnFailure.WAIT) {
      return;
    }
    if (rules.onFailure() == SaMissPolicy.OnFailure.PASS) {
      HoldQueue taken = detach(queue);
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
    fail(now, queue, DropReason.NEGOTIATION_FAILED, out);
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

  /** Ends a resolution with all its packets. */
  void fail(long now, HoldQueue queue, DropReason reason, Effects out) {
    queue.gap = 0;
    purge(now, queue, reason, out);
  }

  /** The repetition of acquires ended without an answer. */
  void giveUp(long now, @Nullable AcquireKey key, Effects out) {
    HoldQueue queue = key == null ? null : queues.get(key);
    if (queue != null) {
      fail(now, queue, DropReason.HOLD_PURGED, out);
    }
  }

  /** Drops everything at the end of a run. */
  void close(long now, Effects out) {
    for (HoldQueue queue : snapshot()) {
      fail(now, queue, DropReason.LAB_ENDED, out);
    }
  }

  void forEachHeld(Consumer<Packet> action) {
    for (HoldQueue queue : snapshot()) {
      for (int place = 0; place < queue.size(); place++) {
        action.accept(queue.packet(place));
      }
    }
  }
}
