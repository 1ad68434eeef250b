package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;

/**
 * Packets that a face took and has neither put into a ring nor given away yet, in order. They wait
 * here until {@link NicState#settle} has shown that the memory they came from, or went to, is still
 * there: once for many.
 */
final class InHand {
  /** No face takes more before it settles. */
  static final int MOST = 32;

  private final @Nullable Packet[] packets = new @Nullable Packet[MOST];
  private int count;

  int count() {
    return count;
  }

  boolean full() {
    return count == MOST;
  }

  void add(Packet packet) {
    packets[count++] = packet;
  }

  /** Hands all over to {@code to}, which has room for {@link #MOST}; the number of them. */
  int handOver(@Nullable Packet[] to) {
    int had = count;
    System.arraycopy(packets, 0, to, 0, had);
    clear();
    return had;
  }

  /** Takes the last one, which must be there. */
  Packet takeLast() {
    Packet packet = packets[--count];
    packets[count] = null;
    if (packet == null) {
      throw new IllegalStateException("nothing in hand");
    }
    return packet;
  }

  private void clear() {
    for (int i = 0; i < count; i++) {
      packets[i] = null;
    }
    count = 0;
  }
}
