package org.larval.net;

import java.util.Arrays;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/**
 * Clocks frames out one after the other, with a bounded queue in front that drops at its tail. A
 * frame's time is its wait plus its bits divided by the rate; fractions of a nanosecond are carried
 * on while the line is busy, so that n frames in a row take exactly n times the bits.
 *
 * <p>The queue is an account, not a place: for each frame that is not clocked out yet, it keeps
 * when it will be and how long it is.
 */
final class RateRule implements LinkRule {
  private static final LinkVerdict FULL = LinkVerdict.drop(DropReason.LINK_QUEUE_FULL);
  private static final long SECOND = 1_000_000_000L;

  /** More bits would overflow; no frame comes near. */
  private static final long MAX_BITS = Long.MAX_VALUE / SECOND;

  /** Later than any lab lasts, and far enough from overflow to add delays. */
  private static final long FAR = Long.MAX_VALUE / 2;

  private final LinkVerdict.DeliverAfter verdict = new LinkVerdict.DeliverAfter();
  private long rate;
  private int overhead;
  private int maxPackets;
  private long maxBytes;

  private long[] departures = new long[16];
  private int[] lengths = new int[16];
  private int head;
  private int size;
  private long bytes;

  private long idleFrom = Long.MIN_VALUE;

  /** The part of a nanosecond, in units of 1/rate, by which idleFrom is too early. */
  private long carry;

  /** A new rate begins with an idle line and an empty queue; a new limit leaves both alone. */
  void set(Impairments impairments) {
    overhead = impairments.overheadBytes();
    maxPackets = impairments.queuePackets();
    maxBytes = impairments.queueBytes();
    if (rate != impairments.bitsPerSecond()) {
      rate = impairments.bitsPerSecond();
      head = 0;
      size = 0;
      bytes = 0;
      idleFrom = Long.MIN_VALUE;
      carry = 0;
    }
  }

  boolean active() {
    return rate > 0;
  }

  /** How many frames wait behind the one being clocked out. */
  int waiting(long now) {
    settle(now);
    return Math.max(0, size - 1);
  }

  @Override
  public LinkVerdict judge(long now, Packet packet) {
    settle(now);
    int length = packet.length();
    if (size > 0 && (size > maxPackets || bytes - lengths[head] > maxBytes - length)) {
      return FULL;
    }
    if (idleFrom < now) {
      idleFrom = now;
      carry = 0;
    }
    idleFrom = Math.min(FAR, idleFrom + Math.min(FAR, clockOut(length)));
    append(idleFrom, length);
    return verdict.keepOrder(idleFrom - now);
  }

  /** Whole nanoseconds that a frame takes; the rest goes into the carry. */
  private long clockOut(int length) {
    long bits = Math.min(MAX_BITS, ((long) length + overhead) * 8);
    long work = bits * SECOND;
    long nanos = work / rate;
    long rest = work % rate;
    // the same as carry + rest >= rate, which could overflow
    if (carry >= rate - rest) {
      carry -= rate - rest;
      return nanos + 1;
    }
    carry += rest;
    return nanos;
  }

  private void settle(long now) {
    while (size > 0 && departures[head] <= now) {
      bytes -= lengths[head];
      head = head + 1 & departures.length - 1;
      size--;
    }
  }

  private void append(long departure, int length) {
    if (size == departures.length) {
      grow();
    }
    int tail = head + size & departures.length - 1;
    departures[tail] = departure;
    lengths[tail] = length;
    size++;
    bytes += length;
  }

  private void grow() {
    int old = departures.length;
    departures = Arrays.copyOf(departures, old * 2);
    lengths = Arrays.copyOf(lengths, old * 2);
    // what had wrapped around moves behind the old end
    System.arraycopy(departures, 0, departures, old, head);
    System.arraycopy(lengths, 0, lengths, old, head);
  }
}
