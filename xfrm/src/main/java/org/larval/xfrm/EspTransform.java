package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.EspView;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;

/**
 * ESP (RFC 4303) with a combined-mode cipher (RFC 4106), in transport and tunnel mode, as
 * net/ipv4/esp4.c and net/ipv6/esp6.c do it. It holds what the SA must remember: key, salt, output
 * sequence, replay window.
 *
 * <pre>
 *  IP header | SPI | sequence | IV | payload, TFC zeros, 1 2 3 ... | pad length | next | ICV
 *            '------- AAD ----'    '------------- encrypted -----------------'
 * </pre>
 */
public final class EspTransform implements Transform {
  private static final int IV = 8;
  private static final int TRAILER = 2;
  private static final int ALIGNMENT = 4;
  private static final int MAX_IPV4 = 65_535;
  private static final int MAX_IPV6 = Ipv6View.HEADER + 65_535;

  private final EspParameters parameters;
  private final Mode mode;
  private final boolean outerV6;
  private final Aead aead;
  private final Scratch scratch;
  private final TunnelHeader tunnel;
  private final ReplayWindow window;
  private final SequenceCounter counter;
  private final long ivMask;
  private final byte[] nonce;
  private final byte[] aad = new byte[12];
  private final IpPlace ip = new IpPlace();

  private long windowDrops;
  private long replayDrops;
  private long integrityFailures;
  private boolean erased;

