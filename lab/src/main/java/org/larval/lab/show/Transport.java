package org.larval.lab.show;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;

/** Puts what ESP in transport mode held behind the IP header that it came with. */
final class Transport {
  private Transport() {}

  /** A packet as it was before ESP. */
  static byte[] inner(byte[] packet, EspKeys.Opened opened) {
    boolean v6 = packet[0] >>> 4 == 6;
    int header = v6 ? headers6(packet) : (packet[0] & 0xf) * 4;
    byte[] inner = Arrays.copyOf(packet, header + opened.inner().length);
    System.arraycopy(opened.inner(), 0, inner, header, opened.inner().length);
    ByteBuf data = Unpooled.wrappedBuffer(inner);
    if (v6) {
      data.setShort(4, inner.length - Ipv6View.HEADER);
      data.setByte(field6(packet), opened.nextHeader());
    } else {
      data.setShort(2, inner.length);
      data.setByte(9, opened.nextHeader());
      data.setShort(10, 0);
      data.setShort(10, Checksum.of(data, 0, header));
    }
    return inner;
  }

  /** Where the extension headers before ESP, or before UDP around ESP, end. */
  private static int headers6(byte[] packet) {
    int field = field6(packet);
    return field == 6 ? Ipv6View.HEADER : field + ((packet[field + 1] & 0xff) + 1) * 8;
  }

  /** The octet that names ESP or UDP; the packet was read once, so that all lengths are sound. */
  private static int field6(byte[] packet) {
    int field = 6;
    int at = Ipv6View.HEADER;
    while (isExtension(packet[field] & 0xff) && at + 1 < packet.length) {
      field = at;
      at += ((packet[at + 1] & 0xff) + 1) * 8;
    }
    return field;
  }

  private static boolean isExtension(int header) {
    return header == IpProtocol.HOPOPT
        || header == IpProtocol.ROUTING
        || header == IpProtocol.DSTOPTS
        || header == IpProtocol.MH;
  }
}
