package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.Malformed;

/** The IP header of either family that the stack works on, addresses as words. A flyweight. */
final class IpHeader {
  /** Room that any header made here needs. */
  static final int LONGEST = Ipv6View.HEADER;

  final Ipv4View ipv4 = new Ipv4View();
  final Ipv6View ipv6 = new Ipv6View();
  boolean v6;
  int start;
  int totalLength;
  int protocol;
  int payload;
  int payloadLength;
  int ttl;
  int trafficClass;
  long sourceHigh;
  long sourceLow;
  long targetHigh;
  long targetLow;

  /**
   * Reads the packet at the reader index, cuts link padding off, and sets the packet's header
   * offsets. Null if it is an IP packet.
   */
  @Nullable DropReason parse(Packet packet) {
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int length = data.readableBytes();
    if (length == 0) {
      return DropReason.MALFORMED;
    }
    v6 = data.getUnsignedByte(at) >>> 4 == 6;
    Malformed malformed = v6 ? ipv6.wrap(data, at, length) : ipv4.wrap(data, at, length);
    if (malformed != null) {
      return malformed == Malformed.BAD_CHECKSUM ? DropReason.BAD_CHECKSUM : DropReason.MALFORMED;
    }
    start = at;
    if (v6) {
      totalLength = ipv6.totalLength();
      protocol = ipv6.protocol();
      payload = ipv6.payload();
      payloadLength = ipv6.payloadLength();
      ttl = ipv6.hopLimit();
      trafficClass = ipv6.trafficClass();
      sourceHigh = data.getLong(at + 8);
      sourceLow = data.getLong(at + 16);
      targetHigh = data.getLong(at + 24);
      targetLow = data.getLong(at + 32);
    } else {
      totalLength = ipv4.totalLength();
      protocol = ipv4.protocol();
      payload = ipv4.payload();
      payloadLength = ipv4.payloadLength();
      ttl = ipv4.ttl();
      trafficClass = ipv4.trafficClass();
      sourceHigh = 0;
      targetHigh = 0;
      sourceLow = data.getUnsignedInt(at + 12);
      targetLow = data.getUnsignedInt(at + 16);
    }
    data.writerIndex(at + totalLength);
    packet.headers(start, payload);
    return null;
  }

  /** Whether there are IPv4 options, or IPv6 hop-by-hop options. */
  boolean hasOptions() {
    return v6 ? ipv6.nextHeader() == IpProtocol.HOPOPT : ipv4.headerLength() > Ipv4View.HEADER;
  }

  boolean isFragment() {
    return v6 ? ipv6.isFragment() : ipv4.isFragment();
  }

  boolean isLaterFragment() {
    return v6 ? ipv6.fragmentHeader() >= 0 && ipv6.fragmentOffset() > 0 : ipv4.fragmentOffset() > 0;
  }

  IpAddress source() {
    return new IpAddress(v6, sourceHigh, sourceLow);
  }

  IpAddress target() {
    return new IpAddress(v6, targetHigh, targetLow);
  }

  static boolean isMulticast(boolean v6, long high, long low) {
    return v6 ? high >>> 56 == 0xff : low >>> 28 == 0xe;
  }

  static boolean isLoopback(boolean v6, long high, long low) {
    return v6 ? high == 0 && low == 1 : low >>> 24 == 127;
  }

  static boolean isLinkLocal6(boolean v6, long high) {
    return v6 && high >>> 54 == 0xfe80 >>> 6;
  }
}
