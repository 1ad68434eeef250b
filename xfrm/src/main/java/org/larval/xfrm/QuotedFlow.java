package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;

/**
 * The flow of the packet that an ICMP error quotes, turned round: that of the packets to which the
 * error answers (xfrm_icmp_flow_decode, Linux 6.8 on). What is quoted is cut short and comes from
 * anybody; only as much of it is looked at as is there.
 */
final class QuotedFlow {
  private static final int V4_UNREACHABLE = 3;
  private static final int V4_TIME_EXCEEDED = 11;
  private static final int V6_LAST_ERROR = 3;
  private static final int V4_QUOTE = 20 + 8;
  private static final int V6_QUOTE = 40 + 8;
  private static final int FRAGMENT_BITS = 0x3fff;
  private static final int MAX_EXTENSIONS = 15;

  /** What {@link #decode} found. */
  final FlowKey flow = new FlowKey();

  /** Destination unreachable, time exceeded and packet too big, which quote another packet. */
  private static boolean isError(FlowKey outer) {
    if (outer.v6) {
      return outer.protocol == IpProtocol.ICMPV6
          && outer.sourcePort >= 1
          && outer.sourcePort <= V6_LAST_ERROR;
    }
    return outer.protocol == IpProtocol.ICMP
        && (outer.sourcePort == V4_UNREACHABLE || outer.sourcePort == V4_TIME_EXCEEDED);
  }

  /**
   * Decodes what a packet quotes. What cannot be read stays zero.
   *
   * @param packet reader index at the IP header
   * @param outer its own flow
   * @return false if it is no error or too short to quote anything
   */
  boolean decode(Packet packet, FlowKey outer) {
    ByteBuf data = packet.buffer();
    int offset = outer.v6 ? V6_QUOTE : V4_QUOTE;
    if (!isError(outer) || data.readableBytes() < offset) {
      return false;
    }
    flow.set(outer);
    flow.sourceHigh = 0;
    flow.sourceLow = 0;
    flow.targetHigh = 0;
    flow.targetLow = 0;
    flow.protocol = 0;
    flow.sourcePort = 0;
    flow.targetPort = 0;
    int at = data.readerIndex() + offset;
    if (outer.v6) {
      decode6(data, at, data.writerIndex());
    } else {
      decode4(data, at, data.writerIndex());
    }
    return true;
  }

  private void decode4(ByteBuf data, int at, int end) {
    if (end - at < 20) {
      return;
    }
    int header = (data.getUnsignedByte(at) & 15) * 4;
    if (header < 20) {
      return;
    }
    flow.sourceLow = data.getUnsignedInt(at + 16);
    flow.targetLow = data.getUnsignedInt(at + 12);
    flow.protocol = data.getUnsignedByte(at + 9);
    if ((data.getUnsignedShort(at + 6) & FRAGMENT_BITS) == 0) {
      ports(data, at + header, end);
    }
  }

  private void decode6(ByteBuf data, int at, int end) {
    if (end - at < 40) {
      return;
    }
    flow.sourceHigh = data.getLong(at + 24);
    flow.sourceLow = data.getLong(at + 32);
    flow.targetHigh = data.getLong(at + 8);
    flow.targetLow = data.getLong(at + 16);
    int next = data.getUnsignedByte(at + 6);
    int from = at + 40;
    for (int i = 0; i < MAX_EXTENSIONS && isExtension(next) && end - from >= 8; i++) {
      boolean fragment = next == IpProtocol.FRAGMENT;
      int length = fragment ? 8 : (data.getUnsignedByte(from + 1) + 1) * 8;
      next = data.getUnsignedByte(from);
      from += length;
      if (fragment) {
        flow.protocol = next;
        return;
      }
    }
    flow.protocol = next;
    ports(data, from, end);
  }

  private static boolean isExtension(int next) {
    return switch (next) {
      case IpProtocol.HOPOPT, IpProtocol.ROUTING, IpProtocol.DSTOPTS, IpProtocol.FRAGMENT -> true;
      default -> false;
    };
  }

  private void ports(ByteBuf data, int at, int end) {
    int there = end - at;
    switch (flow.protocol) {
      case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.UDPLITE, IpProtocol.SCTP, IpProtocol.DCCP -> {
        if (there >= 4) {
          flow.sourcePort = data.getUnsignedShort(at + 2);
          flow.targetPort = data.getUnsignedShort(at);
        }
      }
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        if (there >= 2) {
          flow.sourcePort = data.getUnsignedByte(at);
          flow.targetPort = data.getUnsignedByte(at + 1);
        }
      }
      case IpProtocol.GRE -> {
        if (there >= 8 && (data.getUnsignedByte(at) & 0x20) != 0) {
          int key = (data.getUnsignedByte(at) & 0x80) != 0 ? 8 : 4;
          if (there >= key + 4) {
            flow.sourcePort = data.getUnsignedShort(at + key);
            flow.targetPort = data.getUnsignedShort(at + key + 2);
          }
        }
      }
      default -> {}
    }
  }
}
