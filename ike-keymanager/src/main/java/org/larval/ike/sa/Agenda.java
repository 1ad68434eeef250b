package org.larval.ike.sa;

import java.util.PriorityQueue;

/** What is to be done when: in the order of time, and of entry among equals. */
final class Agenda {
  private final PriorityQueue<Entry> entries = new PriorityQueue<>();
  private long count;

  /** Something to do at a time. */
  @FunctionalInterface
  interface Duty {
    void at(Turn turn);
  }

  /** A duty that can be taken back. */
  static final class Entry implements Comparable<Entry> {
    private final long due;
    private final long number;
    private final Duty duty;
    private boolean cancelled;

    private Entry(long due, long number, Duty duty) {
      this.due = due;
      this.number = number;
      this.duty = duty;
    }

    /** Takes it back; without effect once it has been done. */
    void cancel() {
      cancelled = true;
    }

    long due() {
      return due;
    }

    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(due, other.due);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /** Enters a duty. */
  Entry at(long due, Duty duty) {
    Entry entry = new Entry(due, count++, duty);
    entries.add(entry);
    return entry;
  }

  /** When the next one is due, or {@link Long#MAX_VALUE}. */
  long deadline() {
    for (Entry first = entries.peek(); first != null; first = entries.peek()) {
      if (!first.cancelled) {
        return first.due;
      }
      entries.remove();
    }
    return Long.MAX_VALUE;
  }

  /** Does one duty that is due. */
  boolean doOne(Turn turn) {
    if (deadline() > turn.now()) {
      return false;
    }
    Entry entry = entries.remove();
    entry.cancelled = true;
    entry.duty.at(turn);
    return true;
  }
}
