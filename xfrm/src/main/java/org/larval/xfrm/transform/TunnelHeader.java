package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import java.util.Set;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.StateFlag;

/**
 * The outer header of a tunnel: made on the way out, and what it tells the inner packet on the way
 * in (RFC 4301 5.1.2). Congestion bits go as net/ipv4/xfrm4_mode and xfrm_output.c treat them, in
 * the manner of RFC 3168: a mark of the inner packet is not shown outside.
 */
final class TunnelHeader {
  private static final int ECN = 3;
  private static final int CE = 3;
  private static final int ECT_0 = 2;
  private static final int DSCP = 0xfc;

  private final boolean noEcn;
  private final boolean copyDscpOut;
  private final boolean copyDscpIn;
  private final boolean mayFragment;
  private final int hopLimit;
  private int identification;
  private boolean smallV6MayFragment = true;

  /**
   * A maker of headers.
   *
   * @param identification where the IPv4 identifications begin; only the low 16 bits count
   */
  TunnelHeader(Set<StateFlag> flags, int hopLimit, int identification) {
    noEcn = flags.contains(StateFlag.NOECN);
    copyDscpOut = !flags.contains(StateFlag.DONT_ENCAP_DSCP);
    copyDscpIn = flags.contains(StateFlag.DECAP_DSCP);
    mayFragment = flags.contains(StateFlag.NOPMTUDISC);
    this.hopLimit = hopLimit;
    this.identification = identification;
  }

  /**
   * Whether an IPv6 packet of at most 1280 bytes may be fragmented in its tunnel over IPv4, since
   * its sender will not make it smaller. Linux 6.12 lets it, 6.1 does not.
   */
  void smallV6MayFragment(boolean may) {
    smallV6MayFragment = may;
  }

  /** Bytes of a header of the family. */
  static int length(boolean v6) {
    return v6 ? Ipv6View.HEADER : Ipv4View.HEADER;
  }

  /**
   * Writes the outer header.
   *
   * @param at absolute index
   * @param payload bytes after the header
   * @param inner the first eight bytes of the inner IP header, already checked
   */
  void emit(
      ByteBuf data,
      int at,
      int payload,
      int protocol,
      IpAddress source,
      IpAddress target,
      long inner,
      boolean innerV6) {
    int innerClass = trafficClass(inner, innerV6);
    int outerClass = outerClass(innerClass);
    if (target.v6()) {
      int flowLabel = innerV6 ? (int) (inner >>> 32) & 0xf_ffff : 0;
      Ipv6View.emit(data, at, outerClass, flowLabel, payload, protocol, hopLimit, source, target);
    } else {
      Ipv4View.emit(
          data,
          at,
          Ipv4View.HEADER,
          Ipv4View.HEADER + payload,
          outerClass,
          identification++ & 0xffff,
          dontFragment(inner, innerV6) ? Ipv4View.DONT_FRAGMENT : 0,
          hopLimit,
          protocol,
          source,
          target);
    }
  }

  private int outerClass(int inner) {
    int congestion = (inner & ECN) == CE ? ECT_0 : inner & ECN;
    return (copyDscpOut ? inner & DSCP : 0) | (noEcn ? 0 : congestion);
  }

  private boolean dontFragment(long inner, boolean innerV6) {
    if (mayFragment) {
      return false;
    }
    return innerV6
        ? !smallV6MayFragment
            || Ipv6View.HEADER + ((int) (inner >>> 16) & 0xffff) > Ipv6View.MIN_MTU
        : (inner & Ipv4View.DONT_FRAGMENT) != 0;
  }

  /**
   * Tells the inner packet what the outer header met; both headers must be whole.
   *
   * @param outer the first eight bytes of the outer header
   * @param inner absolute index of the inner header
   * @param first the first eight bytes of the inner header
   */
  void decapsulate(
      ByteBuf data, long outer, boolean outerV6, int inner, long first, boolean innerV6) {
    int outerClass = trafficClass(outer, outerV6);
    int old = trafficClass(first, innerV6);
    int now = copyDscpIn ? outerClass & DSCP | old & ECN : old;
    boolean capable = (now & ECN) != 0;
    if (!noEcn && (outerClass & ECN) == CE && capable) {
      now |= CE;
    }
    if (now == old) {
      return;
    }
    if (innerV6) {
      data.setShort(inner, data.getUnsignedShort(inner) & 0xf00f | now << 4);
    } else {
      int word = data.getUnsignedShort(inner);
      int changed = word & 0xff00 | now;
      int sum = data.getUnsignedShort(inner + 10);
      data.setShort(inner, changed);
      data.setShort(inner + 10, Checksum.update(sum, word, changed));
    }
  }

  private static int trafficClass(long first, boolean v6) {
    return (int) (v6 ? first >>> 52 : first >>> 48) & 0xff;
  }

  /** The next-header number of an inner packet. */
  static int protocol(boolean innerV6) {
    return innerV6 ? IpProtocol.IPV6 : IpProtocol.IPV4;
  }
}
