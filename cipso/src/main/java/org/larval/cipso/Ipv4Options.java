package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.Ipv4View;

/**
 * The options of an IPv4 header with an eye on CIPSO: the check of ip_options_compile, and labels
 * put on, replaced and taken off (cipso_v4_skbuff_setattr and _delattr). The header must lie within
 * the buffer, as it does after a {@link Ipv4View} took it.
 */
final class Ipv4Options {
  private static final int END = 0;
  private static final int NOP = 1;

  private final CipsoOption option = new CipsoOption();
  private @Nullable CipsoFault fault;

  private static int headerLength(ByteBuf data, int ip) {
    return (data.getUnsignedByte(ip) & 15) * 4;
  }

  /**
   * The offset in the header that an ICMP Parameter Problem points at, or -1 if the options are
   * acceptable. Only lengths and CIPSO are looked at.
   */
  int check(ByteBuf data, int ip, @Nullable DoiTable dois, boolean loopback, boolean strict) {
    fault = null;
    int stop = ip + headerLength(data, ip);
    boolean seen = false;
    int at = ip + Ipv4View.HEADER;
    while (at < stop) {
      int type = data.getUnsignedByte(at);
      if (type == END) {
        return -1;
      }
      if (type == NOP) {
        at++;
        continue;
      }
      fault = option.wrap(data, at, stop - at);
      if (fault == null && type == CipsoOption.TYPE) {
        fault = seen ? CipsoFault.SECOND_OPTION : option.validate(dois, loopback, strict);
        if (fault == CipsoFault.SECOND_OPTION) {
          return at - ip;
        }
        seen = true;
      }
      if (fault != null) {
        return at - ip + option.pointer();
      }
      at += option.length();
    }
    return -1;
  }

  /** Why the last check pointed somewhere. */
  @Nullable CipsoFault fault() {
    return fault;
  }

  /** The absolute index of the CIPSO option, or -1 (cipso_v4_optptr). */
  static int find(ByteBuf data, int ip) {
    int at = ip + Ipv4View.HEADER;
    int stop = ip + headerLength(data, ip);
    while (stop - at > 1) {
      int type = data.getUnsignedByte(at);
      if (type == END) {
        return -1;
      }
      int size = type == NOP ? 1 : data.getUnsignedByte(at + 1);
      if (size == 0 || size > stop - at || type != NOP && size < 2) {
        return -1;
      }
      if (type == CipsoOption.TYPE) {
        return at;
      }
      at += size;
    }
    return -1;
  }

  /**
   * Puts a label on the packet whose IPv4 header is at its reader index. All other options give way
   * to it. EMSGSIZE if the packet would become too long for its length field.
   */
  static Errno attach(Packet packet, LabelOption label) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    int before = headerLength(data, ip);
    int delta = Ipv4View.HEADER + label.headerBytes() - before;
    if (data.getUnsignedShort(ip + 2) + delta > 65_535) {
      return Errno.EMSGSIZE;
    }
    ip = HeaderRoom.resize(packet, Ipv4View.HEADER, delta);
    label.writeHeader(packet.buffer(), ip + Ipv4View.HEADER, 0);
    if (before == Ipv4View.HEADER) {
      extend(packet.buffer(), ip, delta, label.sum());
    } else {
      finish(packet, ip, before + delta, delta);
    }
    return Errno.OK;
  }

  /** Takes the CIPSO option off, if there is one; other options move up and padding goes. */
  static void strip(Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    int cipso = find(data, ip);
    if (cipso < 0) {
      return;
    }
    int size = data.getUnsignedByte(cipso + 1);
    int before = headerLength(data, ip);
    int used = used(data, ip, before) - size;
    // Options after it move to its place.
    for (int at = cipso; at < ip + used; at++) {
      data.setByte(at, data.getByte(at + size));
    }
    int after = used + 3 & ~3;
    data.setZero(ip + used, before - used);
    int delta = after - before;
    int start = HeaderRoom.resize(packet, after, delta);
    finish(packet, start, after, delta);
  }

  /** Header and options without padding at the end (cipso_v4_get_actual_opt_len). */
  private static int used(ByteBuf data, int ip, int headerLength) {
    int at = ip + Ipv4View.HEADER;
    int stop = ip + headerLength;
    int used = Ipv4View.HEADER;
    while (at < stop) {
      int type = data.getUnsignedByte(at);
      if (type == END) {
        break;
      }
      if (type == NOP) {
        at++;
        continue;
      }
      int size = at + 1 < stop ? Math.max(2, data.getUnsignedByte(at + 1)) : 1;
      at = Math.min(stop, at + size);
      used = at - ip;
    }
    return used;
  }

  /**
   * Makes length and checksum right after {@code delta} bytes were put behind a header without
   * options (RFC 1624): to sum what was just written would wait for it.
   *
   * @param added the sum of those bytes
   */
  private static void extend(ByteBuf data, int ip, int delta, long added) {
    int oldFirst = data.getUnsignedShort(ip);
    int first = oldFirst + (delta / 4 << 8);
    int oldLength = data.getUnsignedShort(ip + 2);
    long sum = (~data.getUnsignedShort(ip + 10) & 0xffff) + (~oldFirst & 0xffff) + first;
    sum += (~oldLength & 0xffff) + oldLength + delta + added;
    data.setInt(ip, first << 16 | oldLength + delta);
    data.setShort(ip + 10, Checksum.fold(sum));
  }

  private static void finish(Packet packet, int ip, int headerLength, int delta) {
    ByteBuf data = packet.buffer();
    data.setByte(ip, 0x40 | headerLength / 4);
    data.setShort(ip + 2, data.getUnsignedShort(ip + 2) + delta);
    data.setShort(ip + 10, 0);
    data.setShort(ip + 10, Checksum.of(data, ip, headerLength));
  }
}
