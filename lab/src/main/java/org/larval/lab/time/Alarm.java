package org.larval.lab.time;

/** One engine's place in the agenda: what to call when its deadline comes. */
public final class Alarm {
  /** What is called. */
  @FunctionalInterface
  public interface Ring {
    /**
     * The moment has come.
     *
     * @param now nanoseconds since the lab began
     * @return the next deadline, {@link Long#MAX_VALUE} for none
     */
    long ring(long now);
  }

  final Ring ring;

  /** When it is due; meaningful while {@link #place} is not -1. */
  long deadline = Long.MAX_VALUE;

  /** Breaks ties: the order in which alarms were armed. */
  long order;

  /** The index in the agenda's heap, or -1. */
  int place = -1;

  /** Whether it waits to ring in this instant. */
  boolean soon;

  Alarm(Ring ring) {
    this.ring = ring;
  }
}
