package org.larval.xfrm;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * One security association, as configured and as running (struct xfrm_state). What was configured
 * is immutable; what runs belongs to the engine that the state was installed in. Keys, sequence
 * numbers and the replay window live in its {@link Transform}.
 */
public final class State extends StateLine {
  /**
   * What an inbound packet names: (destination, SPI, protocol).
   *
   * @param spi unsigned, 0 while larval
   * @param protocol ESP, AH or IPCOMP
   */
  public record Id(IpAddress target, int spi, int protocol) {
    @Override
    public String toString() {
      return "dst %s proto %s spi 0x%08x".formatted(target, IpProtocol.name(protocol), spi);
    }
  }

  /** Where a state is in its life; the ordinal is Linux's number (XFRM_STATE_*). */
  public enum Lifecycle {
    /** Made, not installed. */
    VOID,
    /** Larval: a key manager was asked for it. */
    ACQ,
    /** In use. */
    VALID,
    /** The key manager said that it cannot make it. */
    ERROR,
    /** A hard limit was reached. */
    EXPIRED,
    /** Deleted. */
    DEAD
  }

  private Id id;
  private final IpAddress source;
  private final int reqid;
  private final Mode mode;
  private final Mark mark;
  private final Set<StateFlag> flags;
  private final int sequence;
  private final int mappingMaxAge;
  private final int natKeepaliveInterval;
  private final int replayMaxDiff;
  private final int replayMaxAge;

  // What an update may change.
  int ifId;
  Mark outputMark;
  @Nullable Encap encap;
  @Nullable Direction direction;
  Lifetimes lifetimes;
  private @Nullable Transform transform;

  // The same words again for the database, which must not follow references to find a state.
  final boolean v6;
  final long targetHigh;
  final long targetLow;
  final long sourceHigh;
  final long sourceLow;
  final int protocol;

  // The database's chains.
  @Nullable State previousById;
  @Nullable State previousByPeers;
  @Nullable State nextInstalled;
  @Nullable State previousInstalled;
  StatesByPeers.@Nullable Chain chain;
  private int joinedAt;

  /** The state that stands beside it, shared with others, and of how many it is one itself. */
  @Nullable State companion;

  int companionOf;

  /** Whether it was installed larval. */
  boolean larval;

  long addTime;
  long useTime = -1;
  long bytes;
  long packets;
  long lastUsed = -1;

  /** Whether the timer last slept until a soft limit (XFRM_SOFT_EXPIRE), and how long. */
  boolean awaitsSoft;

  long awaited;

  /** When and from which port a mapping was last announced. */
  long mappedAt;

  int mappedPort;

  /** Follows the sequence numbers for who listens to them; null while nobody does. */
  @Nullable ReplayWatch watch;

  /** Tells when a keepalive is due; null if it sends none. */
  @Nullable NatKeepalive keepalive;

  final Agenda.Timer timer = new Agenda.Timer(this);

  /** What a larval state was made for; null for others. */
  @Nullable AcquireKey key;

  /** The event that asked for a larval state. */
  XfrmEvent.@Nullable Acquire acquire;

  /** When a larval state was made, nanoseconds. */
  long askedAt;

  /** How many acquires a larval state has suppressed since the last one that was sent. */
  int suppressed;

  State(StateBuilder from) {
    super(from.mark, from.spi, flags(from).contains(StateFlag.WILDRECV), from.selector, from.label);
    id = new Id(from.target, from.spi, from.protocol);
    source = from.source;
    reqid = from.reqid;
    mode = from.mode;
    mark = from.mark.value() == markValue ? from.mark : new Mark(markValue, markMask);
    ifId = from.ifId;
    outputMark = from.outputMark;
    mappingMaxAge = from.mappingMaxAge;
    natKeepaliveInterval = from.natKeepaliveInterval;
    replayMaxDiff = from.replayMaxDiff;
    replayMaxAge = from.replayMaxAge;
    direction = from.direction;
    lifetimes = from.lifetimes;
    sequence = from.sequence;
    transform = from.transform;
    encap = from.encap == null && transform != null ? transform.encap() : from.encap;
    flags = flags(from);
    v6 = from.target.v6();
    targetHigh = from.target.high();
    targetLow = from.target.low();
    sourceHigh = source.high();
    sourceLow = source.low();
    protocol = from.protocol;
  }

  private static Set<StateFlag> flags(StateBuilder from) {
    if (!from.flags.isEmpty()) {
      return Collections.unmodifiableSet(EnumSet.copyOf(from.flags));
    }
    return from.transform == null ? Set.of() : from.transform.flags();
  }

  /** The description of the same SA between other addresses (xfrm_state_clone). */
  StateBuilder between(IpAddress from, IpAddress to) {
    return new StateBuilder(from, to, spi, protocol)
        .reqid(reqid)
        .mode(mode)
        .mark(mark)
        .ifId(ifId)
        .outputMark(outputMark)
        .encap(encap)
        .mappingMaxAge(mappingMaxAge)
        .natKeepaliveInterval(natKeepaliveInterval)
        .replayThresholds(replayMaxDiff, replayMaxAge)
        .flags(flags)
        .selector(selector)
        .label(label)
        .direction(direction)
        .lifetimes(lifetimes)
        .sequence(sequence);
  }

