package org.larval.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * {@code struct msghdr} of a 64-bit Linux with one piece of data, an address and room for what an
 * IPv6 header says: recvmsg(2) fills it, sendmsg(2) reads it.
 */
final class MessageHeader {
  /** Bytes of an IPv6 header. */
  static final int IPV6 = 40;

  /** The level of what an IPv6 header says, in ancillary data and among options of sockets. */
  static final int IPPROTO_IPV6 = 41;

  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_HOPLIMIT = 52;
  private static final int IPV6_TCLASS = 67;

  private static final ValueLayout.OfInt BIG =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  // struct msghdr
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int DATA = 16;
  private static final int DATA_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int BYTES = 56;

  // struct sockaddr_in and sockaddr_in6
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCKADDR_IN = 16;
  private static final int SOCKADDR_IN6 = 28;
  private static final int IN_ADDRESS = 4;
  private static final int IN6_ADDRESS = 8;

  // struct cmsghdr
  private static final int LEVEL = 8;
  private static final int TYPE = 12;
  private static final int CONTENT = 16;
  private static final int ROOM = 256;
  private static final int PKTINFO = 20;

  // IPv4 and IPv6 headers
  private static final int TARGET4 = 16;
  private static final int NEXT_HEADER = 6;
  private static final int SOURCE6 = 8;
  private static final int TARGET6 = 24;
  private static final int ADDRESS6 = 16;
  private static final int HOPS = 64;

  private final MemorySegment memory;
  private final MemorySegment name;
  private final MemorySegment data;
  private final MemorySegment control;

  MessageHeader(Arena arena) {
    memory = arena.allocate(BYTES, Long.BYTES);
    name = arena.allocate(SOCKADDR_IN6, Long.BYTES);
    data = arena.allocate(16, Long.BYTES);
    control = arena.allocate(ROOM, Long.BYTES);
    memory.set(ValueLayout.ADDRESS, NAME, name);
    memory.set(ValueLayout.ADDRESS, DATA, data);
    memory.set(ValueLayout.JAVA_LONG, DATA_COUNT, 1);
    memory.set(ValueLayout.ADDRESS, CONTROL, control);
  }

  MemorySegment memory() {
    return memory;
  }

  /** Where the bytes are. */
  void data(MemorySegment buffer, int from, int length) {
    data.set(ValueLayout.JAVA_LONG, 0, buffer.address() + from);
    data.set(ValueLayout.JAVA_LONG, Long.BYTES, length);
  }

  /** Prepares for recvmsg, which shortens the lengths that it finds. */
  void expect(MemorySegment buffer, int from, int room) {
    data(buffer, from, room);
    memory.set(ValueLayout.JAVA_INT, NAME_LENGTH, SOCKADDR_IN6);
    memory.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, ROOM);
  }

  /** Writes the IPv6 header that a received packet had, as far as the host tells. */
  void header(MemorySegment packet, int payload, int protocol) {
    packet.set(ValueLayout.JAVA_LONG, TARGET6, 0);
    packet.set(ValueLayout.JAVA_LONG, TARGET6 + Long.BYTES, 0);
    MemorySegment.copy(name, IN6_ADDRESS, packet, SOURCE6, ADDRESS6);
    int trafficClass = 0;
    int hops = HOPS;
    long end = Math.min(ROOM, memory.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH));
    long at = 0;
    while (at + CONTENT + Integer.BYTES <= end) {
      long length = control.get(ValueLayout.JAVA_LONG, at);
      if (length < CONTENT + Integer.BYTES || length > end - at) {
        break;
      }
      if (control.get(ValueLayout.JAVA_INT, at + LEVEL) == IPPROTO_IPV6) {
        int type = control.get(ValueLayout.JAVA_INT, at + TYPE);
        if (type == IPV6_PKTINFO && length >= CONTENT + ADDRESS6) {
          MemorySegment.copy(control, at + CONTENT, packet, TARGET6, ADDRESS6);
        } else if (type == IPV6_HOPLIMIT) {
          hops = control.get(ValueLayout.JAVA_INT, at + CONTENT);
        } else if (type == IPV6_TCLASS) {
          trafficClass = control.get(ValueLayout.JAVA_INT, at + CONTENT);
        }
      }
      at += aligned(length);
    }
    packet.set(BIG, 0, 6 << 28 | (trafficClass & 0xff) << 20);
    packet.set(BIG_SHORT, 4, (short) payload);
    packet.set(ValueLayout.JAVA_BYTE, NEXT_HEADER, (byte) protocol);
    packet.set(ValueLayout.JAVA_BYTE, NEXT_HEADER + 1, (byte) hops);
  }

  private static long aligned(long length) {
    return length + Long.BYTES - 1 & -Long.BYTES;
  }

  /**
   * Takes for sendmsg what a packet's header says: where to, and over IPv6 also where from and its
   * traffic class.
   *
   * @return whether it is of that family and, over IPv6, the protocol follows the header at once
   */
  boolean address(MemorySegment packet, boolean v6, int protocol) {
    int version = packet.get(ValueLayout.JAVA_BYTE, 0) >>> 4 & 0xf;
    if (!v6) {
      name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
      name.set(ValueLayout.JAVA_SHORT, 2, (short) 0);
      MemorySegment.copy(packet, TARGET4, name, IN_ADDRESS, Integer.BYTES);
      memory.set(ValueLayout.JAVA_INT, NAME_LENGTH, SOCKADDR_IN);
      memory.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, 0);
      return version == 4;
    }
    name.fill((byte) 0);
    name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET6);
    MemorySegment.copy(packet, TARGET6, name, IN6_ADDRESS, ADDRESS6);
    memory.set(ValueLayout.JAVA_INT, NAME_LENGTH, SOCKADDR_IN6);
    long at = 0;
    begin(at, PKTINFO, IPV6_PKTINFO);
    MemorySegment.copy(packet, SOURCE6, control, at + CONTENT, ADDRESS6);
    control.set(ValueLayout.JAVA_INT, at + CONTENT + ADDRESS6, 0);
    at += aligned(CONTENT + PKTINFO);
    begin(at, Integer.BYTES, IPV6_TCLASS);
    control.set(ValueLayout.JAVA_INT, at + CONTENT, packet.get(BIG, 0) >>> 20 & 0xff);
    at += aligned(CONTENT + Integer.BYTES);
    begin(at, Integer.BYTES, IPV6_HOPLIMIT);
    control.set(
        ValueLayout.JAVA_INT,
        at + CONTENT,
        packet.get(ValueLayout.JAVA_BYTE, NEXT_HEADER + 1) & 0xff);
    at += aligned(CONTENT + Integer.BYTES);
    memory.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, at);
    return version == 6 && (packet.get(ValueLayout.JAVA_BYTE, NEXT_HEADER) & 0xff) == protocol;
  }

  private void begin(long at, int content, int type) {
    control.set(ValueLayout.JAVA_LONG, at, CONTENT + content);
    control.set(ValueLayout.JAVA_INT, at + LEVEL, IPPROTO_IPV6);
    control.set(ValueLayout.JAVA_INT, at + TYPE, type);
  }
}
