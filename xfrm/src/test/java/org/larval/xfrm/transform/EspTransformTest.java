package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.AeadAlgorithm;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/** What goes into ESP comes out, at every length, with numbers that never come twice. */
class EspTransformTest extends EspPackets {
  /** The values of the kernel's arithmetic for a link of 1500 bytes. */
  @ParameterizedTest
  @CsvSource({
    "TUNNEL, false, 1446",
    "TUNNEL, true, 1426",
    "TRANSPORT, false, 1466",
    "TRANSPORT, true, 1466"
  })
  void theMtuIsTheLargestThatFits(Mode mode, boolean v6, int mtu) {
    State sa = sa(mode, v6, gcm);
    assertThat(esp(sa).mtu(1500)).isEqualTo(mtu);
    for (int link : new int[] {576, 1280, 1400, 1500, 9000, 1499, 1498, 1497}) {
      int fits = esp(sa).mtu(link);
      for (int extra : new int[] {0, 1}) {
        Packet packet =
            v6
                ? ipv6(0, IpProtocol.UDP, new byte[fits + extra - 40])
                : ipv4(0, 0, 0, fits + extra - 20);
        assertThat(protect(sa, packet)).isNull();
        if (extra == 0) {
          assertThat(packet.length()).isLessThanOrEqualTo(link);
        } else {
          assertThat(packet.length()).isGreaterThan(link);
        }
        packet.release();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TRANSPORT, false, 0",
    "TRANSPORT, false, 40",
    "TUNNEL, false, 0",
    "TUNNEL, false, 24",
    "TUNNEL, true, 4"
  })
  void everyLengthComesBack(Mode mode, boolean v6, int optionBytes) {
    for (int keyBytes : new int[] {20, 28, 36}) {
      SaParameters parameters = SaParameters.gcm(Arrays.copyOf(KEY, keyBytes));
      State sender = sa(mode, v6, parameters);
      State receiver = sa(mode, v6, parameters);
      for (int length = 1; length < 300; length++) {
        Packet packet = ipv4(0, 0, optionBytes, length);
        byte[] original = bytes(packet);
        assertThat(protect(sender, packet)).isNull();
        assertThat(packet.length())
            .isBetween(original.length + 34, original.length + esp(sender).overhead());
        assertThat((packet.length() - packet.transport() + packet.buffer().readerIndex()) % 4)
            .isZero();
        assertThat(open(receiver, packet)).isNull();
        assertThat(bytes(packet)).isEqualTo(original);
        packet.release();
      }
    }
  }

  @Test
  void shorterCheckValuesWork() {
    SaParameters twelve =
        SaParameters.of(new Protection.Combined(AeadAlgorithm.AES_GCM, Secret.copyOf(KEY), 96));
    State sender = sa(Mode.TRANSPORT, false, twelve);
    Packet packet = ipv4(0, 0, 0, 30);
    byte[] original = bytes(packet);
    assertThat(protect(sender, packet)).isNull();
    assertThat(packet.length()).isEqualTo(20 + 16 + 32 + 12);
    assertThat(open(sa(Mode.TRANSPORT, false, twelve), packet)).isNull();
    assertThat(bytes(packet)).isEqualTo(original);
    packet.release();

    SaParameters eight =
        SaParameters.of(new Protection.Combined(AeadAlgorithm.AES_GCM, Secret.copyOf(KEY), 64));
    State shortest = sa(Mode.TRANSPORT, false, eight);
    Packet shorter = ipv4(0, 0, 0, 30);
    assertThat(protect(shortest, shorter)).isNull();
    assertThat(shorter.length()).isEqualTo(20 + 16 + 32 + 8);
    assertThat(open(sa(Mode.TRANSPORT, false, eight), shorter)).isNull();
    assertThat(bytes(shorter)).isEqualTo(original);
    shorter.release();
  }

  @Test
  void whatWouldBeTooLongIsRefused() {
    State sa = sa(Mode.TUNNEL, false, gcm);
    Packet packet = ipv4(0, 0, 0, 65_500);
    assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_MODE_ERROR);
    assertThat(esp(sa).lastOut()).isZero();
    packet.release();
  }

