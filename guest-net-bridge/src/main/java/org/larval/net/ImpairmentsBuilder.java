package org.larval.net;

/** Sets some of {@link Impairments} and keeps the others; ranges are checked by {@link #build}. */
public final class ImpairmentsBuilder {
  private boolean down;
  private long delayNanos;
  private long jitterNanos;
  private JitterShape jitterShape;
  private boolean jitterReorders;
  private Loss loss;
  private double duplicate;
  private double reorder;
  private int reorderGap;
  private double corrupt;
  private long bitsPerSecond;
  private int overheadBytes;
  private int queuePackets;
  private long queueBytes;

  ImpairmentsBuilder(Impairments from) {
    down = from.down();
    delayNanos = from.delayNanos();
    jitterNanos = from.jitterNanos();
    jitterShape = from.jitterShape();
    jitterReorders = from.jitterReorders();
    loss = from.loss();
    duplicate = from.duplicate();
    reorder = from.reorder();
    reorderGap = from.reorderGap();
    corrupt = from.corrupt();
    bitsPerSecond = from.bitsPerSecond();
    overheadBytes = from.overheadBytes();
    queuePackets = from.queuePackets();
    queueBytes = from.queueBytes();
  }

  /** See {@link Impairments#down}. */
  public ImpairmentsBuilder down(boolean is) {
    down = is;
    return this;
  }

  /** See {@link Impairments#delayNanos}. */
  public ImpairmentsBuilder delayNanos(long nanos) {
    delayNanos = nanos;
    return this;
  }

  /** See {@link Impairments#jitterNanos}. */
  public ImpairmentsBuilder jitterNanos(long nanos) {
    jitterNanos = nanos;
    return this;
  }

  /** See {@link Impairments#jitterShape}. */
  public ImpairmentsBuilder jitterShape(JitterShape shape) {
    jitterShape = shape;
    return this;
  }

  /** See {@link Impairments#jitterReorders}. */
  public ImpairmentsBuilder jitterReorders(boolean does) {
    jitterReorders = does;
    return this;
  }

  /** See {@link Impairments#loss}. */
  public ImpairmentsBuilder loss(Loss which) {
    loss = which;
    return this;
  }

  /** Loses a fraction of frames, each for itself. */
  public ImpairmentsBuilder loss(double fraction) {
    return loss(new Loss.Random(fraction));
  }

  /** See {@link Impairments#duplicate}. */
  public ImpairmentsBuilder duplicate(double fraction) {
    duplicate = fraction;
    return this;
  }

  /** See {@link Impairments#reorder} and {@link Impairments#reorderGap}. */
  public ImpairmentsBuilder reorder(double fraction, int gap) {
    reorder = fraction;
    reorderGap = gap;
    return this;
  }

  /** See {@link Impairments#corrupt}. */
  public ImpairmentsBuilder corrupt(double fraction) {
    corrupt = fraction;
    return this;
  }

  /** See {@link Impairments#bitsPerSecond}. */
  public ImpairmentsBuilder bitsPerSecond(long rate) {
    bitsPerSecond = rate;
    return this;
  }

  /** See {@link Impairments#overheadBytes}. */
  public ImpairmentsBuilder overheadBytes(int bytes) {
    overheadBytes = bytes;
    return this;
  }

  /** See {@link Impairments#queuePackets}. */
  public ImpairmentsBuilder queuePackets(int packets) {
    queuePackets = packets;
    return this;
  }

  /** See {@link Impairments#queueBytes}. */
  public ImpairmentsBuilder queueBytes(long bytes) {
    queueBytes = bytes;
    return this;
  }

  /**
   * The value.
   *
   * @throws IllegalArgumentException if something lies outside its range
   */
  public Impairments build() {
    return new Impairments(
        down,
        delayNanos,
        jitterNanos,
        jitterShape,
        jitterReorders,
        loss,
        duplicate,
        reorder,
        reorderGap,
        corrupt,
        bitsPerSecond,
        overheadBytes,
        queuePackets,
        queueBytes);
  }
}
