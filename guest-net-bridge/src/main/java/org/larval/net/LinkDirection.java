package org.larval.net;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;

/**
 * One direction of a wire. Frames enter by {@link #onPacket} and leave at the far end by {@code
 * out.forward}, always in {@link #onDeadline}, even without a delay: so a room never calls itself
 * through its neighbours, and all that is due leaves as one burst.
 *
 * <p>Rules apply in the order of a real wire; the first that drops ends the frame:
 *
 * <pre>
 *   down -> queue and rate -> installed rules -> loss -> corrupt -> duplicate -> delay, jitter, reorder
 *   LINK_DOWN  LINK_QUEUE_FULL                   LINK_LOSS
 * </pre>
 *
 * <p>All of a frame's fate is decided when it enters; a loss is dropped at once, not when it would
 * have arrived. {@link #impair} leaves packets under way alone; later ones may overtake them. While
 * nothing is changed, frames keep their order, unless a rule asks for overtaking.
 *
 * <p>Each random rule draws from a stream of its own, so that changing one leaves the decisions of
 * the others alone; a rule that is off draws nothing.
 */
public final class LinkDirection {
  /** Packets under way at most; more are dropped with LINK_QUEUE_FULL. */
  public static final int MAX_UNDER_WAY = 131_072;

  /** Rules that may be installed at a time; each may double a frame once. */
  public static final int MAX_INSTALLED = 8;

  /** Details of IMPAIRED steps. */
  static final String CLOCKED_OUT = "rate";

  static final String LOST = "loss";
  static final String OVERFLOWED = "queue full";
  static final String WAS_DOWN = "down";
  static final String RULED_OUT = "rule";
  static final String CORRUPTED = "corrupt";
  static final String DUPLICATED = "duplicate";
  static final String REORDERED = "reorder";

  /** A sum of delays ends here: later than any lab lasts, and an arrival does not overflow. */
  private static final long LONGEST = Long.MAX_VALUE / 2;

  private static final LinkVerdict DOWN = LinkVerdict.drop(DropReason.LINK_DOWN);
  private static final LinkRule DOWN_RULE = (now, packet) -> DOWN;

  private final String name;
  private final PacketPool pool;
  private final RateRule rate = new RateRule();
  private final LossRule loss;
  private final CorruptRule corrupt;
  private final DuplicateRule duplicate;
  private final DelayRule delay;
  private final List<LinkRule> installed = new ArrayList<>();
  private LinkRule[] rules = {};
  private Tap[] taps = {};
  private Impairments impairments = Impairments.NONE;

  private final FlightQueue queue = new FlightQueue();
  private final FlightHeap heap = new FlightHeap();
  private long nextSequence;

  /** When the last frame that keeps its order arrives. */
  private long floor = Long.MIN_VALUE;

  private final FrameCounters counters = new FrameCounters();
  private long corrupted;
  private long reordered;

  /**
   * A perfect wire, to be impaired.
   *
   * @param name the place in trails, such as {@code a>b}
   * @param pool makes duplicates
   * @param random seeds the rules' streams; five numbers are drawn, here and never again
   */
  public LinkDirection(String name, PacketPool pool, RandomGenerator random) {
    this.name = name;
    this.pool = pool;
    loss = new LossRule(stream(random));
    corrupt = new CorruptRule(stream(random));
    duplicate = new DuplicateRule(stream(random));
    RandomGenerator jitter = stream(random);
    delay = new DelayRule(jitter, stream(random));
  }

  private static RandomGenerator stream(RandomGenerator random) {
    return new SplittableRandom(random.nextLong());
  }

  /** The place in trails. */
  public String name() {
    return name;
  }

  /** What the link does at present. */
  public Impairments impairments() {
    return impairments;
  }

  /**
   * Changes what the link does to frames from now on. A changed rate begins with an idle line; a
   * changed loss begins in its good state with frame 1.
   */
  public void impair(long now, Impairments wanted) {
    impairments = wanted;
    rate.set(wanted);
    loss.set(wanted.loss());
    corrupt.set(wanted.corrupt());
    duplicate.set(wanted.duplicate());
    delay.set(wanted);
    floor = Long.MIN_VALUE;
    arrange();
  }

  /**
   * Adds a rule behind the installed ones.
   *
   * @throws IllegalStateException if there are {@link #MAX_INSTALLED} already
   */
  public void install(LinkRule rule) {
    if (installed.size() == MAX_INSTALLED) {
      throw new IllegalStateException("link " + name + " has " + MAX_INSTALLED + " rules already");
    }
    installed.add(rule);
    arrange();
  }

  /** Removes an installed rule; nothing happens if it is not there. */
  public void remove(LinkRule rule) {
    installed.remove(rule);
    arrange();
  }

  /** Only rules that are on stand in the list: those that are off cost nothing. */
  private void arrange() {
    List<LinkRule> order = new ArrayList<>();
    if (impairments.down()) {
      order.add(DOWN_RULE);
    }
    if (rate.active()) {
      order.add(rate);
    }
    order.addAll(installed);
    if (loss.active()) {
      order.add(loss);
    }
    if (impairments.corrupt() > 0) {
      order.add(corrupt);
    }
    if (impairments.duplicate() > 0) {
      order.add(duplicate);
    }
    if (delay.active()) {
      order.add(delay);
    }
    rules = order.toArray(LinkRule[]::new);
  }

