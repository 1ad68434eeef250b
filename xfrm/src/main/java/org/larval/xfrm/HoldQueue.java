package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;

/** The packets that wait for one resolution, oldest first, with what they do not remember. */
final class HoldQueue {
  private static final int FIRST_CAPACITY = 8;

  final AcquireKey key;
  final Agenda.Timer poll = new Agenda.Timer(this);
  final Agenda.Timer age = new Agenda.Timer(this);

  /** The current gap between polls in nanoseconds, 0 before the first packet. */
  long gap;

  /** When the next poll was asked for, before the timer's rounding. */
  long pollAsked;

  /** The answer that look-ups get while this queue is theirs; made anew when it goes stale. */
  @Nullable Hold hold;

  private @Nullable Packet[] packets = new @Nullable Packet[FIRST_CAPACITY];
  private int[] oifs = new int[FIRST_CAPACITY];
  private long[] deadlines = new long[FIRST_CAPACITY];
  private int size;
  private long bytes;

  HoldQueue(AcquireKey key) {
    this.key = key;
  }

  int size() {
    return size;
  }

  long bytes() {
    return bytes;
  }

  Packet packet(int place) {
    Packet packet = packets[place];
    if (packet == null) {
      throw new IndexOutOfBoundsException(place);
    }
    return packet;
  }

  /** The xfrm interface that its packets are looked up for. */
  int ifId() {
    Hold answer = hold;
    return answer == null ? key.ifId() : answer.policy.policy.ifId();
  }

  int oif(int place) {
    return oifs[place];
  }

  long deadline(int place) {
    return deadlines[place];
  }

  void add(Packet packet, int oif, long deadline) {
    if (size == packets.length) {
      packets = Arrays.copyOf(packets, size * 2);
      oifs = Arrays.copyOf(oifs, size * 2);
      deadlines = Arrays.copyOf(deadlines, size * 2);
    }
    packets[size] = packet;
    oifs[size] = oif;
    deadlines[size] = deadline;
    size++;
    bytes += packet.length();
  }

  /** Where an earlier transmission of the segment waits, or -1. */
  int indexOf(long segment) {
    for (int i = 0; i < size; i++) {
      if (packet(i).segment == segment) {
        return i;
      }
    }
    return -1;
  }

  /** Puts another packet at a place, which keeps its deadline; answers the old one. */
  Packet replace(int place, Packet packet) {
    Packet old = packet(place);
    packets[place] = packet;
    bytes += packet.length() - old.length();
    return old;
  }

  Packet removeFirst() {
    Packet first = packet(0);
    size--;
    System.arraycopy(packets, 1, packets, 0, size);
    System.arraycopy(oifs, 1, oifs, 0, size);
    System.arraycopy(deadlines, 1, deadlines, 0, size);
    packets[size] = null;
    bytes -= first.length();
    return first;
  }

  /** Moves everything into a queue of its own, so that this one can fill again meanwhile. */
  HoldQueue detach() {
    HoldQueue taken = new HoldQueue(key);
    taken.packets = packets;
    taken.oifs = oifs;
    taken.deadlines = deadlines;
    taken.size = size;
    taken.bytes = bytes;
    packets = new @Nullable Packet[FIRST_CAPACITY];
    oifs = new int[FIRST_CAPACITY];
    deadlines = new long[FIRST_CAPACITY];
    size = 0;
    bytes = 0;
    return taken;
  }
}
