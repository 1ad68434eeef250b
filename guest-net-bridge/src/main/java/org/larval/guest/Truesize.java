package org.larval.guest;

import org.larval.packet.Packet;

/**
 * What a packet costs in Linux's accounting (skb->truesize), so that queues limited in bytes hold
 * as many packets as there: the sk_buff, and data with headroom and shared info in a slab whose
 * size is a power of two.
 */
final class Truesize {
  private static final int SK_BUFF = 256;
  private static final int SHARED_INFO = 320;
  private static final int HEADROOM = 48;

  private Truesize() {}

  static int of(Packet packet) {
    int data = packet.length() + HEADROOM + SHARED_INFO;
    return SK_BUFF + (Integer.highestOneBit(data - 1) << 1);
  }
}