  /** Adds a tap; taps are called in the order in which they were added. */
  public void tap(Tap tap) {
    Tap[] more = Arrays.copyOf(taps, taps.length + 1);
    more[taps.length] = tap;
    taps = more;
  }

  /** A frame enters; the reader index is at its Ethernet header. */
  public void onPacket(long now, Packet packet, Effects out) {
    counters.in(packet.length());
    for (Tap tap : taps) {
      tap.enters(now, packet);
    }
    walk(now, packet, 0, 0, false, out);
  }

  private void walk(
      long now, Packet packet, int firstRule, long delaySoFar, boolean mayOvertake, Effects out) {
    long after = delaySoFar;
    boolean overtakes = mayOvertake;
    // a rule may remove itself while it judges: this frame still meets the old list
    LinkRule[] order = rules;
    for (int i = firstRule; i < order.length; i++) {
      LinkRule rule = order[i];
      switch (rule.judge(now, packet)) {
        case LinkVerdict.Pass pass -> {}
        case LinkVerdict.DeliverAfter later -> {
          after = Math.min(LONGEST, after + later.nanos);
          if (rule == rate) {
            packet.step(now, name, StepAction.IMPAIRED, CLOCKED_OUT, later.nanos);
          } else if (rule == delay && delay.skipped()) {
            reordered++;
            packet.step(now, name, StepAction.IMPAIRED, REORDERED);
          }
          overtakes |= later.overtakes;
        }
        case LinkVerdict.Corrupt flip -> flip(now, packet, flip.bit);
        case LinkVerdict.Drop drop -> {
          drop(now, packet, drop.reason(), out);
          return;
        }
        case LinkVerdict.Duplicate twice -> {
          packet.step(now, name, StepAction.IMPAIRED, DUPLICATED);
          Packet twin = pool.copy(now, packet);
          counters.copied();
          walk(now, packet, i + 1, after, overtakes, out);
          walk(now, twin, i + 1, after, overtakes, out);
          return;
        }
      }
    }
    depart(now, packet, after, overtakes, out);
  }

  private void flip(long now, Packet packet, long bit) {
    if (bit >= 0 && bit < packet.length() * 8L) {
      int at = packet.buffer().readerIndex() + (int) (bit >>> 3);
      int mask = 0x80 >>> (bit & 7);
      packet.buffer().setByte(at, packet.buffer().getByte(at) ^ mask);
      corrupted++;
      packet.step(now, name, StepAction.IMPAIRED, CORRUPTED, bit);
    }
  }

  private void depart(long now, Packet packet, long after, boolean overtakes, Effects out) {
    if (underWay() >= MAX_UNDER_WAY) {
      drop(now, packet, DropReason.LINK_QUEUE_FULL, out);
      return;
    }
    long arrival = now + after;
    if (!overtakes) {
      arrival = Math.max(arrival, floor);
      floor = arrival;
    }
    packet.step(now, name, StepAction.LINK, null, arrival - now);
    long sequence = nextSequence++;
    if (queue.takes(arrival)) {
      queue.add(arrival, sequence, packet);
    } else {
      heap.add(arrival, sequence, packet);
    }
  }

  private void drop(long now, Packet packet, DropReason reason, Effects out) {
    String why =
        switch (reason) {
          case LINK_LOSS -> LOST;
          case LINK_QUEUE_FULL -> OVERFLOWED;
          case LINK_DOWN -> WAS_DOWN;
          default -> RULED_OUT;
        };
    packet.step(now, name, StepAction.IMPAIRED, why);
    discard(now, packet, reason, out);
  }

  private void discard(long now, Packet packet, DropReason reason, Effects out) {
    counters.dropped(reason, packet.length());
    for (Tap tap : taps) {
      tap.lost(now, packet, reason);
    }
    out.drop(packet, reason);
  }

  /** Everything that is due arrives. What enters during this call waits for the next. */
  public void onDeadline(long now, Effects out) {
    long entered = nextSequence;
    while (deadline() <= now && firstSequence() < entered) {
      Packet packet = poll();
      counters.out(packet.length());
      for (Tap tap : taps) {
        tap.arrives(now, packet);
      }
      out.forward(packet);
    }
  }

  /** When the next packet arrives, {@link Long#MAX_VALUE} if none is under way. */
  public long deadline() {
    return Math.min(queue.time(), heap.time());
  }

  /** The lab ends: everything under way is dropped with LAB_ENDED. */
  public void end(long now, Effects out) {
    while (underWay() > 0) {
      discard(now, poll(), DropReason.LAB_ENDED, out);
    }
  }

  private boolean queueFirst() {
    return queue.time() < heap.time()
        || (queue.time() == heap.time() && queue.sequence() < heap.sequence());
  }

  private long firstSequence() {
    return queueFirst() ? queue.sequence() : heap.sequence();
  }

  private Packet poll() {
    return queueFirst() ? queue.poll() : heap.poll();
  }

  /** Packets that entered and did not arrive yet, those waiting for the rate included. */
  public int underWay() {
    return queue.size() + heap.size();
  }

  /** Frames that wait behind the one being clocked out; 0 without a rate. */
  public int waiting(long now) {
    return rate.waiting(now);
  }

  /** Frames and bytes so far. */
  public FrameCounters counters() {
    return counters;
  }

  /** Frames in which a bit was flipped. */
  public long corrupted() {
    return corrupted;
  }

  /** Frames that skipped the delay. */
  public long reordered() {
    return reordered;
  }

  @Override
  public String toString() {
    return name;
  }
}
