package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.AhView;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.Icv;
import org.larval.xfrm.crypto.Protection;

/**
 * AH (RFC 4302) as net/ipv4/ah4.c and net/ipv6/ah6.c do it. Everything is authenticated: the
 * headers before it as {@link MutableFields} has them, its own with a check value of zeros, and all
 * that follows; with extended sequence numbers their high half comes last.
 *
 * <pre>
 *  IP | options | next | length | 0 | SPI | sequence | ICV | filling | payload
 * </pre>
 *
 * <p>The header is filled up to a multiple of 8 bytes, over IPv4 with {@code flag align4} of 4. As
 * in Linux the filling is not written: outside tunnels it is the end of the header that stood there
 * before, which the peer knows anyway.
 */
public final class AhTransform extends IpsecTransform {
  private static final byte[] ZEROS = new byte[64];
  private static final byte[] NOTHING = {};
  private static final int MAX_IPV4 = 65_535;
  private static final int MAX_IPV6 = Ipv6View.HEADER + 65_535;

  private final Icv icv;
  private final int header;
  private final int fullHeader;
  private final MutableFields fields = new MutableFields();
  private final byte[] sequenceHigh = new byte[4];
  private byte[] filling = NOTHING;

  /**
   * A transform.
   *
   * @param parameters with keys of this transform's own, erased with it
   * @param icv keyed; from now on this transform's
   */
  AhTransform(SaParameters parameters, Wrapping wrapping, Protection.Authentication auth, Icv icv) {
    super(parameters, wrapping);
    this.icv = icv;
    int alignment = !wrapping.outerV6 && parameters.flags().contains(StateFlag.ALIGN4) ? 4 : 8;
    header = align(AhView.FIXED + icv.length(), alignment);
    fullHeader = align(AhView.FIXED + auth.algorithm().digestLength(), alignment);
  }

  /** To build a recorded packet again: takes the filling of an AH at an absolute index. */
  void fillAs(ByteBuf data, int ah, int end) {
    int from = ah + AhView.FIXED + icv.length();
    int length = header - AhView.FIXED - icv.length();
    if (mode() == Mode.TUNNEL && from + length <= end) {
      filling = new byte[length];
      data.getBytes(from, filling);
    }
  }

  private static int align(int length, int alignment) {
    return (length + alignment - 1) / alignment * alignment;
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
    if (wrapping.headers + header + wrapping.plain > (wrapping.outerV6 ? MAX_IPV6 : MAX_IPV4)) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    if (!counter.advance()) {
      return DropReason.XFRM_OUT_STATE_SEQ_ERROR;
    }
    int next = wrapping.next;
    int payload = wrapping.wrap(sa, packet, header, 0, IpProtocol.AH);
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    int ah = payload - header;
    long sequence = counter.last();
    AhView.emit(data, ah, next, header, sa.id().spi(), (int) sequence);
    if (filling.length > 0) {
      data.setBytes(ah + AhView.FIXED + icv.length(), filling);
    } else if (mode() == Mode.TUNNEL) {
      data.setZero(ah + AhView.FIXED + icv.length(), header - AhView.FIXED - icv.length());
    }
    packet.headers(ip, ah);
    if (!fields.take(data, ip, ah - ip, wrapping.outerV6, true)) {
      return DropReason.XFRM_OUT_STATE_PROTO_ERROR;
    }
    feed(data, ah, ah - ip, data.writerIndex(), sequence);
    return icv.sign(data, ah + AhView.FIXED) ? null : DropReason.XFRM_OUT_STATE_PROTO_ERROR;
  }

  private void feed(ByteBuf data, int ah, int before, int end, long sequence) {
    int length = icv.length();
    icv.update(fields.header(), 0, before);
    icv.update(data, ah, AhView.FIXED);
    icv.update(ZEROS, 0, length);
    int rest = ah + AhView.FIXED + length;
    icv.update(data, rest, end - rest);
    if (parameters.extended()) {
      int high = (int) (sequence >>> 32);
      for (int i = 0; i < sequenceHigh.length; i++) {
        sequenceHigh[i] = (byte) (high >>> 24 - 8 * i);
      }
      icv.update(sequenceHigh, 0, sequenceHigh.length);
    }
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet, IpPlace ip) {
    if (!wrapping.fits(ip)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    boolean elsewhere = packet.transport() >= 0 && packet.transport() != ip.upper();
    if (ip.protocol() != IpProtocol.AH || elsewhere) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    if (ip.end() - ip.upper() < AhView.FIXED) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    return checkReplay(window.infer(packet.buffer().getInt(ip.upper() + 8)));
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet, IpPlace ip) {
    if (erased()) {
      return DropReason.XFRM_IN_STATE_INVALID;
    }
    DropReason refused = check(now, sa, packet, ip);
    if (refused != null) {
      return refused;
    }
    ByteBuf data = packet.buffer();
    int ah = ip.upper();
    int length = (data.getUnsignedByte(ah + 1) + 2) * 4;
    // Linux takes the length that the whole digest would have too.
    if (length != header && length != fullHeader || length > ip.end() - ah) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    if (!fields.take(data, ip.start(), ah - ip.start(), ip.v6(), false)) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    long sequence = window.infer(data.getInt(ah + 8));
    feed(data, ah, ah - ip.start(), ip.end(), sequence);
    if (!icv.verify(data, ah + AhView.FIXED)) {
      return integrityFailed();
    }
    window.advance(sequence);
    int next = data.getUnsignedByte(ah);
    return wrapping.unwrap(sa, packet, ip, ah + length, ip.end() - ah - length, next);
  }

  @Override
  public int overhead() {
    return wrapping.added() + header;
  }

  @Override
  public int mtu(int linkMtu) {
    return linkMtu - header - wrapping.added();
  }

  @Override
  public void erase() {
    super.erase();
    icv.erase();
  }

  @Override
  public String toString() {
    return "ah " + mode().label();
  }
}
