package org.larval.net;

import java.util.EnumMap;
import java.util.Map;
import org.larval.packet.DropReason;

/**
 * What a {@link LinkRule} says of a frame. Verdicts without a quantity are constants; those with
 * one belong to the rule, which uses them again for the next frame: read them at once.
 */
public sealed interface LinkVerdict {
  /** The next rule decides. */
  LinkVerdict PASS = new Pass();

  /** A copy goes on beside the frame; each meets the rules that follow for itself. */
  LinkVerdict DUPLICATE = new Duplicate();

  /** See {@link #PASS}. */
  record Pass() implements LinkVerdict {}

  /** See {@link #DUPLICATE}. */
  record Duplicate() implements LinkVerdict {}

  /** The frame ends here. See {@link #drop}. */
  record Drop(DropReason reason) implements LinkVerdict {
    private static final Map<DropReason, Drop> ALL = new EnumMap<>(DropReason.class);

    static {
      for (DropReason reason : DropReason.values()) {
        ALL.put(reason, new Drop(reason));
      }
    }
  }

  /** The frame arrives later by this much; delays of several rules add up. */
  final class DeliverAfter implements LinkVerdict {
    /** Far more than any rule needs, and far from overflow. */
    private static final long LONGEST = Long.MAX_VALUE / 2;

    long nanos;
    boolean overtakes;

    /** The frame keeps its place behind those that entered before it. */
    public DeliverAfter keepOrder(long delayNanos) {
      nanos = Math.clamp(delayNanos, 0, LONGEST);
      overtakes = false;
      return this;
    }

    /** The frame may arrive before some that entered before it. */
    public DeliverAfter overtake(long delayNanos) {
      nanos = Math.clamp(delayNanos, 0, LONGEST);
      overtakes = true;
      return this;
    }
  }

  /** One bit of the frame is flipped. */
  final class Corrupt implements LinkVerdict {
    long bit;

    /** The bit, from 0, the highest of the first byte; bits beyond the frame flip nothing. */
    public Corrupt bit(long number) {
      bit = number;
      return this;
    }
  }

  /** The verdict that drops for a reason, without allocating one. */
  static LinkVerdict drop(DropReason reason) {
    LinkVerdict verdict = Drop.ALL.get(reason);
    if (verdict == null) {
      throw new IllegalArgumentException("no verdict for " + reason);
    }
    return verdict;
  }
}
