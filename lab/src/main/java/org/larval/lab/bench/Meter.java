package org.larval.lab.bench;

import org.larval.lab.time.Stopwatch;

/** What one end counts: frames, windows of them, and what its thread allocates. On that thread. */
final class Meter {
  /**
   * What was counted.
   *
   * @param frames since it began to count
   * @param perSecond in the best window, or over all if it was shorter than one
   * @param bytes that the thread allocated meanwhile
   */
  record Counts(long frames, double perSecond, long bytes) {
    double bytesPerFrame() {
      return (double) bytes / Math.max(1, frames);
    }
  }

  /** How long the first frame is waited for, in nanoseconds. */
  static final long PATIENCE = 10_000_000_000L;

  private static final long WINDOW = 100_000_000L;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Stopwatch watch = Stopwatch.start();
  private long frames;
  private long began;
  private long allocated;
  private long windowBegan;
  private long windowFrames;
  private double best;

  /** The warming up is over: begins again. */
  void count() {
    began = watch.nanos();
    windowBegan = began;
    frames = 0;
    windowFrames = 0;
    best = 0;
    allocated = Rounds.allocatedBytes();
  }

  /** So many frames crossed together. */
  void note(int moved) {
    if (moved == 0) {
      return;
    }
    frames += moved;
    windowFrames += moved;
    long now = watch.nanos();
    if (now - windowBegan >= WINDOW) {
      best = Math.max(best, perSecond(windowFrames, now - windowBegan));
      windowBegan = now;
      windowFrames = 0;
    }
  }

  /** Whether no frame has crossed. */
  boolean idle() {
    return frames == 0;
  }

  Counts counts() {
    long bytes = Rounds.allocatedBytes() - allocated;
    double whole = perSecond(frames, watch.nanos() - began);
    return new Counts(frames, Math.max(best, whole), bytes);
  }

  private static double perSecond(long frames, long nanos) {
    return frames * NANOS_PER_SECOND / Math.max(1, nanos);
  }
}
