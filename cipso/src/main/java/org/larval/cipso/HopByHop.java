package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;

/**
 * The hop-by-hop header of IPv6 with an eye on CALIPSO: the check of ip6_parse_tlv, and labels put
 * on, replaced and taken off (calipso_skbuff_setattr and _delattr). The IPv6 header must lie within
 * the buffer.
 */
final class HopByHop {
  private static final int PAD1 = 0;
  private static final int PADN = 1;
  private static final int MAX_LENGTH = 2048;

  private final CalipsoOption option = new CalipsoOption();
  private int from;
  private int end;

  /** Bytes of the header that follows the IPv6 header; 0 if none does or it is cut off. */
  private static int length(ByteBuf data, int ip) {
    int at = ip + Ipv6View.HEADER;
    if (data.getUnsignedByte(ip + 6) != IpProtocol.HOPOPT || at + 8 > data.writerIndex()) {
      return 0;
    }
    int length = (data.getUnsignedByte(at + 1) + 1) * 8;
    return at + length > data.writerIndex() ? 0 : length;
  }

  /** Bytes of the option at an offset, or -1 if that is impossible (calipso_tlv_len). */
  private static int optionLength(ByteBuf data, int header, int length, int offset) {
    if (data.getUnsignedByte(header + offset) == PAD1) {
      return 1;
    }
    int size = offset + 1 < length ? data.getUnsignedByte(header + offset + 1) + 2 : length;
    return offset + size > length ? -1 : size;
  }

  /** Whether every CALIPSO option is acceptable; if not the packet is dropped in silence. */
  boolean check(ByteBuf data, int ip, CalipsoDois dois) {
    int length = length(data, ip);
    int header = ip + Ipv6View.HEADER;
    for (int offset = 2; offset < length; ) {
      int size = optionLength(data, header, length, offset);
      if (size < 0) {
        return true; // not ours to judge
      }
      if (data.getUnsignedByte(header + offset) == CalipsoOption.TYPE) {
        option.wrap(data, header + offset, size);
        if (option.validate(dois) != null) {
          return false;
        }
      }
      offset += size;
    }
    return true;
  }

  /** The first CALIPSO option, or null; the same object each time. */
  @Nullable CalipsoOption find(ByteBuf data, int ip) {
    int length = length(data, ip);
    int header = ip + Ipv6View.HEADER;
    for (int offset = 2; offset < length; ) {
      int size = optionLength(data, header, length, offset);
      if (size < 0) {
        return null;
      }
      if (data.getUnsignedByte(header + offset) == CalipsoOption.TYPE) {
        option.wrap(data, header + offset, size);
        return option;
      }
      offset += size;
    }
    return null;
  }

  /**
   * Finds the bytes that a label may replace: from behind the option before it to before the option
   * after it, padding included (calipso_opt_find). False if an option's length is impossible.
   */
  private boolean locate(ByteBuf data, int header, int length) {
    from = 2;
    int label = 0;
    for (int offset = 2; offset < length; ) {
      int size = optionLength(data, header, length, offset);
      if (size < 0) {
        return false;
      }
      int type = data.getUnsignedByte(header + offset);
      if (type == CalipsoOption.TYPE) {
        label = offset + size;
      } else if (type == PAD1 || type == PADN) {
        label = label == 0 ? 0 : offset + size;
      } else if (label == 0) {
        from = offset + size;
      } else {
        break;
      }
      offset += size;
    }
    end = label == 0 ? length : label;
    return true;
  }

  /**
   * Puts a label on the packet whose IPv6 header is at its reader index, in the place of one that
   * is there. EINVAL if an option's length is impossible, ENOSPC if the header would become too
   * long, EMSGSIZE if the packet would.
   */
  Errno attach(Packet packet, LabelOption label) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    int header = ip + Ipv6View.HEADER;
    boolean fresh = data.getUnsignedByte(ip + 6) != IpProtocol.HOPOPT;
    int length = length(data, ip);
    if (fresh) {
      from = 0;
      end = 0;
    } else if (length == 0 || !locate(data, header, length)) {
      return Errno.EINVAL;
    }
    int begin = fresh ? 2 : from;
    int lead = CalipsoOption.LEAD[begin & 3];
    int newEnd = begin + lead + label.length();
    int pad = (newEnd & 4) + (end & 7) & 7;
    if (fresh) {
      pad = -newEnd & 7;
    }
    int delta = newEnd + pad - end;
    if (length + delta > MAX_LENGTH) {
      return Errno.ENOSPC;
    }
    int payload = data.getUnsignedShort(ip + 4) + delta;
    if (payload > 65_535) {
      return Errno.EMSGSIZE;
    }
    ip = HeaderRoom.resize(packet, Ipv6View.HEADER + from, delta);
    data = packet.buffer();
    header = ip + Ipv6View.HEADER;
    if (fresh) {
      data.setByte(header, data.getUnsignedByte(ip + 6));
      data.setByte(ip + 6, IpProtocol.HOPOPT);
    }
    data.setByte(header + 1, (length + delta) / 8 - 1);
    data.setShort(ip + 4, payload);
    pad(data, header + begin, lead);
    label.write(data, header + begin + lead);
    pad(data, header + newEnd, pad);
    return Errno.OK;
  }

  /** Takes the label off, if there is one, and the header with it if nothing else is in it. */
  Errno strip(Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    int header = ip + Ipv6View.HEADER;
    int length = length(data, ip);
    if (length == 0 || find(data, ip) == null) {
      return Errno.OK;
    }
    if (!locate(data, header, length)) {
      return Errno.EINVAL;
    }
    int delta;
    int keep = Ipv6View.HEADER;
    if (from == 2 && end == length) {
      delta = length;
      data.setByte(ip + 6, data.getUnsignedByte(header));
    } else {
      delta = end - from & ~7;
      int pad = end - from & 7;
      data.setByte(header + 1, (length - delta) / 8 - 1);
      pad(data, header + from, pad);
      keep += from + pad;
    }
    data.setShort(ip + 4, data.getUnsignedShort(ip + 4) - delta);
    HeaderRoom.resize(packet, keep, -delta);
    return Errno.OK;
  }

  /** Writes padding of a number of bytes. */
  static void pad(ByteBuf out, int index, int count) {
    if (count == 1) {
      out.setByte(index, PAD1);
    } else if (count > 1) {
      out.setByte(index, PADN);
      out.setByte(index + 1, count - 2);
      out.setZero(index + 2, count - 2);
    }
  }
}
