package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.Protection;

/**
 * IPComp (RFC 3173) as net/xfrm/xfrm_ipcomp.c does it. A payload that is short, or that compression
 * does not make smaller, goes as it is and without the header: in transport mode unchanged, in
 * tunnel mode as a plain IP-in-IP packet, for which the receiver has a {@linkplain #companion
 * companion}.
 *
 * <pre>
 *  IP | next | 0 | CPI | compressed payload
 * </pre>
 */
public final class IpcompTransform extends IpsecTransform {
  private static final int HEADER = 4;
  private static final int MAX_IPV4 = 65_535;
  private static final int MAX_IPV6 = Ipv6View.HEADER + 65_535;

  private final PayloadCompressor compressor;
  private final int threshold;
  private final int companionId;

  /**
   * A transform.
   *
   * @param compressor shared by all SAs of a guest
   * @param companionId the number that the companion has instead of an SPI
   */
  IpcompTransform(
      SaParameters parameters,
      Wrapping wrapping,
      Protection.Compression compression,
      PayloadCompressor compressor,
      int companionId) {
    super(parameters, wrapping);
    this.compressor = compressor;
    this.companionId = companionId;
    threshold = compression.algorithm().threshold();
  }

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet) {
    if (erased()) {
      return DropReason.XFRM_OUT_STATE_INVALID;
    }
    DropReason refused = wrapping.admit(sa, packet);
    if (refused != null) {
      return refused;
    }
    boolean tunnel = mode() == Mode.TUNNEL;
    int plain = wrapping.plain;
    int next = wrapping.next;
    if (wrapping.headers + plain > (wrapping.outerV6 ? MAX_IPV6 : MAX_IPV4)) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    IpPlace ip = wrapping.ip;
    int from = tunnel ? ip.start() : ip.upper();
    int size =
        plain < threshold
            ? -1
            : compressor.compress(packet.buffer(), from, plain, plain - HEADER - 1);
    if (size < 0) {
      if (tunnel) {
        wrapping.wrap(sa, packet, 0, 0, next);
      } else {
        packet.buffer().writerIndex(ip.end());
      }
      packet.headers(packet.buffer().readerIndex(), tunnel ? from : ip.upper());
      return null;
    }
    int payload = wrapping.wrap(sa, packet, HEADER, size - plain, IpProtocol.IPCOMP);
    ByteBuf data = packet.buffer();
    data.setBytes(payload, compressor.output(), 0, size);
    int header = payload - HEADER;
    data.setByte(header, next);
    data.setByte(header + 1, 0);
    data.setShort(header + 2, sa.id().spi());
    packet.headers(data.readerIndex(), header);
    return null;
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet, IpPlace ip) {
    DropReason refused = find(packet, ip);
    // There is no sequence number: whoever asks for a window refuses all, as in Linux.
    return refused != null ? refused : checkReplay(0);
  }

  private @Nullable DropReason find(Packet packet, IpPlace ip) {
    if (!wrapping.fits(ip)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    boolean elsewhere = packet.transport() >= 0 && packet.transport() != ip.upper();
    if (ip.protocol() != IpProtocol.IPCOMP || elsewhere) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    return ip.end() - ip.upper() < HEADER ? DropReason.XFRM_IN_HDR_ERROR : null;
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet, IpPlace ip) {
    if (erased()) {
      return DropReason.XFRM_IN_STATE_INVALID;
    }
    DropReason refused = find(packet, ip);
    if (refused != null) {
      return refused;
    }
    int compressed = ip.end() - ip.upper() - HEADER;
    int size = compressor.expand(packet.buffer(), ip.upper() + HEADER, compressed);
    // What compression did not make smaller must not have been compressed.
    if (size < compressed + HEADER) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    int next = packet.buffer().getUnsignedByte(ip.upper());
    ip.makeRoom(packet, 0, size - compressed);
    int payload = ip.upper() + HEADER;
    packet.buffer().setBytes(payload, compressor.output(), 0, size);
    return wrapping.unwrap(sa, packet, ip, payload, size, next);
  }

  /** In tunnel mode, the state that takes what was not compressed (ipcomp_tunnel_create). */
  @Override
  public @Nullable State companion(State sa) {
    if (mode() != Mode.TUNNEL) {
      return null;
    }
    boolean v6 = wrapping.outerV6;
    int protocol = v6 ? IpProtocol.IPV6 : IpProtocol.IPV4;
    SaParameters plain = parameters.withReplayWindow(0);
    return State.of(sa.source(), sa.target(), companionId, protocol)
        .mode(Mode.TUNNEL)
        .mark(sa.mark())
        .ifId(sa.ifId())
        .selector(sa.selector())
        .transform(new IpipTransform(plain, new TunnelWrapping(v6, plain, 0)))
        .build();
  }

  @Override
  public int overhead() {
    return wrapping.added();
  }

  @Override
  public int mtu(int linkMtu) {
    return linkMtu - wrapping.added();
  }

  @Override
  public void erase() {
    super.erase();
    compressor.forget();
  }

  @Override
  public String toString() {
    return "comp " + mode().label();
  }
}
