package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;

/**
 * Bound end-to-end tunnel mode: a tunnel whose inner addresses are known from the SA's selector and
 * so need not travel. The outer header takes the place of the inner one and its other fields;
 * options of IPv4 travel behind a pseudo header of protocol 94. As xfrm4_beet_encap_add,
 * xfrm4_remove_beet_encap and their counterparts for IPv6 do it.
 *
 * <pre>
 *  pseudo header: | next | length / 8 - 1 | filling | 0 | [4 no-operations] | options of IPv4 |
 * </pre>
 */
final class BeetWrapping extends Wrapping {
  /** The pseudo header without filling. */
  private static final int PSEUDO = 4;

  /** The pseudo header with its largest filling. */
  private static final int PSEUDO_MAX = 8;

  private static final int NOP = 1;
  private static final int MAX_OPTIONS = Ipv4View.MAX_HEADER - Ipv4View.HEADER;

  private final boolean carriesV6;

  // The outer header that replaces the inner one, or the reverse.
  private int trafficClass;
  private int identification;
  private int fragmentField;
  private int hopLimit;
  private int flowLabel;

  private int pseudo;
  private int options;
  private int innerProtocol;

  BeetWrapping(boolean outerV6, @Nullable Selector selector) {
    super(outerV6);
    carriesV6 = selector != null && selector.v6();
  }

  @Override
  Mode mode() {
    return Mode.BEET;
  }

  @Override
  @Nullable DropReason admit(State sa, Packet packet) {
    ByteBuf data = packet.buffer();
    if (!ip.locate(data)) {
      return DropReason.XFRM_OUT_ERROR;
    }
    Selector selector = sa.selector();
    if (selector == null || selector.v6() != ip.v6() || !ip.v6() && ip.isFragment()) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    extract(data, ip);
    innerProtocol = data.getUnsignedByte(ip.start() + (ip.v6() ? 6 : 9));
    options = ip.v6() ? 0 : ip.upper() - ip.start() - Ipv4View.HEADER;
    pseudo = options == 0 ? 0 : PSEUDO_MAX - (options & 4);
    plain = ip.end() - ip.start() - TunnelHeader.length(ip.v6()) + pseudo;
    next = options == 0 ? innerProtocol : IpProtocol.BEET;
    headers = TunnelHeader.length(outerV6);
    return null;
  }

  /** Remembers what one header hands on to the other (xfrm4_extract_header). */
  private void extract(ByteBuf data, IpPlace of) {
    int at = of.start();
    if (of.v6()) {
      trafficClass = data.getUnsignedShort(at) >>> 4 & 0xff;
      identification = 0;
      fragmentField = Ipv4View.DONT_FRAGMENT;
      hopLimit = data.getUnsignedByte(at + 7);
      flowLabel = data.getInt(at) & 0xf_ffff;
    } else {
      trafficClass = data.getUnsignedByte(at + 1);
      identification = data.getUnsignedShort(at + 4);
      fragmentField = data.getUnsignedShort(at + 6);
      hopLimit = data.getUnsignedByte(at + 8);
      flowLabel = 0;
    }
  }

  @Override
  int wrap(State sa, Packet packet, int front, int back, int protocol) {
    int before = pseudo + front + headers - TunnelHeader.length(ip.v6());
    ip.makeRoom(packet, Math.max(0, before), back);
    ByteBuf data = packet.buffer();
    int from = ip.start() - before + front + headers;
    if (options > 0) {
      // As in Linux the reserved octet keeps what stood there, an octet of an inner address.
      int filling = 4 - (options & 4);
      data.setByte(from, innerProtocol);
      data.setByte(from + 1, options / 8);
      data.setByte(from + 2, filling);
      for (int i = 0; i < filling; i++) {
        data.setByte(from + PSEUDO + i, NOP);
      }
    }
    int outer = from - front - headers;
    int payload = front + plain + back;
    emit(data, outer, outerV6, headers, payload, protocol, sa.source(), sa.target());
    data.setIndex(outer, from + plain + back);
    return from;
  }

  private void emit(
      ByteBuf data,
      int at,
      boolean v6,
      int header,
      int payload,
      int protocol,
      IpAddress source,
      IpAddress target) {
    if (v6) {
      Ipv6View.emit(data, at, trafficClass, flowLabel, payload, protocol, hopLimit, source, target);
    } else {
      Ipv4View.emit(
          data,
          at,
          header,
          header + payload,
          trafficClass,
          identification,
          fragmentField,
          hopLimit,
          protocol,
          source,
          target);
    }
  }

  @Override
  @Nullable DropReason unwrap(
      State sa, Packet packet, IpPlace came, int payload, int length, int protocol) {
    Selector selector = sa.selector();
    if (selector == null) {
      return DropReason.XFRM_IN_STATE_MODE_ERROR;
    }
    ByteBuf data = packet.buffer();
    int from = payload;
    int left = length;
    int header = TunnelHeader.length(selector.v6());
    int nextProtocol = protocol;
    if (!selector.v6() && protocol == IpProtocol.BEET) {
      if (left < PSEUDO) {
        return DropReason.XFRM_IN_STATE_MODE_ERROR;
      }
      int skipped = PSEUDO + data.getUnsignedByte(from + 2);
      int carried = data.getUnsignedByte(from + 1) * 8 + PSEUDO_MAX - skipped;
      if (carried < 0 || (carried & 3) != 0 || carried > MAX_OPTIONS || skipped + carried > left) {
        return DropReason.XFRM_IN_STATE_MODE_ERROR;
      }
      nextProtocol = data.getUnsignedByte(from);
      from += skipped;
      left -= skipped;
      header += carried;
      left -= carried;
    }
    extract(data, came);
    int fixed = TunnelHeader.length(selector.v6());
    if (from < fixed) {
      int start = came.start();
      came.makeRoom(packet, fixed, 0);
      data = packet.buffer();
      from += came.start() - start;
    }
    int inner = from - fixed;
    emit(
        data,
        inner,
        selector.v6(),
        header,
        left,
        nextProtocol,
        selector.source().address(),
        selector.target().address());
    data.setIndex(inner, inner + header + left);
    packet.headers(inner, -1);
    return null;
  }

  @Override
  int added() {
    return carriesV6 ? 0 : PSEUDO_MAX + (outerV6 ? Ipv6View.HEADER - Ipv4View.HEADER : 0);
  }

  @Override
  int kept() {
    return TunnelHeader.length(outerV6);
  }
}
