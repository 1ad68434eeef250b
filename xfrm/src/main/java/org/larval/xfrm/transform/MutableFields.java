package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * What AH sees of the headers before it (RFC 4302 section 3.3.3.1): fields that routers change are
 * zero, fields that they change foreseeably have their last value. It decides as
 * ip_clear_mutable_options of net/ipv4/ah4.c and ipv6_clear_mutable_options of net/ipv6/ah6.c. The
 * headers are copied and only the copy is changed, so a packet that is refused stays as it was. One
 * object is used again for each packet.
 */
final class MutableFields {
  private static final int OPTION_END = 0;
  private static final int OPTION_NOP = 1;
  private static final int LOOSE_ROUTE = 131;
  private static final int STRICT_ROUTE = 137;
  private static final int MIN_ROUTE = 6;

  private static final int PAD_1 = 0;
  private static final int MAY_CHANGE = 0x20;
  private static final int HOME_ADDRESS = 0xc9;
  private static final int ADDRESS = 16;
  private static final int V6_SOURCE = 8;
  private static final int V6_TARGET = 24;

  private byte[] header = new byte[128];

  /** The headers as AH sees them, after {@link #take}. */
  byte[] header() {
    return header;
  }

  /**
   * Copies headers and settles their mutable fields.
   *
   * @param start absolute index of the IP header, which was checked
   * @param length bytes up to the AH
   * @param outbound whether addresses still have to be put in their final order
   * @return false if options or extension headers are malformed
   */
  boolean take(ByteBuf data, int start, int length, boolean v6, boolean outbound) {
    if (header.length < length) {
      header = new byte[Math.max(length, header.length * 2)];
    }
    data.getBytes(start, header, 0, length);
    return v6 ? settleV6(length) : settleV4(length, outbound);
  }

  private boolean settleV4(int length, boolean outbound) {
    header[1] = 0;
    header[6] = 0;
    header[7] = 0;
    header[8] = 0;
    header[10] = 0;
    header[11] = 0;
    int at = Ipv4View.HEADER;
    while (at < length) {
      int type = octet(at);
      if (type == OPTION_END) {
        return true;
      }
      if (type == OPTION_NOP) {
        at++;
        continue;
      }
      int size = at + 1 < length ? octet(at + 1) : 0;
      if (size < 2 || size > length - at) {
        return false;
      }
      if (type == LOOSE_ROUTE || type == STRICT_ROUTE) {
        if (size < MIN_ROUTE) {
          return false;
        }
        if (outbound) {
          System.arraycopy(header, at + size - 4, header, 16, 4);
        }
      }
      if (!isImmutable(type)) {
        Arrays.fill(header, at, at + size, (byte) 0);
      }
      at += size;
    }
    return true;
  }

  /**
   * Whether routers leave an IPv4 option alone: basic and extended security, CIPSO, router alert
   * and the directed broadcast of RFC 1770.
   */
  private static boolean isImmutable(int type) {
    return type == 130 || type == 133 || type == 134 || type == 148 || type == 149;
  }

  private boolean settleV6(int length) {
    // Traffic class, flow label and hop limit.
    header[0] = 0x60;
    header[1] = 0;
    header[2] = 0;
    header[3] = 0;
    header[7] = 0;
    int next = octet(6);
    int at = Ipv6View.HEADER;
    while (at < length) {
      int size = at + 1 < length ? (octet(at + 1) + 1) * 8 : 0;
      switch (next) {
        case IpProtocol.HOPOPT, IpProtocol.DSTOPTS -> {
          if (size == 0 || size > length - at || !clear(at, size, next == IpProtocol.DSTOPTS)) {
            return false;
          }
        }
        case IpProtocol.ROUTING -> {
          if (size == 0 || size > length - at || !routeToEnd(at, size)) {
            return false;
          }
        }
        default -> {
          return true;
        }
      }
      next = octet(at);
      at += size;
    }
    return true;
  }

  /** Zeroes the data of options that may change en route; false if they do not fit. */
  private boolean clear(int from, int size, boolean forTarget) {
    int at = from + 2;
    int end = from + size;
    while (at < end) {
      int type = octet(at);
      if (type == PAD_1) {
        at++;
        continue;
      }
      if (end - at < 2 || octet(at + 1) + 2 > end - at) {
        return false;
      }
      int length = octet(at + 1);
      if (forTarget && type == HOME_ADDRESS && length == ADDRESS) {
        swap(V6_SOURCE, at + 2);
      }
      if ((type & MAY_CHANGE) != 0) {
        Arrays.fill(header, at + 2, at + 2 + length, (byte) 0);
      }
      at += 2 + length;
    }
    return true;
  }

  /** The routing header as its last hop finds it; false if it says more hops than it holds. */
  private boolean routeToEnd(int at, int size) {
    int left = octet(at + 3);
    if (left == 0) {
      return true;
    }
    int segments = (size - 8) / ADDRESS;
    if (left > segments) {
      return false;
    }
    header[at + 3] = 0;
    int first = at + 8 + (segments - left) * ADDRESS;
    // Each address moves one place on; the packet's target goes first and the last becomes it.
    for (int i = 0; i < left; i++) {
      swap(V6_TARGET, first + i * ADDRESS);
    }
    return true;
  }

  private void swap(int a, int b) {
    for (int i = 0; i < ADDRESS; i++) {
      byte kept = header[a + i];
      header[a + i] = header[b + i];
      header[b + i] = kept;
    }
  }

  private int octet(int at) {
    return header[at] & 0xff;
  }
}
