package org.larval.nic;

import io.netty.buffer.ByteBuf;

/**
 * Which of several queues a frame goes to: by its addresses and ports, the same for both directions
 * of a flow, so that a flow keeps its order. The bytes are only looked at; anything may be there.
 */
final class FlowSteering {
  private static final int ETHERNET = 14;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  /** More fragments, or an offset. */
  private static final int FRAGMENT = 0x3fff;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int GOLDEN = 0x9e37_79b9;

  private FlowSteering() {}

  static int hash(ByteBuf frame) {
    int at = frame.readerIndex();
    int end = frame.writerIndex();
    if (end - at < ETHERNET) {
      return 0;
    }
    int network = at + ETHERNET;
    int type = frame.getUnsignedShort(at + 12);
    if (type == IPV4 && end - network >= IPV4_HEADER) {
      int header = (frame.getByte(network) & 15) * 4;
      boolean whole = (frame.getUnsignedShort(network + 6) & FRAGMENT) == 0;
      int sum = frame.getInt(network + 12) ^ frame.getInt(network + 16);
      int ports = whole ? ports(frame, frame.getByte(network + 9), network + header, end) : 0;
      return mix(sum ^ ports);
    }
    if (type == IPV6 && end - network >= IPV6_HEADER) {
      int sum = 0;
      for (int i = 8; i < IPV6_HEADER; i += 4) {
        sum ^= frame.getInt(network + i);
      }
      return mix(sum ^ ports(frame, frame.getByte(network + 6), network + IPV6_HEADER, end));
    }
    return 0;
  }

  private static int ports(ByteBuf frame, int protocol, int at, int end) {
    boolean has = (protocol == TCP || protocol == UDP) && end - at >= 4;
    return has ? frame.getUnsignedShort(at) ^ frame.getUnsignedShort(at + 2) : 0;
  }

  private static int mix(int value) {
    int mixed = value * GOLDEN;
    return mixed ^ mixed >>> 16;
  }
}