  /** Takes over what ran in another state: counters and times, but not that it is dying. */
  void continues(State other) {
    addTime = other.addTime;
    useTime = other.useTime;
    lastUsed = other.lastUsed;
    bytes = other.bytes;
    packets = other.packets;
  }

  /** Gives the transform away, so that the end of this state does not erase it. */
  void yieldTransform() {
    transform = null;
  }

  /** Gives a larval state its SPI. */
  void allocated(int number) {
    spi = number;
    id = new Id(id.target(), number, protocol);
  }

  /** Whether any flow may use it as it is: nothing about it needs to be compared. */
  boolean isPlain() {
    return lifecycle == Lifecycle.VALID
        && !dying
        && !wildcardReceiver
        && markMask == 0
        && selector == null
        && label == null;
  }

  /** Becomes a member of a chain. */
  void join(StatesByPeers.Chain joined) {
    int own = genid();
    chain = joined;
    joinedAt = joined.generation - own;
  }

  /** Leaves its chain and keeps the generation that it had. */
  void leave() {
    joinedAt = -genid();
    chain = null;
  }

  StatesByPeers.Chain chain() {
    StatesByPeers.Chain joined = chain;
    if (joined == null) {
      throw new AssertionError("not installed: " + this);
    }
    return joined;
  }

  /** Begins a description. Mode is transport until said otherwise. */
  public static StateBuilder of(IpAddress source, IpAddress target, int spi, int protocol) {
    return new StateBuilder(source, target, spi, protocol);
  }

  /** Destination, SPI and protocol. */
  public Id id() {
    return id;
  }

  /** The sender's address. */
  public IpAddress source() {
    return source;
  }

  /** The receiver's address. */
  public IpAddress target() {
    return id.target();
  }

  /** The number that ties it to a template; 0 matches only 0 outbound. */
  public int reqid() {
    return reqid;
  }

  /** Transport, tunnel or BEET. */
  public Mode mode() {
    return mode;
  }

  /** The look-up mark. */
  public Mark mark() {
    return mark;
  }

  /** The xfrm interface, 0 for none. */
  public int ifId() {
    return ifId;
  }

  /**
   * What becomes of a packet's mark that goes through it (set-mark); {@link Mark#NONE} for none.
   */
  public Mark outputMark() {
    return outputMark;
  }

  /** The header between IP and ESP, or null for none. */
  public @Nullable Encap encap() {
    return encap;
  }

  /** Seconds between two announcements of one mapping, 0 for no limit (mtimer-thresh). */
  public int mappingMaxAge() {
    return mappingMaxAge;
  }

  /**
   * After how many seconds without a packet a keepalive is sent, unsigned; 0 for never
   * (XFRMA_NAT_KEEPALIVE_INTERVAL).
   */
  public int natKeepaliveInterval() {
    return natKeepaliveInterval;
  }

  /** How many numbers may pass between two events, -1 for the system's (XFRMA_REPLAY_THRESH). */
  public int replayMaxDiff() {
    return replayMaxDiff;
  }

  /** Tenths of seconds between two events, -1 for the system's (XFRMA_ETIMER_THRESH). */
  public int replayMaxAge() {
    return replayMaxAge;
  }

  /** The flows that it may carry, or null for any. */
  public @Nullable Selector selector() {
    return selector;
  }

  /** The security context, or null. */
  public @Nullable SecurityLabel label() {
    return label;
  }

  /** IN or OUT if it was given (Linux 6.10 on), else null: either. */
  public @Nullable Direction direction() {
    return direction;
  }

  /** Its switches. */
  public Set<StateFlag> flags() {
    return flags;
  }

  /** The limits. */
  public Lifetimes lifetimes() {
    return lifetimes;
  }

  /** The number of the acquire that it answers, 0 for none. */
  public int sequence() {
    return sequence;
  }

  /** What it does to packets; null only for a larval state. */
  public @Nullable Transform transform() {
    return transform;
  }

  /** Where it is in its life. */
  public Lifecycle lifecycle() {
    return lifecycle;
  }

  /** Whether a soft limit was reached. */
  public boolean dying() {
    return dying;
  }

  /** Whole seconds since the lab began at which it was installed. */
  public long addTime() {
    return addTime;
  }

  /** Whole seconds since the lab began at which it was first used, or -1. */
  public long useTime() {
    return useTime;
  }

  /** Plaintext bytes so far. */
  public long bytes() {
    return bytes;
  }

  /** Packets so far. */
  public long packets() {
    return packets;
  }

  /** Raised whenever a newer state for the same peers arrives, so that bundles are built anew. */
  public int genid() {
    return chain == null ? -joinedAt : chain.generation - joinedAt;
  }

  /** Whole seconds since the lab began at which it was last used, or -1. */
  public long lastUsed() {
    return lastUsed;
  }

  /** What its transform refused. */
  public StateStats stats() {
    Transform running = transform;
    return running == null
        ? StateStats.NONE
        : new StateStats(
            running.replayWindowDrops(), running.replayDrops(), running.integrityFailures());
  }

  @Override
  public String toString() {
    return "src "
        + source
        + " "
        + id
        + " reqid "
        + Integer.toUnsignedString(reqid)
        + " mode "
        + mode.label()
        + (label == null ? "" : " ctx " + label);
  }
}
