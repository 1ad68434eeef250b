package org.larval.secmark.conntrack;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * The IP header of a packet and where the one after it begins, as netfilter sees them
 * (nft_set_pktinfo_ipv4_validate, ipv6_find_hdr): every length is checked once here. In IPv6 the
 * authentication header counts as an extension, in IPv4 as a protocol, as in Linux. Made once,
 * filled for each packet.
 */
public final class Headers {
  private static final int MAX_EXTENSIONS = 16;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;

  public boolean v6;
  public long sourceHigh;
  public long sourceLow;
  public long targetHigh;
  public long targetLow;

  /** The absolute index of the IP header. */
  public int network;

  /** Of the whole IP packet, from its header, in bytes. */
  public int totalLength;

  /** DSCP and ECN. */
  public int trafficClass;

  /** TTL or hop limit. */
  public int ttl;

  /** IPv4's protocol, IPv6's first next header. */
  public int firstProtocol;

  /** The protocol after all extension headers. */
  public int protocol;

  /** The absolute index of the header after IP. */
  public int transport;

  /** Bytes that there are from {@link #transport} on. */
  public int transportLength;

  /** The payload's place in the whole datagram, in bytes; 0 but for later fragments. */
  public int fragmentOffset;

  /** Whether it is only a part of a datagram. */
  public boolean fragment;

  /** Nothing decoded. */
  public Headers() {}

  /**
   * Decodes a whole packet.
   *
   * @return false if it is no IP packet, or one that is shorter than it says
   */
  public boolean decode(ByteBuf data, int index, int length) {
    return decode(data, index, length, false);
  }

  /** Decodes a packet that an ICMP error quotes: its end may be cut off. */
  public boolean decodeQuoted(ByteBuf data, int index, int length) {
    return decode(data, index, length, true);
  }

  private boolean decode(ByteBuf data, int index, int length, boolean quoted) {
    buffer = data;
    network = index;
    if (length < Ipv4View.HEADER) {
      return false;
    }
    return switch (data.getUnsignedByte(index) >>> 4) {
      case 4 -> decode4(data, index, length, quoted);
      case 6 -> length >= Ipv6View.HEADER && decode6(data, index, length, quoted);
      default -> false;
    };
  }

  /** Reads words at once: each read of a buffer is checked anew. */
  private boolean decode4(ByteBuf data, int index, int length, boolean quoted) {
    long first = data.getLong(index);
    int header = (int) (first >>> 56 & 15) * 4;
    totalLength = (int) (first >>> 32) & 0xffff;
    if (header < Ipv4View.HEADER
        || header > length
        || totalLength < header
        || !quoted && totalLength > length) {
      return false;
    }
    long second = data.getLong(index + 8);
    v6 = false;
    sourceHigh = 0;
    targetHigh = 0;
    sourceLow = second & 0xffff_ffffL;
    targetLow = data.getUnsignedInt(index + 16);
    trafficClass = (int) (first >>> 48) & 0xff;
    ttl = (int) (second >>> 56);
    protocol = (int) (second >>> 48) & 0xff;
    firstProtocol = protocol;
    fragmentOffset = ((int) first & 0x1fff) * 8;
    fragment = (first & 0x3fff) != 0;
    transport = index + header;
    transportLength = Math.min(length, totalLength) - header;
    return true;
  }

  private boolean decode6(ByteBuf data, int index, int length, boolean quoted) {
    totalLength = Ipv6View.HEADER + data.getUnsignedShort(index + 4);
    if (!quoted && totalLength > length) {
      return false;
    }
    v6 = true;
    sourceHigh = data.getLong(index + 8);
    sourceLow = data.getLong(index + 16);
    targetHigh = data.getLong(index + 24);
    targetLow = data.getLong(index + 32);
    trafficClass = data.getUnsignedShort(index) >>> 4 & 0xff;
    ttl = data.getUnsignedByte(index + 7);
    firstProtocol = data.getUnsignedByte(index + 6);
    fragmentOffset = 0;
    fragment = false;
    return walk(data, index + Ipv6View.HEADER, index + Math.min(length, totalLength));
  }

  private boolean walk(ByteBuf data, int first, int end) {
    int at = first;
    int next = firstProtocol;
    for (int count = 0; isExtension(next) && fragmentOffset == 0; count++) {
      if (count == MAX_EXTENSIONS || at + 8 > end) {
        return false;
      }
      int size;
      if (next == IpProtocol.FRAGMENT) {
        int word = data.getUnsignedShort(at + 2);
        fragmentOffset = word & 0xfff8;
        fragment |= (word & 0xfff9) != 0;
        size = Ipv6View.FRAGMENT_HEADER;
      } else if (next == IpProtocol.AH) {
        size = (data.getUnsignedByte(at + 1) + 2) * 4;
      } else {
        size = (data.getUnsignedByte(at + 1) + 1) * 8;
      }
      next = data.getUnsignedByte(at);
      at += size;
      if (at > end) {
        return false;
      }
    }
    protocol = next;
    transport = at;
    transportLength = end - at;
    return true;
  }

  private static boolean isExtension(int next) {
    return switch (next) {
      case IpProtocol.HOPOPT,
          IpProtocol.ROUTING,
          IpProtocol.FRAGMENT,
          IpProtocol.DSTOPTS,
          IpProtocol.AH ->
          true;
      default -> false;
    };
  }

  /** Whether the first {@code bytes} of the header after IP can be read. */
  public boolean has(int bytes) {
    return fragmentOffset == 0 && transportLength >= bytes;
  }

  /** An octet of the header after IP; ask {@link #has} before. */
  public int octet(int offset) {
    return buffer.getUnsignedByte(transport + offset);
  }

  /** Two octets of the header after IP; ask {@link #has} before. */
  public int word(int offset) {
    return buffer.getUnsignedShort(transport + offset);
  }

  /** Four octets of the header after IP; ask {@link #has} before. */
  public int doubleWord(int offset) {
    return buffer.getInt(transport + offset);
  }

  ByteBuf buffer() {
    return buffer;
  }
}
