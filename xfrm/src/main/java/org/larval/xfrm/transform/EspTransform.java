package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.EspView;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.wire.UdpView;
import org.larval.xfrm.Encap;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.EspCipher;
import org.larval.xfrm.crypto.IvSource;

/**
 * ESP (RFC 4303) as net/ipv4/esp4.c and net/ipv6/esp6.c do it, with any cipher in any mode,
 * directly over IP or inside UDP (RFC 3948).
 *
 * <pre>
 *  IP | [UDP] | SPI | sequence | IV | payload, TFC zeros, 1 2 3 ... | pad length | next | ICV
 * </pre>
 */
public final class EspTransform extends IpsecTransform {
  private static final int TRAILER = 2;
  private static final long NONE = -1;
  private static final int MAX_IPV4 = 65_535;
  private static final int MAX_IPV6 = Ipv6View.HEADER + 65_535;

  private final EspCipher cipher;
  private final IvSource ivs;
  private final @Nullable Encap encap;
  private final int udp;
  private final int front;
  private final int alignment;
  private final int icv;
  private final int tfcPad;

  /** The sequence number of the packet that was examined last. */
  private long sequence;

  /** The packet that {@link #check} let through last and {@link #open} did not take yet. */
  private long checked = NONE;

  /**
   * A transform.
   *
   * @param parameters with keys of this transform's own, erased with it
   * @param cipher keyed; from now on this transform's
   */
  EspTransform(SaParameters parameters, Wrapping wrapping, EspCipher cipher, IvSource ivs) {
    super(parameters, wrapping);
    this.cipher = cipher;
    this.ivs = ivs;
    encap = parameters.encap();
    udp = encap == null ? 0 : UdpView.HEADER;
    front = udp + EspView.HEADER + cipher.ivLength();
    alignment = cipher.alignment();
    icv = cipher.icvLength();
    tfcPad = parameters.tfcPad();
  }

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet) {
    return protect(now, sa, packet, MAX_IPV4);
  }

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet, int childMtu) {
    if (erased()) {
      return DropReason.XFRM_OUT_STATE_INVALID;
    }
    DropReason refused = wrapping.admit(sa, packet);
    if (refused != null) {
      return refused;
    }
    int plain = wrapping.plain;
    int next = wrapping.next;
    int filled = tfcPad == 0 ? plain : Math.max(plain, Math.min(tfcPad, mtu(childMtu)));
    // A power of two, as block sizes are: a division would take longer than all around it.
    int clear = filled + TRAILER + alignment - 1 & -alignment;
    int back = clear - plain + icv;
    if (wrapping.headers + front + plain + back > (wrapping.outerV6 ? MAX_IPV6 : MAX_IPV4)) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    if (!counter.advance()) {
      return DropReason.XFRM_OUT_STATE_SEQ_ERROR;
    }
    int from = wrapping.wrap(sa, packet, front, back, udp == 0 ? IpProtocol.ESP : IpProtocol.UDP);
    ByteBuf data = packet.buffer();
    fill(data, from + plain, clear - plain, filled - plain, next);
    int esp = from - front + udp;
    long number = counter.last();
    EspView.emit(data, esp, sa.id().spi(), (int) number);
    ivs.write(data, esp + EspView.HEADER, number);
    packet.headers(data.readerIndex(), esp - udp);
    if (!cipher.seal(data, esp, clear, (int) (number >>> 32))) {
      return DropReason.XFRM_OUT_STATE_PROTO_ERROR;
    }
    if (encap != null) {
      Encap current = sa.encap();
      UdpEncapsulation.emit(data, esp - udp, current == null ? encap : current, sa);
    }
    return null;
  }

  /** Zeros of traffic flow confidentiality, then 1, 2, 3 ..., pad length and next header. */
  private static void fill(ByteBuf data, int at, int length, int zeros, int next) {
    int padding = length - zeros - TRAILER;
    if (zeros > 0) {
      data.setZero(at, zeros);
    }
    int from = at + zeros;
    switch (padding) {
      case 0 -> data.setShort(from, next);
      case 1 -> data.setMedium(from, 0x01_01_00 | next);
      case 2 -> data.setInt(from, 0x01_02_02_00 | next);
      default -> {
        for (int i = 0; i < padding; i++) {
          data.setByte(from + i, i + 1);
        }
        data.setShort(from + padding, padding << 8 | next);
      }
    }
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet, IpPlace ip) {
    checked = NONE;
    DropReason refused = examine(packet, ip);
    if (refused == null) {
      checked = packet.id();
    }
    return refused;
  }

  private @Nullable DropReason examine(Packet packet, IpPlace ip) {
    if (!wrapping.fits(ip)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    boolean direct = ip.protocol() == IpProtocol.ESP;
    boolean elsewhere = packet.transport() >= 0 && packet.transport() != ip.upper() + udp;
    if (direct != (udp == 0) || elsewhere) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    if (ip.end() - ip.upper() - udp < EspView.HEADER) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    sequence = window.infer(packet.buffer().getInt(ip.upper() + udp + 4));
    return checkReplay(sequence);
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet, IpPlace ip) {
    if (erased()) {
      return DropReason.XFRM_IN_STATE_INVALID;
    }
    // Whoever asked check() right before need not be told the same again.
    DropReason refused = checked == packet.id() ? null : examine(packet, ip);
    checked = NONE;
    if (refused != null) {
      return refused;
    }
    int clear = ip.end() - ip.upper() - front - icv;
    if (clear < 0 || clear + icv == 0) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    ByteBuf data = packet.buffer();
    int esp = ip.upper() + udp;
    if (!cipher.open(data, esp, clear, (int) (sequence >>> 32))) {
      return cipher.broken() ? DropReason.XFRM_IN_STATE_PROTO_ERROR : integrityFailed();
    }
    if (clear < TRAILER) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    int payload = ip.upper() + front;
    int trailer = data.getUnsignedShort(payload + clear - TRAILER);
    int next = trailer & 0xff;
    int length = clear - TRAILER - (trailer >>> 8);
    // A dummy packet, or none at all: Linux counts both here and leaves the window as it was.
    if (length <= 0 || next == IpProtocol.NO_NEXT) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    window.advance(sequence);
    return wrapping.unwrap(sa, packet, ip, payload, length, next);
  }

  @Override
  public int overhead() {
    return growth() + parameters.tfcPad();
  }

  private int growth() {
    return wrapping.added() + front + TRAILER + alignment - 1 + cipher.icvLength();
  }

  @Override
  public int mtu(int linkMtu) {
    int kept = wrapping.kept();
    int room = linkMtu - wrapping.added() - front - cipher.icvLength() - kept;
    return (room & -alignment) + kept - TRAILER;
  }

  @Override
  public void erase() {
    super.erase();
    cipher.erase();
  }

  @Override
  public String toString() {
    return "esp " + parameters.protection().getClass().getSimpleName() + " " + mode().label();
  }
}
