package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.EspCipher;

/** Authentic packets with whatever inside: what receivers check after they have decrypted. */
class EspInsideTest extends EspPackets {
  private static final long MASK = 0x1122_3344_5566_7788L;

  /** An authentic packet whose plaintext, trailer included, is whatever the test wants. */
  private Packet crafted(State sa, int sequence, byte[] plain) {
    boolean v6 = sa.target().v6();
    int body = 16 + plain.length + 16;
    Packet packet = pool.make(0, 40 + body);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int header = v6 ? 40 : 20;
    data.writerIndex(at + header);
    if (v6) {
      Ipv6View.emit(data, at, 0, 0, body, IpProtocol.ESP, 64, sa.source(), sa.target());
    } else {
      Ipv4View.emit(data, at, 20, 20 + body, 0, 1, 0, 64, IpProtocol.ESP, sa.source(), sa.target());
    }
    data.writeInt(SPI).writeInt(sequence).writeLong(sequence ^ MASK);
    int clear = plain.length;
    data.writeBytes(plain).writeZero(16);
    EspCipher cipher = CryptoBackend.jce().esp(gcm.protection(), false);
    assertThat(cipher.seal(data, at + header, clear, 0)).isTrue();
    packet.headers(at, at + header);
    return packet;
  }

  /** Authentic packets with an impossible inside: trailer, padding, next header. */
  @Test
  void whatIsInsideIsCheckedToo() {
    State transport = sa(Mode.TRANSPORT, false, gcm);
    State tunnel = sa(Mode.TUNNEL, false, gcm);
    refuse(transport, new byte[] {0}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {0, 17}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {1, 2, 3, 4, 4, 17}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {1, 2, (byte) 255, 17}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {1, 2, 0, 59}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(tunnel, new byte[] {1, 2, 0, 17}, DropReason.XFRM_IN_STATE_MODE_ERROR, 9);
    byte[] shortInner = new byte[21];
    shortInner[0] = 0x45;
    shortInner[20] = 4;
    refuse(tunnel, shortInner, DropReason.XFRM_IN_STATE_MODE_ERROR, 9);
    byte[] wrongVersion = new byte[42];
    wrongVersion[0] = 0x45;
    wrongVersion[41] = 41;
    refuse(tunnel, wrongVersion, DropReason.XFRM_IN_STATE_MODE_ERROR, 9);

    Packet good = crafted(transport, 9, new byte[] {7, 7, 0, 17});
    assertThat(open(transport, good)).isNull();
    assertThat(good.length()).isEqualTo(22);
    good.release();
  }

  /** As Linux, the window moves before the mode is looked at and after the trailer was. */
  private void refuse(State sa, byte[] plain, DropReason expected, long top) {
    Packet packet = crafted(sa, 9, plain);
    State fresh = sa(sa.mode(), false, gcm);
    assertThat(open(fresh, packet)).isEqualTo(expected);
    assertThat(esp(fresh).lastIn()).isEqualTo(top);
    assertThat(esp(fresh).integrityFailures()).isZero();
    packet.release();
  }

  @Test
  void encapsulationMustFit() {
    State sa = sa(Mode.TRANSPORT, false, gcm);
    Packet udp = ipv4(0, 0, 0, 60);
    assertThat(open(sa, udp)).isEqualTo(DropReason.XFRM_IN_STATE_MISMATCH);
    udp.release();
    Packet packet = crafted(sa, 1, new byte[] {7, 7, 0, 17});
    packet.headers(packet.network(), packet.transport() + 8);
    assertThat(open(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_MISMATCH);
    packet.release();
  }
}