  @Test
  void trafficFlowPaddingHidesTheLength() {
    State sender = sa(Mode.TUNNEL, false, gcm.withTfcPad(1000));
    State receiver = sa(Mode.TUNNEL, false, gcm);
    Set<Integer> lengths = new HashSet<>();
    for (int length : new int[] {1, 50, 979, 980}) {
      Packet packet = ipv4(0, 0, 0, length);
      byte[] original = bytes(packet);
      assertThat(protect(sender, packet)).isNull();
      lengths.add(packet.length());
      assertThat(packet.length() - original.length).isLessThanOrEqualTo(esp(sender).overhead());
      assertThat(open(receiver, packet)).isNull();
      assertThat(bytes(packet)).isEqualTo(original);
      packet.release();
    }
    assertThat(lengths).hasSize(1);
    assertThatThrownBy(() -> sa(Mode.TRANSPORT, false, gcm.withTfcPad(10)))
        .hasMessageContaining("expected mode tunnel");
  }

  @Test
  void sequenceNumbersEnd() {
    State sa = sa(Mode.TRANSPORT, false, gcm.withSequences(0, 0xffff_fffeL));
    Packet last = ipv4(0, 0, 0, 8);
    assertThat(protect(sa, last)).isNull();
    assertThat(last.buffer().getInt(last.transport() + 4)).isEqualTo(-1);
    last.release();
    for (int i = 0; i < 3; i++) {
      Packet packet = ipv4(0, 0, 0, 8);
      byte[] before = bytes(packet);
      assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_SEQ_ERROR);
      assertThat(bytes(packet)).isEqualTo(before);
      packet.release();
    }
  }

  @Test
  void noIvComesTwice() {
    State sa = sa(Mode.TRANSPORT, false, gcm);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Packet packet = ipv4(0, 0, 0, 8);
      assertThat(protect(sa, packet)).isNull();
      assertThat(seen.add(packet.buffer().getLong(packet.transport() + 8))).isTrue();
      packet.release();
    }
  }

  @Test
  void linkPaddingIsNotEncrypted() {
    State sender = sa(Mode.TRANSPORT, false, gcm);
    Packet packet = ipv4(0, 0, 0, 8);
    byte[] original = bytes(packet);
    packet.buffer().writeZero(18);
    assertThat(protect(sender, packet)).isNull();
    packet.buffer().writeZero(5);
    assertThat(open(sa(Mode.TRANSPORT, false, gcm), packet)).isNull();
    assertThat(bytes(packet)).isEqualTo(original);
    packet.release();
  }

  @Test
  void anErasedTransformRefusesAll() {
    Secret key = Secret.copyOf(KEY);
    SaParameters own = SaParameters.of(new Protection.Combined(AeadAlgorithm.AES_GCM, key, 128));
    State sa = sa(Mode.TRANSPORT, false, own);
    esp(sa).erase();
    assertThat(key.isDestroyed()).as("the caller's own").isFalse();
    assertThat(((Protection.Combined) esp(sa).parameters().protection()).key().isDestroyed())
        .isTrue();
    Packet packet = ipv4(0, 0, 0, 8);
    assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_INVALID);
    assertThat(open(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_INVALID);
    packet.release();
  }

  @Test
  void impossibleStatesAreRefusedInWords() {
    assertThatThrownBy(() -> SaParameters.gcm(new byte[16]))
        .hasMessageContaining("key of 16 bytes")
        .hasMessageContaining("20 (128-bit key), 28 (192-bit key), 36 (256-bit key)");
    assertThatThrownBy(() -> gcm.withReplayWindow(5000)).hasMessageContaining("0 to 4096");
    assertThatThrownBy(() -> gcm.withReplayWindow(0).with(StateFlag.ESN))
        .hasMessageContaining("without a replay window");
    assertThatThrownBy(() -> gcm.withSequences(0, 1L << 32)).hasMessageContaining("flag esn");
    assertThatThrownBy(() -> gcm.with(StateFlag.OSEQ_MAY_WRAP)).hasMessageContaining("nonce");
    assertThatThrownBy(() -> sa(Mode.RO, false, gcm))
        .hasMessageContaining("mode ro is for Mobile IPv6");
    assertThatThrownBy(() -> maker.state(State.of(A4, B4, 0, IpProtocol.ESP), gcm))
        .hasMessageContaining("spi 0 is reserved");
    assertThatThrownBy(() -> maker.state(State.of(A4, B4, 5, IpProtocol.AH), gcm))
        .hasMessageContaining("proto ah takes auth or auth-trunc");
  }
}
