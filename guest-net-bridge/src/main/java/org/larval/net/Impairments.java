package org.larval.net;

/**
 * What a direction of a link does to its frames. A value: to change something during the run, start
 * from the old one, {@code link.impair(now, link.impairments().with().loss(x).build())}; what is
 * not mentioned stays.
 *
 * <p>Where the words are those of {@code tc netem}, so is the meaning, with these exceptions:
 * jitter keeps the order of frames unless {@code jitterReorders} (netem reorders, and keeps order
 * only with a pfifo below it); lost frames have used their share of the rate (netem loses them
 * first); duplicates are made on the wire and use none.
 *
 * @param down whether the link is down: frames that enter are dropped, those under way arrive
 * @param delayNanos fixed delay, 0 to {@link #MAX_NANOS}
 * @param jitterNanos largest deviation from the delay (uniform) or its standard deviation (normal),
 *     0 to {@link #MAX_NANOS}; a delay never falls below 0
 * @param jitterShape how the jitter is spread
 * @param jitterReorders whether a frame with a shorter delay overtakes earlier ones; otherwise it
 *     waits and arrives together with them
 * @param loss which frames are lost
 * @param duplicate fraction of frames that arrive twice, 0 to 1
 * @param reorder fraction of candidates that skip delay and jitter and so overtake, 0 to 1; more
 *     than 0 needs a delay
 * @param reorderGap every how many frames there is a candidate, from 1: after one that overtook, at
 *     least {@code reorderGap - 1} take the delay
 * @param corrupt fraction of frames in which one random bit is flipped, 0 to 1; as with netem the
 *     frame is still delivered, there is no Ethernet checksum to catch it
 * @param bitsPerSecond rate at which frames are clocked out, 0 for no limit
 * @param overheadBytes bytes per frame that use the rate beside those of the frame: 0 as netem
 *     counts, {@link #ETHERNET_OVERHEAD} as a real wire does
 * @param queuePackets frames that may wait behind the one being clocked out, 0 to {@link
 *     #MAX_QUEUE}; only with a rate does any frame wait
 * @param queueBytes bytes that may wait behind the one being clocked out
 */
public record Impairments(
    boolean down,
    long delayNanos,
    long jitterNanos,
    JitterShape jitterShape,
    boolean jitterReorders,
    Loss loss,
    double duplicate,
    double reorder,
    int reorderGap,
    double corrupt,
    long bitsPerSecond,
    int overheadBytes,
    int queuePackets,
    long queueBytes) {

  /** The longest delay and jitter: one hour. */
  public static final long MAX_NANOS = 3_600_000_000_000L;

  /** The longest queue. */
  public static final int MAX_QUEUE = 65_536;

  /** Preamble 7, start 1, checksum 4 and gap 12: what a frame costs on a wire beside its bytes. */
  public static final int ETHERNET_OVERHEAD = 24;

  /** The queue where none is given, as netem's limit. */
  public static final int DEFAULT_QUEUE = 1000;

  /** A perfect wire. */
  public static final Impairments NONE =
      new Impairments(
          false,
          0,
          0,
          JitterShape.UNIFORM,
          false,
          Loss.NONE,
          0,
          0,
          1,
          0,
          0,
          0,
          DEFAULT_QUEUE,
          Long.MAX_VALUE);

  /** Checks every range. */
  public Impairments {
    checkNanos("delay", delayNanos);
    checkNanos("jitter", jitterNanos);
    checkFraction("duplicate", duplicate);
    checkFraction("reorder", reorder);
    checkFraction("corrupt", corrupt);
    if (reorder > 0 && delayNanos == 0) {
      throw new IllegalArgumentException("reorder needs a delay that frames can skip");
    }
    if (reorderGap < 1) {
      throw new IllegalArgumentException("the gap of reorder is 1 or more, not " + reorderGap);
    }
    if (bitsPerSecond < 0) {
      throw new IllegalArgumentException("rate is 0 or more bit/s, not " + bitsPerSecond);
    }
    if (overheadBytes < 0 || overheadBytes > MAX_QUEUE) {
      throw new IllegalArgumentException("overhead is 0 to 65536 bytes, not " + overheadBytes);
    }
    if (queuePackets < 0 || queuePackets > MAX_QUEUE) {
      throw new IllegalArgumentException("queue is 0 to 65536 packets, not " + queuePackets);
    }
    if (queueBytes < 0) {
      throw new IllegalArgumentException("queue is 0 or more bytes, not " + queueBytes);
    }
  }

  private static void checkNanos(String what, long nanos) {
    if (nanos < 0 || nanos > MAX_NANOS) {
      throw new IllegalArgumentException(what + " is 0 s to one hour, not " + nanos + " ns");
    }
  }

  static void checkFraction(String what, double fraction) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException(what + " is 0 to 1, not " + fraction);
    }
  }

  /** A builder that starts from this value. */
  public ImpairmentsBuilder with() {
    return new ImpairmentsBuilder(this);
  }
}
