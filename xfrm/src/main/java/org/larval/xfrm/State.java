package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * One security association, as configured and as running (struct xfrm_state). What was configured
 * is immutable; what runs belongs to the engine that the state was installed in. Keys, sequence
 * numbers and the replay window live in its {@link Transform}.
 */
public final class State {
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

  private final Id id;
  private final IpAddress source;
  private final int reqid;
  private final Mode mode;
  private final Mark mark;
  private final int ifId;
  private final Mark outputMark;
  private final @Nullable Selector selector;
  private final @Nullable SecurityLabel label;
  private final @Nullable Direction direction;
  Lifetimes lifetimes;
  private final int sequence;
  private final @Nullable Transform transform;

  Lifecycle lifecycle = Lifecycle.VOID;
  boolean dying;
  long addTime;
  long useTime = -1;
  long bytes;
  long packets;
  int genid;

  final Agenda.Timer timer = new Agenda.Timer(this);

  /** What a larval state was made for; null for others. */
  @Nullable AcquireKey key;

  /** The event that asked for a larval state. */
  XfrmEvent.@Nullable Acquire acquire;

  /** When a larval state was made, nanoseconds. */
  long askedAt;

  /** How many acquires a larval state has suppressed since the last one that was sent. */
  int suppressed;

  private State(Builder from) {
    id = new Id(from.target, from.spi, from.protocol);
    source = from.source;
    reqid = from.reqid;
    mode = from.mode;
    mark = from.mark;
    ifId = from.ifId;
    outputMark = from.outputMark;
    selector = from.selector;
    label = from.label;
    direction = from.direction;
    lifetimes = from.lifetimes;
    sequence = from.sequence;
    transform = from.transform;
  }

  /** Begins a description. Mode is transport until said otherwise. */
  public static Builder of(IpAddress source, IpAddress target, int spi, int protocol) {
    return new Builder(source, target, spi, protocol);
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
    return genid;
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

  /** Describes a state. */
  public static final class Builder {
    private final IpAddress source;
    private final IpAddress target;
    private final int spi;
    private final int protocol;
    private int reqid;
    private Mode mode = Mode.TRANSPORT;
    private Mark mark = Mark.NONE;
    private int ifId;
    private @Nullable Selector selector;
    private @Nullable SecurityLabel label;
    private @Nullable Direction direction;
    private Lifetimes lifetimes = Lifetimes.NONE;
    private int sequence;
    private @Nullable Transform transform;
    private Mark outputMark = Mark.NONE;

    private Builder(IpAddress source, IpAddress target, int spi, int protocol) {
      if (source.v6() != target.v6()) {
        throw new IllegalArgumentException(
            "src " + source + " and dst " + target + " are of different families");
      }
      this.source = source;
      this.target = target;
      this.spi = spi;
      this.protocol = protocol;
    }

    /** See {@link State#reqid}. */
    public Builder reqid(int value) {
      reqid = value;
      return this;
    }

    /** See {@link State#mode}. */
    public Builder mode(Mode value) {
      mode = value;
      return this;
    }

    /** See {@link State#mark}. */
    public Builder mark(Mark value) {
      mark = value;
      return this;
    }

    /** See {@link State#ifId}. */
    public Builder ifId(int value) {
      ifId = value;
      return this;
    }

    /** See {@link State#selector}. */
    public Builder selector(@Nullable Selector value) {
      selector = value;
      return this;
    }

    /** See {@link State#label}. */
    public Builder label(@Nullable SecurityLabel value) {
      label = value;
      return this;
    }

    /** See {@link State#direction}. */
    public Builder direction(@Nullable Direction value) {
      direction = value;
      return this;
    }

    /** See {@link State#lifetimes}. */
    public Builder lifetimes(Lifetimes value) {
      lifetimes = value;
      return this;
    }

    /** See {@link State#sequence}. */
    public Builder sequence(int value) {
      sequence = value;
      return this;
    }

    /** See {@link State#outputMark}. */
    public Builder outputMark(Mark value) {
      outputMark = value;
      return this;
    }

    /** See {@link State#transform}. */
    public Builder transform(Transform value) {
      transform = value;
      return this;
    }

    /** The state, not installed. */
    public State build() {
      return new State(this);
    }
  }
}
