package org.larval.lab.time;

/**
 * Measures how long the machine takes, for benchmarks and progress; never for a lab, whose time is
 * {@link Timeline#now()}.
 */
public final class Stopwatch {
  private final long began = System.nanoTime();

  private Stopwatch() {}

  /** A watch that runs from now on. */
  public static Stopwatch start() {
    return new Stopwatch();
  }

  /** Nanoseconds since the start. */
  public long nanos() {
    return System.nanoTime() - began;
  }
}
