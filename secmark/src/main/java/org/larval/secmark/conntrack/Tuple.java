package org.larval.secmark.conntrack;

import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpProtocol;

/** What tells connections apart (nf_conntrack_tuple); made once, filled for each packet. */
final class Tuple {
  boolean v6;
  long sourceHigh;
  long sourceLow;
  long targetHigh;
  long targetLow;
  int protocol;
  int sourceId;
  int targetId;

  /** False if the packet is too short to have a tuple (nf_ct_get_tuple). */
  boolean of(Headers headers) {
    v6 = headers.v6;
    sourceHigh = headers.sourceHigh;
    sourceLow = headers.sourceLow;
    targetHigh = headers.targetHigh;
    targetLow = headers.targetLow;
    protocol = headers.protocol;
    sourceId = 0;
    targetId = 0;
    switch (protocol) {
      case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.UDPLITE, IpProtocol.SCTP, IpProtocol.DCCP -> {
        if (!headers.has(4)) {
          return false;
        }
        sourceId = headers.word(0);
        targetId = headers.word(2);
      }
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        if (!headers.has(8)) {
          return false;
        }
        sourceId = headers.word(4);
        targetId = headers.word(0);
      }
      default -> {}
    }
    return true;
  }

  /** The tuple of a connection's first packet. */
  void set(Connection from) {
    v6 = from.v6;
    sourceHigh = from.sourceHigh;
    sourceLow = from.sourceLow;
    targetHigh = from.targetHigh;
    targetLow = from.targetLow;
    protocol = from.protocol;
    sourceId = from.sourceId;
    targetId = from.targetId;
  }

  /** Turns it into the tuple of a reply; false if there are no replies (nf_ct_invert_tuple). */
  boolean invert() {
    if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
      int type = inverse(protocol, targetId >>> 8);
      if (type < 0) {
        return false;
      }
      targetId = type << 8 | targetId & 0xff;
    } else {
      int id = sourceId;
      sourceId = targetId;
      targetId = id;
    }
    long high = sourceHigh;
    long low = sourceLow;
    sourceHigh = targetHigh;
    sourceLow = targetLow;
    targetHigh = high;
    targetLow = low;
    return true;
  }

  /** The type of the answer, or of the question; -1 for types that have neither. */
  private static int inverse(int protocol, int type) {
    if (protocol == IpProtocol.ICMPV6) {
      return switch (type) {
        case Icmpv6View.ECHO -> Icmpv6View.ECHO_REPLY;
        case Icmpv6View.ECHO_REPLY -> Icmpv6View.ECHO;
        case 139 -> 140;
        case 140 -> 139;
        default -> -1;
      };
    }
    return switch (type) {
      case IcmpView.ECHO -> IcmpView.ECHO_REPLY;
      case IcmpView.ECHO_REPLY -> IcmpView.ECHO;
      case 13 -> 14;
      case 14 -> 13;
      case 15 -> 16;
      case 16 -> 15;
      case 17 -> 18;
      case 18 -> 17;
      default -> -1;
    };
  }

  /** Equal for a tuple and its inverse; the secret keeps senders from choosing collisions. */
  long hash(long secret) {
    boolean icmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
    long one = end(secret, sourceHigh, sourceLow, sourceId);
    long other = end(secret, targetHigh, targetLow, icmp ? sourceId : targetId);
    return mix(one + other + protocol * 0x9e37_79b9_7f4a_7c15L);
  }

  private static long end(long secret, long high, long low, int id) {
    return mix(mix(mix(secret ^ high) + low ^ secret) + id);
  }

  private static long mix(long word) {
    long mixed = (word ^ word >>> 32) * 0xd6e8_feb8_6659_fd93L;
    mixed = (mixed ^ mixed >>> 32) * 0xd6e8_feb8_6659_fd93L;
    return mixed ^ mixed >>> 32;
  }

  /** A place of some, a power of two up to 2^31: where nothing is lost if somebody knows it. */
  int place(int places) {
    long words = sourceLow + targetLow * 31 + ((long) sourceId << 16 | targetId) + protocol;
    return (int) (words * 0x9e37_79b9_7f4a_7c15L >>> 33) & places - 1;
  }

  /** Whether a packet of this tuple belongs to a connection, in either direction. */
  boolean isIn(Connection c) {
    return isOriginalOf(c) || isReplyOf(c);
  }

  boolean isOriginalOf(Connection c) {
    return c.v6 == v6
        && c.protocol == protocol
        && c.sourceId == sourceId
        && c.targetId == targetId
        && c.sourceLow == sourceLow
        && c.targetLow == targetLow
        && c.sourceHigh == sourceHigh
        && c.targetHigh == targetHigh;
  }

  boolean isReplyOf(Connection c) {
    if (c.v6 != v6
        || c.protocol != protocol
        || c.sourceLow != targetLow
        || c.targetLow != sourceLow
        || c.sourceHigh != targetHigh
        || c.targetHigh != sourceHigh) {
      return false;
    }
    if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
      int type = inverse(protocol, targetId >>> 8);
      return type >= 0 && c.sourceId == sourceId && c.targetId == (type << 8 | targetId & 0xff);
    }
    return c.sourceId == targetId && c.targetId == sourceId;
  }
}
