package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** What a frame of a capture begins with: the link types (LINKTYPE_...) that carry IP for us. */
public enum LinkType {
  /** BSD loopback: the address family as 32 bits in the byte order of the writing machine. */
  NULL(0, "null"),
  /** Ethernet II, with or without VLAN tags. */
  ETHERNET(1, "ethernet"),
  /** An IP packet, its version in the first four bits. */
  RAW(101, "raw"),
  /** OpenBSD loopback: the address family as 32 bits in network order. */
  LOOP(108, "loop"),
  /** Linux "any" capture, 16 bytes before the packet. */
  LINUX_SLL(113, "linux-sll"),
  /** An IPv4 packet. */
  IPV4(228, "ipv4"),
  /** An IPv6 packet. */
  IPV6(229, "ipv6"),
  /** Linux "any" capture, 20 bytes before the packet. */
  LINUX_SLL2(276, "linux-sll2");

  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int MAX_TAGS = 2;

  private final int number;
  private final String label;

  LinkType(int number, String label) {
    this.number = number;
    this.label = label;
  }

  /** The number in the file. */
  public int number() {
    return number;
  }

  /** The name as printed: lower case. */
  public String label() {
    return label;
  }

  /** The link type of a number, or null if this room knows no IP in it. */
  public static @Nullable LinkType of(int number) {
    return switch (number) {
      case 0 -> NULL;
      case 1 -> ETHERNET;
      // 12 and 14 are DLT_RAW of BSDs, which older programs wrote into files
      case 12, 14, 101 -> RAW;
      case 108 -> LOOP;
      case 113 -> LINUX_SLL;
      case 228 -> IPV4;
      case 229 -> IPV6;
      case 276 -> LINUX_SLL2;
      default -> null;
    };
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    LinkType type = of(number);
    return type == null ? "link type " + number : type.label;
  }

  /**
   * Where the IP packet of a frame begins.
   *
   * @param index absolute index of the frame's first byte
   * @param length bytes of the frame
   * @return bytes from {@code index} to the IP header, or -1 if the frame holds no IP packet or
   *     ends before its first byte
   */
  public int packetOffset(ByteBuf data, int index, int length) {
    int offset =
        switch (this) {
          case NULL, LOOP -> length < 4 || family(data.getInt(index)) == 0 ? -1 : 4;
          case ETHERNET -> ethernet(data, index, length);
          case RAW, IPV4, IPV6 -> 0;
          case LINUX_SLL -> length < 16 ? -1 : ofType(data.getUnsignedShort(index + 14), 16);
          case LINUX_SLL2 -> length < 20 ? -1 : ofType(data.getUnsignedShort(index), 20);
        };
    if (offset < 0 || offset >= length) {
      return -1;
    }
    int version = data.getUnsignedByte(index + offset) >>> 4;
    return switch (this) {
      case IPV4 -> version == 4 ? offset : -1;
      case IPV6 -> version == 6 ? offset : -1;
      default -> version == 4 || version == 6 ? offset : -1;
    };
  }

  private static int ethernet(ByteBuf data, int index, int length) {
    int at = 12;
    for (int tags = 0; at + 2 <= length; tags++) {
      int type = data.getUnsignedShort(index + at);
      if (type != 0x8100 && type != 0x88a8) {
        return ofType(type, at + 2);
      }
      if (tags == MAX_TAGS) {
        return -1;
      }
      at += 4;
    }
    return -1;
  }

  private static int ofType(int ethertype, int offset) {
    return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6 ? offset : -1;
  }

  /** 4 or 6 for an address family in either byte order, 0 for others. */
  private static int family(int word) {
    int family = (word & 0xffff) == 0 ? Integer.reverseBytes(word) : word;
    return switch (family) {
      case 2 -> 4;
      // Linux 10, NetBSD and OpenBSD 24, FreeBSD 28, macOS 30
      case 10, 24, 28, 30 -> 6;
      default -> 0;
    };
  }
}
