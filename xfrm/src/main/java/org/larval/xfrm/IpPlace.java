package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * Where the headers of the packet at hand are, for those that put something between them or take it
 * out. One object is used again for each packet; the headers of a packet that came in are looked at
 * once, by {@link InputPath}, for all who open it. Indexes are absolute.
 */
public final class IpPlace {
  /** Bytes kept free in front of outbound packets, for the link's header. */
  private static final int LINK = 32;

  /** The most bytes that a whole datagram of IPv4 carries. */
  private static final int MAX_PAYLOAD = 65_535 - Ipv4View.HEADER;

  private boolean v6;
  private int start;
  private int end;
  private int upper;
  private int protocol;
  private int protocolField;
  private long first;
  private long second;
  private int third;

  private final Ipv6View ipv6 = new Ipv6View();

  /** Whether it is IPv6. */
  public boolean v6() {
    return v6;
  }

  /** Where the IP header is. */
  public int start() {
    return start;
  }

  /** Behind the last byte, link padding left out. */
  public int end() {
    return end;
  }

  /** What follows IP header, options and extension headers. */
  public int upper() {
    return upper;
  }

  /** The protocol that stands at {@link #upper}. */
  public int protocol() {
    return protocol;
  }

  /** The header's first eight bytes: read once, since each read of a buffer is checked anew. */
  public long first() {
    return first;
  }

  /** The source of IPv4, as an unsigned number of 32 bits. */
  long sourceV4() {
    return second & 0xffff_ffffL;
  }

  /** The destination of IPv4, as an unsigned number of 32 bits. */
  long targetV4() {
    return third & 0xffff_ffffL;
  }

  /**
   * Finds the headers of a packet that came in, at the reader index; false if it is no IP packet.
   */
  public boolean locate(ByteBuf data) {
    return locateUnsummed(data) && (v6 || rightSum(data));
  }

  private boolean rightSum(ByteBuf data) {
    third = data.getInt(start + 16);
    long sum =
        (first >>> 32)
            + (first & 0xffff_ffffL)
            + (second >>> 32)
            + (second & 0xffff_ffffL)
            + (third & 0xffff_ffffL);
    int options = upper - start - Ipv4View.HEADER;
    return Checksum.fold(
            options == 0 ? sum : sum + Checksum.sum(data, start + Ipv4View.HEADER, options))
        == 0;
  }

  /**
   * The same of a packet that goes out: lengths are checked, but the checksum of IPv4 is not, since
   * this host made it or let the packet in.
   */
  public boolean locateUnsummed(ByteBuf data) {
    start = data.readerIndex();
    int length = data.readableBytes();
    if (length < Ipv4View.HEADER) {
      return false;
    }
    first = data.getLong(start);
    v6 = first >>> 60 == 6;
    if (v6) {
      if (ipv6.wrap(data, start, length) != null) {
        return false;
      }
      end = start + ipv6.totalLength();
      upper = ipv6.payload();
      protocol = ipv6.protocol();
      protocolField = ipv6.protocolField();
    } else {
      int header = (int) (first >>> 56 & 15) * 4;
      int total = (int) (first >>> 32) & 0xffff;
      int offset = (int) (first & 0x1fff) * 8;
      if (first >>> 60 != 4
          || header < Ipv4View.HEADER
          || total < header
          || total > length
          || offset + total - header > MAX_PAYLOAD) {
        return false;
      }
      end = start + total;
      upper = start + header;
      protocolField = start + 9;
      second = data.getLong(start + 8);
      protocol = (int) (second >>> 48) & 0xff;
    }
    return true;
  }

  /** Whether the located packet is a part of a datagram. Only right after {@link #locate}. */
  public boolean isFragment() {
    return v6 ? ipv6.isFragment() : (first & 0x3fff) != 0;
  }

  /**
   * Steps back to where transport mode puts its header (ip6_find_1stfragopt): behind hop-by-hop and
   * routing headers and the destination options before them, but before fragment headers and the
   * last destination's options. For IPv4, behind the options.
   */
  public void stepToInsertion(ByteBuf data) {
    if (!v6) {
      return;
    }
    int at = start + Ipv6View.HEADER;
    int field = start + 6;
    boolean routed = false;
    int next = data.getUnsignedByte(field);
    while (next == IpProtocol.HOPOPT
        || next == IpProtocol.ROUTING
        || next == IpProtocol.DSTOPTS && !routed) {
      routed |= next == IpProtocol.ROUTING;
      field = at;
      at += (data.getUnsignedByte(at + 1) + 1) * 8;
      next = data.getUnsignedByte(field);
    }
    upper = at;
    protocol = next;
    protocolField = field;
  }

  /**
   * Cuts link padding off, and takes a roomier buffer if the packet's has too little room, with
   * what the device puts in front afterwards. The indexes move along.
   */
  public void makeRoom(Packet packet, int front, int back) {
    ByteBuf old = packet.buffer();
    if (old.writerIndex() != end) {
      old.writerIndex(end);
    }
    if ((front == 0 || start >= front + LINK) && old.capacity() - end >= back) {
      return;
    }
    int length = end - start;
    int network = packet.network();
    int transport = packet.transport();
    int head = PacketPool.HEADROOM + front;
    ByteBuf data =
        old.isDirect()
            ? old.alloc().directBuffer(head + length + back + PacketPool.TAILROOM)
            : old.alloc().heapBuffer(head + length + back + PacketPool.TAILROOM);
    data.setIndex(head, head);
    data.writeBytes(old, start, length);
    packet.replaceBuffer(data);
    int shift = head - start;
    packet.headers(network < 0 ? -1 : network + shift, transport < 0 ? -1 : transport + shift);
    start += shift;
    end += shift;
    upper += shift;
    protocolField += shift;
  }

  /** Moves everything before {@link #upper} down, or up by a negative number. */
  public void moveHeaders(ByteBuf data, int by) {
    data.setBytes(start - by, data, start, upper - start);
    start -= by;
    upper -= by;
    protocolField -= by;
  }

  /**
   * Sets protocol, length and checksum of the headers before a payload that has changed. The
   * checksum follows from the old one (RFC 1624): to sum what was just moved would wait for it.
   */
  public void renew(ByteBuf data, int payload, int next) {
    int headers = upper - start;
    if (v6) {
      data.setByte(protocolField, next);
      data.setShort(start + 4, headers + payload - Ipv6View.HEADER);
      return;
    }
    int oldLength = data.getUnsignedShort(start + 2);
    int oldWord = data.getUnsignedShort(start + 8);
    int word = oldWord & 0xff00 | next;
    int sum = Checksum.update(data.getUnsignedShort(start + 10), oldLength, headers + payload);
    data.setShort(start + 2, headers + payload);
    data.setInt(start + 8, word << 16 | Checksum.update(sum, oldWord, word));
  }
}
