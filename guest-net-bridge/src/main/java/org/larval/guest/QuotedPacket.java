package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.FlowKey;
import org.larval.wire.IpProtocol;

/** The beginning of a packet that an ICMP error quotes: cut off, so that no view takes it. */
final class QuotedPacket {
  private static final int MAX_EXTENSIONS = 8;

  /** As the packet was sent: its source is whom the error concerns. */
  final FlowKey flow = new FlowKey();

  int totalLength;

  /** The 32 bits after the ports: TCP's sequence number, identifier and sequence of an echo. */
  int firstWord;

  /** Reads the quotation; false if not even eight bytes of the transport header are there. */
  boolean read(ByteBuf data, int at, int length) {
    int end = at + length;
    if (length < 20) {
      return false;
    }
    int version = data.getUnsignedByte(at) >>> 4;
    int transport;
    if (version == 4) {
      transport = at + (data.getUnsignedByte(at) & 15) * 4;
      flow.v6 = false;
      flow.sourceHigh = 0;
      flow.targetHigh = 0;
      flow.sourceLow = data.getUnsignedInt(at + 12);
      flow.targetLow = data.getUnsignedInt(at + 16);
      flow.protocol = data.getUnsignedByte(at + 9);
      totalLength = data.getUnsignedShort(at + 2);
      if (transport < at + 20 || (data.getUnsignedShort(at + 6) & 0x1fff) != 0) {
        return false;
      }
    } else if (version == 6 && length >= 40) {
      flow.v6 = true;
      flow.sourceHigh = data.getLong(at + 8);
      flow.sourceLow = data.getLong(at + 16);
      flow.targetHigh = data.getLong(at + 24);
      flow.targetLow = data.getLong(at + 32);
      totalLength = 40 + data.getUnsignedShort(at + 4);
      transport = skipExtensions(data, at, end);
    } else {
      return false;
    }
    if (transport < 0 || transport + 8 > end) {
      return false;
    }
    boolean icmp = flow.protocol == IpProtocol.ICMP || flow.protocol == IpProtocol.ICMPV6;
    flow.sourcePort = icmp ? data.getUnsignedByte(transport) : data.getUnsignedShort(transport);
    flow.targetPort =
        icmp ? data.getUnsignedByte(transport + 1) : data.getUnsignedShort(transport + 2);
    firstWord = data.getInt(transport + 4);
    return true;
  }

  private int skipExtensions(ByteBuf data, int start, int end) {
    int protocol = data.getUnsignedByte(start + 6);
    int at = start + 40;
    for (int i = 0; i < MAX_EXTENSIONS; i++) {
      flow.protocol = protocol;
      boolean fragment = protocol == IpProtocol.FRAGMENT;
      if (!fragment
          && protocol != IpProtocol.HOPOPT
          && protocol != IpProtocol.ROUTING
          && protocol != IpProtocol.DSTOPTS) {
        return at;
      }
      if (at + 8 > end || (fragment && (data.getUnsignedShort(at + 2) & 0xfff8) != 0)) {
        return -1;
      }
      protocol = data.getUnsignedByte(at);
      at += fragment ? 8 : (data.getUnsignedByte(at + 1) + 1) * 8;
    }
    return -1;
  }
}
