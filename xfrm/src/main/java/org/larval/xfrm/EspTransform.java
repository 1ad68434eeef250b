package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.Checksum;
import org.larval.wire.EspView;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
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
 *
 * <p>Longer than most files here because the two directions mirror each other step for step.
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
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  private long windowDrops;
  private long replayDrops;
  private long integrityFailures;
  private boolean erased;

  // The packet at hand, as locate() found it.
  private boolean v6;
  private int start;
  private int end;
  private int upper;
  private int protocol;
  private int protocolField;

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
    if (!locate(packet.buffer())) {
      return DropReason.XFRM_OUT_ERROR;
    }
    boolean tunnelled = mode == Mode.TUNNEL;
    if (tunnelled ? !carries(sa, v6) : v6 != outerV6 || isFragment()) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    int from = tunnelled ? start : v6 ? unfragmentable(packet.buffer()) : upper;
    int headers = tunnelled ? TunnelHeader.length(outerV6) : from - start;
    int plain = end - from;
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
    int shift = makeRoom(packet, front, clear - plain + aead.tagLength());
    ByteBuf data = packet.buffer();
    start += shift;
    from += shift;
    int inner = tunnelled ? TunnelHeader.protocol(v6) : data.getUnsignedByte(protocolField + shift);
    fill(data, from + plain, clear - plain, filled - plain, inner);

    int esp = from - IV - EspView.HEADER;
    int outer = esp - headers;
    if (tunnelled) {
      tunnel.emit(data, outer, body, IpProtocol.ESP, sa.source(), sa.target(), start, v6);
    } else {
      moveHeaders(data, headers, outer, body, protocolField + shift - start);
    }
    long sequence = counter.last();
    EspView.emit(data, esp, sa.id().spi(), (int) sequence);
    data.setLong(esp + EspView.HEADER, sequence ^ ivMask);
    data.setIndex(outer, from + clear + aead.tagLength());
    packet.headers(outer, esp);
    int aadLength = prepare(data, esp, sequence);
    byte[] out = scratch.atLeast(clear + aead.tagLength());
    byte[] array = data.array();
    int at = data.arrayOffset() + from;
    if (!aead.seal(nonce, aad, aadLength, array, at, clear, out, 0)) {
      return DropReason.XFRM_OUT_STATE_PROTO_ERROR;
    }
    System.arraycopy(out, 0, array, at, clear + aead.tagLength());
    return null;
  }

  /** Padding may not make the outer packet too long to be a packet. */
  private int tfcLimit() {
    return MAX_IPV4 - overhead();
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

  /** Moves the IP header down before the ESP header and makes it name ESP. */
  private void moveHeaders(ByteBuf data, int length, int to, int body, int fieldWithin) {
    byte[] array = data.array();
    System.arraycopy(array, data.arrayOffset() + start, array, data.arrayOffset() + to, length);
    renew(data, to, length, body, to + fieldWithin, IpProtocol.ESP);
  }

  /** Sets protocol, length and checksum of an IP header whose payload has changed. */
  private void renew(ByteBuf data, int at, int headers, int payload, int field, int next) {
    data.setByte(field, next);
    if (v6) {
      data.setShort(at + 4, headers + payload - Ipv6View.HEADER);
    } else {
      data.setShort(at + 2, headers + payload);
      data.setShort(at + 10, 0);
      data.setShort(at + 10, Checksum.of(data, at, headers));
    }
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet) {
    if (!locate(packet.buffer()) || v6 != outerV6 || isFragment()) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    if (protocol != IpProtocol.ESP || packet.transport() >= 0 && packet.transport() != upper) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    if (end - upper < EspView.HEADER) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    return checkReplay(window.infer(packet.buffer().getInt(upper + 4)));
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
    int esp = upper;
    int clear = end - esp - EspView.HEADER - IV - aead.tagLength();
    if (clear < TRAILER) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    if (!packet.buffer().hasArray()) {
      int shift = makeRoom(packet, 0, 0);
      start += shift;
      end += shift;
      esp += shift;
      protocolField += shift;
    }
    ByteBuf data = packet.buffer();
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
    leaveTransport(packet, plain, payload, next, esp);
    return null;
  }

  private void leaveTransport(Packet packet, byte[] plain, int payload, int next, int esp) {
    ByteBuf data = packet.buffer();
    data.setBytes(esp, plain, 0, payload);
    data.setIndex(start, esp + payload);
    renew(data, start, esp - start, payload, protocolField, next);
    packet.headers(start, esp);
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
    tunnel.decapsulate(data, start, v6, body, innerV6);
    data.setIndex(body, body + kept);
    packet.headers(body, -1);
    return null;
  }

  /** Whether the SA's selector leaves room for an inner packet of this family. */
  private static boolean carries(State sa, boolean innerV6) {
    Selector selector = sa.selector();
    return selector == null || selector.v6() == innerV6;
  }

  /** Finds the headers of the packet at the reader index; false if it is no IP packet. */
  private boolean locate(ByteBuf data) {
    start = data.readerIndex();
    int length = data.readableBytes();
    if (length < 1) {
      return false;
    }
    v6 = data.getUnsignedByte(start) >>> 4 == 6;
    if (v6) {
      if (ipv6.wrap(data, start, length) != null) {
        return false;
      }
      end = start + ipv6.totalLength();
      upper = ipv6.payload();
      protocol = ipv6.protocol();
      protocolField = ipv6.protocolField();
    } else {
      if (ipv4.wrap(data, start, length) != null) {
        return false;
      }
      end = start + ipv4.totalLength();
      upper = ipv4.payload();
      protocol = ipv4.protocol();
      protocolField = start + 9;
    }
    return true;
  }

  private boolean isFragment() {
    return v6 ? ipv6.isFragment() : ipv4.isFragment();
  }

  /**
   * Where ESP goes into an IPv6 packet (ip6_find_1stfragopt): behind hop-by-hop and routing headers
   * and the destination options before them, but before the last destination's options.
   */
  private int unfragmentable(ByteBuf data) {
    int at = start + Ipv6View.HEADER;
    int field = start + 6;
    boolean routed = false;
    while (true) {
      int next = data.getUnsignedByte(field);
      boolean passed =
          next == IpProtocol.HOPOPT
              || next == IpProtocol.ROUTING
              || next == IpProtocol.DSTOPTS && !routed;
      if (!passed) {
        protocolField = field;
        return at;
      }
      routed |= next == IpProtocol.ROUTING;
      field = at;
      at += (data.getUnsignedByte(at + 1) + 1) * 8;
    }
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

  /** Takes a roomier heap buffer where needed; returns by how much every index moved. */
  private int makeRoom(Packet packet, int front, int back) {
    ByteBuf old = packet.buffer();
    int from = old.readerIndex();
    int length = end - from;
    old.writerIndex(end);
    if (old.hasArray() && from >= front && old.capacity() - end >= back) {
      return 0;
    }
    int network = packet.network();
    int transport = packet.transport();
    int head = PacketPool.HEADROOM + front;
    ByteBuf data = old.alloc().heapBuffer(head + length + back + PacketPool.TAILROOM);
    data.setIndex(head, head);
    data.writeBytes(old, from, length);
    packet.replaceBuffer(data);
    int shift = head - from;
    packet.headers(network < 0 ? -1 : network + shift, transport < 0 ? -1 : transport + shift);
    return shift;
  }

  @Override
  public int overhead() {
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

  /** The last sequence number sent, unsigned. */
  public long lastOut() {
    return counter.last();
  }

  /** The highest sequence number received. */
  public long lastIn() {
    return window.top();
  }

  /** Packets refused because they were left of the window (stats.replay_window). */
  public long windowDrops() {
    return windowDrops;
  }

  /** Packets refused because their number was seen before (stats.replay). */
  public long replayDrops() {
    return replayDrops;
  }

  /** Packets whose check value was wrong (stats.integrity_failed). */
  public long integrityFailures() {
    return integrityFailures;
  }

  /** Its switches. */
  public Set<StateFlag> flags() {
    return parameters.flags();
  }

  @Override
  public String toString() {
    return "esp " + parameters.algorithm() + " " + mode.label();
  }
}