  /**
   * A transform.
   *
   * @param parameters with a key of this transform's own, erased with it
   * @param outerV6 the family of the SA's own addresses
   * @param aead keyed; from now on this transform's
   * @param ivMask xor-ed to the sequence number to make the IV, as Linux's seqiv does: any value,
   *     fixed for the life of the key
   * @param identification where outer IPv4 identifications begin
   */
  EspTransform(
      EspParameters parameters,
      Mode mode,
      boolean outerV6,
      Aead aead,
      Scratch scratch,
      long ivMask,
      int identification) {
    if (mode != Mode.TRANSPORT && mode != Mode.TUNNEL) {
      throw new IllegalArgumentException(
          "mode " + mode.label() + " is not built yet; expected transport or tunnel");
    }
    if (mode == Mode.TRANSPORT && parameters.tfcPad() != 0) {
      throw new IllegalArgumentException("tfcpad in mode transport; expected mode tunnel with it");
    }
    this.parameters = parameters;
    this.mode = mode;
    this.outerV6 = outerV6;
    this.aead = aead;
    this.scratch = scratch;
    this.ivMask = ivMask;
    tunnel = new TunnelHeader(parameters.flags(), parameters.hopLimit(), identification);
    window =
        new ReplayWindow(parameters.replayWindow(), parameters.extended(), parameters.lastIn());
    counter = new SequenceCounter(parameters.extended(), parameters.lastOut());
    int saltLength = parameters.algorithm().saltLength();
    nonce = new byte[saltLength + IV];
    byte[] keying = parameters.key().getEncoded();
    System.arraycopy(keying, keying.length - saltLength, nonce, 0, saltLength);
    Arrays.fill(keying, (byte) 0);
  }

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet) {
    if (erased) {
      return DropReason.XFRM_OUT_STATE_INVALID;
    }
    if (!ip.locate(packet.buffer())) {
      return DropReason.XFRM_OUT_ERROR;
    }
    boolean tunnelled = mode == Mode.TUNNEL;
    if (tunnelled ? !carries(sa, ip.v6) : ip.v6 != outerV6 || ip.isFragment()) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    if (!tunnelled) {
      ip.stepToInsertion(packet.buffer());
    }
    int headers = tunnelled ? TunnelHeader.length(outerV6) : ip.upper - ip.start;
    int plain = ip.end - (tunnelled ? ip.start : ip.upper);
    int filled = tunnelled ? Math.max(plain, Math.min(parameters.tfcPad(), tfcLimit())) : plain;
    int clear = filled + TRAILER + ALIGNMENT - 1 & -ALIGNMENT;
    int body = EspView.HEADER + IV + clear + aead.tagLength();
    if (headers + body > (outerV6 ? MAX_IPV6 : MAX_IPV4)) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    if (!counter.advance()) {
      return DropReason.XFRM_OUT_STATE_SEQ_ERROR;
    }
    int front = EspView.HEADER + IV + (tunnelled ? headers : 0);
    ip.makeRoom(packet, front, clear - plain + aead.tagLength());
    ByteBuf data = packet.buffer();
    int from = ip.end - plain;
    int esp = from - IV - EspView.HEADER;
    int outer = esp - headers;
    int inner = tunnelled ? TunnelHeader.protocol(ip.v6) : ip.protocol;
    fill(data, ip.end, clear - plain, filled - plain, inner);
    if (tunnelled) {
      tunnel.emit(data, outer, body, IpProtocol.ESP, sa.source(), sa.target(), from, ip.v6);
    } else {
      ip.moveHeaders(data, front);
      ip.renew(data, body, IpProtocol.ESP);
    }
    data.setIndex(outer, from + clear + aead.tagLength());
    packet.headers(outer, esp);
    long sequence = counter.last();
    EspView.emit(data, esp, sa.id().spi(), (int) sequence);
    data.setLong(esp + EspView.HEADER, sequence ^ ivMask);
    return seal(data, esp, from, clear, sequence) ? null : DropReason.XFRM_OUT_STATE_PROTO_ERROR;
  }

  private boolean seal(ByteBuf data, int esp, int from, int clear, long sequence) {
    int aadLength = prepare(data, esp, sequence);
    byte[] out = scratch.atLeast(clear + aead.tagLength());
    byte[] array = data.array();
    int at = data.arrayOffset() + from;
    if (!aead.seal(nonce, aad, aadLength, array, at, clear, out, 0)) {
      return false;
    }
    System.arraycopy(out, 0, array, at, clear + aead.tagLength());
    return true;
  }

  /** Padding may not make the outer packet too long to be a packet. */
  private int tfcLimit() {
    return MAX_IPV4 - growth();
  }

  /** Zeros of traffic flow confidentiality, then 1, 2, 3 ..., pad length and next header. */
  private static void fill(ByteBuf data, int at, int length, int zeros, int next) {
    int padding = length - zeros - TRAILER;
    data.setZero(at, zeros);
    for (int i = 0; i < padding; i++) {
      data.setByte(at + zeros + i, i + 1);
    }
    data.setByte(at + zeros + padding, padding);
    data.setByte(at + zeros + padding + 1, next);
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet) {
    if (!ip.locate(packet.buffer()) || ip.v6 != outerV6 || ip.isFragment()) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    boolean elsewhere = packet.transport() >= 0 && packet.transport() != ip.upper;
    if (ip.protocol != IpProtocol.ESP || elsewhere) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    if (ip.end - ip.upper < EspView.HEADER) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    return checkReplay(window.infer(packet.buffer().getInt(ip.upper + 4)));
  }

  private @Nullable DropReason checkReplay(long sequence) {
    switch (window.check(sequence)) {
      case NEW -> {
        return null;
      }
      case TOO_OLD -> windowDrops++;
      case REPLAYED -> replayDrops++;
    }
    return DropReason.XFRM_IN_STATE_SEQ_ERROR;
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet) {
    if (erased) {
      return DropReason.XFRM_IN_STATE_INVALID;
    }
    DropReason refused = check(now, sa, packet);
    if (refused != null) {
      return refused;
    }
    int clear = ip.end - ip.upper - EspView.HEADER - IV - aead.tagLength();
    if (clear < TRAILER) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    if (!packet.buffer().hasArray()) {
      ip.makeRoom(packet, 0, 0);
    }
    ByteBuf data = packet.buffer();
    int esp = ip.upper;
    long sequence = window.infer(data.getInt(esp + 4));
    int body = esp + EspView.HEADER + IV;
    int aadLength = prepare(data, esp, sequence);
    byte[] plain = scratch.atLeast(clear);
    byte[] array = data.array();
    int from = data.arrayOffset() + body;
    if (!aead.open(nonce, aad, aadLength, array, from, clear + aead.tagLength(), plain, 0)) {
      integrityFailures++;
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    int next = plain[clear - 1] & 0xff;
    int payload = clear - TRAILER - (plain[clear - TRAILER] & 0xff);
    // A dummy packet, or none at all: Linux counts both here and leaves the window as it was.
    if (payload <= 0 || next == IpProtocol.NO_NEXT) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    window.advance(sequence);
    if (mode == Mode.TUNNEL) {
      return leaveTunnel(sa, packet, plain, payload, next, body);
    }
    data.setBytes(esp, plain, 0, payload);
    data.setIndex(ip.start, esp + payload);
    ip.renew(data, payload, next);
    packet.headers(ip.start, esp);
    return null;
  }

  private @Nullable DropReason leaveTunnel(
      State sa, Packet packet, byte[] plain, int payload, int next, int body) {
    boolean innerV6 = next == IpProtocol.IPV6;
    boolean known = innerV6 || next == IpProtocol.IPV4;
    if (!known
        || !carries(sa, innerV6)
        || payload < TunnelHeader.length(innerV6)
        || (plain[0] & 0xff) >>> 4 != (innerV6 ? 6 : 4)) {
      return DropReason.XFRM_IN_STATE_MODE_ERROR;
    }
    ByteBuf data = packet.buffer();
    data.setBytes(body, plain, 0, payload);
    int total =
        innerV6
            ? Ipv6View.HEADER + data.getUnsignedShort(body + 4)
            : data.getUnsignedShort(body + 2);
    // What follows the inner packet is traffic flow padding. An impossible length is left to the
    // stack, which drops the packet as malformed.
    int kept = total >= TunnelHeader.length(innerV6) ? Math.min(total, payload) : payload;
    tunnel.decapsulate(data, ip.start, ip.v6, body, innerV6);
    data.setIndex(body, body + kept);
    packet.headers(body, -1);
    return null;
  }

  /** Whether the SA's selector leaves room for an inner packet of this family. */
  private static boolean carries(State sa, boolean innerV6) {
    Selector selector = sa.selector();
    return selector == null || selector.v6() == innerV6;
  }

  /** Fills nonce and additional data; returns how much of the latter there is. */
  private int prepare(ByteBuf data, int esp, long sequence) {
    data.getBytes(esp + EspView.HEADER, nonce, nonce.length - IV, IV);
    data.getBytes(esp, aad, 0, 4);
    if (!window.extended()) {
      data.getBytes(esp + 4, aad, 4, 4);
      return 8;
    }
    for (int i = 0; i < 8; i++) {
      aad[4 + i] = (byte) (sequence >>> 56 - 8 * i);
    }
    return 12;
  }

  @Override
  public int overhead() {
    return growth() + (mode == Mode.TUNNEL ? parameters.tfcPad() : 0);
  }

  private int growth() {
    return EspView.HEADER
        + IV
        + ALIGNMENT
        - 1
        + TRAILER
        + aead.tagLength()
        + (mode == Mode.TUNNEL ? TunnelHeader.length(outerV6) : 0);
  }

  @Override
  public int mtu(int linkMtu) {
    int ip = TunnelHeader.length(outerV6);
    int before = EspView.HEADER + IV + (mode == Mode.TUNNEL ? ip : 0);
    int kept = mode == Mode.TUNNEL ? 0 : ip;
    return (linkMtu - before - aead.tagLength() - kept & -ALIGNMENT) + kept - TRAILER;
  }

  @Override
  public void erase() {
    erased = true;
    aead.erase();
    parameters.key().destroy();
    Arrays.fill(nonce, (byte) 0);
  }

  /** What it was made from; the key in it cannot be read as text. */
  public EspParameters parameters() {
    return parameters;
  }

  @Override
  public long lastOut() {
    return counter.last();
  }

  @Override
  public long lastIn() {
    return window.top();
  }

  @Override
  public long replayWindowDrops() {
    return windowDrops;
  }

  /** Packets refused because they were left of the window (stats.replay_window). */
  public long windowDrops() {
    return windowDrops;
  }

  @Override
  public long replayDrops() {
    return replayDrops;
  }

  @Override
  public long integrityFailures() {
    return integrityFailures;
  }

  @Override
  public int replayWindow() {
    return parameters.replayWindow();
  }

  @Override
  public Set<StateFlag> flags() {
    return parameters.flags();
  }

  @Override
  public String toString() {
    return "esp " + parameters.algorithm() + " " + mode.label();
  }
}
