package org.larval.xfrm.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.larval.xfrm.crypto.Protection.Authentication;

/** Every ESP algorithm, alone and with every integrity algorithm, against OpenSSL's. */
class EspVectorTest {
  private static final List<EspVector> VECTORS = EspVector.all();
  private static final int FRONT = 21;

  private final Random random = new Random(3);

  @Test
  void everyAlgorithmIsThere() {
    assertThat(VECTORS).hasSizeGreaterThan(300);
    assertThat(VECTORS.stream().map(v -> v.text().split(" ", -1)[0]).distinct())
        .containsAll(AeadAlgorithm.labels())
        .containsAll(CryptAlgorithm.labels());
    assertThat(VECTORS.stream().map(v -> v.text().split(" ", -1)[1]).distinct())
        .containsAll(AuthAlgorithm.labels());
  }

  @Test
  void sealsToTheSameBytes() {
    for (EspVector vector : VECTORS) {
      for (boolean direct : new boolean[] {false, true}) {
        ByteBuf data = vector.unsealed(direct, FRONT);
        EspCipher cipher = vector.cipher();
        assertThat(cipher.seal(data, FRONT, vector.plain().length, vector.sequenceHigh()))
            .as(vector.text())
            .isTrue();
        assertThat(bytes(data)).as(vector.text()).isEqualTo(vector.packet());
        data.release();
      }
    }
  }

  @Test
  void opensToThePlaintextAgainAndAgain() {
    for (EspVector vector : VECTORS) {
      EspCipher cipher = vector.cipher();
      for (boolean direct : new boolean[] {false, true, false}) {
        ByteBuf data = vector.sealed(direct, FRONT);
        assertThat(open(cipher, vector, data)).as(vector.text()).isTrue();
        assertThat(body(cipher, vector, data)).as(vector.text()).isEqualTo(vector.plain());
        data.release();
      }
    }
  }

  @Test
  void opensWhatItSealedWithTheSameCipher() {
    for (EspVector vector : VECTORS) {
      EspCipher cipher = vector.cipher();
      ByteBuf data = vector.unsealed(false, FRONT);
      assertThat(cipher.seal(data, FRONT, vector.plain().length, vector.sequenceHigh())).isTrue();
      assertThat(open(cipher, vector, data)).as(vector.text()).isTrue();
      assertThat(body(cipher, vector, data)).as(vector.text()).isEqualTo(vector.plain());
      data.release();
    }
  }

  /** SPI, sequence, IV, ciphertext and check value are all covered, and the high half. */
  @Test
  void aFlippedBitIsRefusedAndChangesNothing() {
    for (EspVector vector : VECTORS) {
      if (!vector.authenticated() || icvBits(vector) < 64) {
        continue;
      }
      EspCipher cipher = vector.cipher();
      int bits = vector.packet().length * 8;
      for (int i = 0; i < 200; i++) {
        int bit = i < 128 ? i : i < 160 ? bits - 1 - (i - 128) : random.nextInt(bits);
        ByteBuf data = vector.sealed(i % 2 == 0, FRONT);
        int at = FRONT + bit / 8;
        data.setByte(at, data.getByte(at) ^ 0x80 >>> bit % 8);
        byte[] before = bytes(data);
        assertThat(open(cipher, vector, data)).as("%s bit %d", vector.text(), bit).isFalse();
        assertThat(bytes(data)).isEqualTo(before);
        data.release();
      }
      ByteBuf data = vector.sealed(false, FRONT);
      int high = vector.sequenceHigh() ^ 1;
      assertThat(cipher.open(data, FRONT, vector.plain().length, high))
          .as(vector.text())
          .isEqualTo(!vector.extended());
      data.release();
    }
  }

  @Test
  void everyTruncationIsRefused() {
    for (EspVector vector : VECTORS) {
      if (!vector.authenticated() || icvBits(vector) < 64) {
        continue;
      }
      EspCipher cipher = vector.cipher();
      ByteBuf data = vector.sealed(false, FRONT);
      for (int clear = 2; clear < vector.plain().length; clear++) {
        assertThat(cipher.open(data, FRONT, clear, vector.sequenceHigh()))
            .as("%s %d", vector.text(), clear)
            .isFalse();
        assertThat(cipher.broken()).isFalse();
      }
      assertThat(open(cipher, vector, data)).as(vector.text()).isTrue();
      data.release();
    }
  }

  /** Without integrity nothing is refused but blocks that are not whole, and that in words. */
  @Test
  void brokenBlocksAreToldApart() {
    for (EspVector vector : VECTORS) {
      EspCipher cipher = vector.cipher();
      boolean blocks = cipher.alignment() > 4;
      if (vector.authenticated() || !blocks) {
        continue;
      }
      ByteBuf data = vector.sealed(false, FRONT);
      for (int clear = 2; clear < vector.plain().length; clear++) {
        boolean whole = clear % cipher.alignment() == 0;
        assertThat(cipher.open(data, FRONT, clear, vector.sequenceHigh())).isEqualTo(whole);
        assertThat(cipher.broken()).isEqualTo(!whole);
      }
      data.release();
    }
  }

  @Test
  void aWrongKeyIsNoException() {
    for (EspVector vector : VECTORS) {
      for (Protection wrong : wrongKeys(vector.protection())) {
        EspCipher cipher = CryptoBackend.jce().esp(wrong, vector.extended());
        ByteBuf data = vector.sealed(false, FRONT);
        boolean opened = open(cipher, vector, data);
        boolean macIsRight =
            wrong instanceof Protection.Separate separate
                && (separate.auth() == null
                    || separate.auth().equals(auth(vector.protection()))
                    || icvBits(vector) < 64);
        if (!macIsRight) {
          assertThat(opened).as(vector.text()).isFalse();
          assertThat(bytes(data)).isEqualTo(vector.packet());
        } else if (opened) {
          assertThat(body(cipher, vector, data))
              .satisfiesAnyOf(
                  plain -> assertThat(plain).isNotEqualTo(vector.plain()),
                  plain -> assertThat(icvBits(vector)).isLessThan(64));
        }
        data.release();
      }
    }
  }

  private static Authentication auth(Protection protection) {
    return java.util.Objects.requireNonNull(((Protection.Separate) protection).auth());
  }

  private static List<Protection> wrongKeys(Protection right) {
    return switch (right) {
      case Protection.Combined aead ->
          List.of(
              new Protection.Combined(aead.algorithm(), flip(aead.key(), 0), aead.icvBits()),
              new Protection.Combined(
                  aead.algorithm(), flip(aead.key(), aead.key().length() - 1), aead.icvBits()));
      case Protection.Separate separate -> {
        Authentication auth = separate.auth();
        Protection cipher =
            separate.key().length() == 0
                ? separate
                : new Protection.Separate(separate.algorithm(), flip(separate.key(), 0), auth);
        yield auth == null || auth.key().length() == 0
            ? separate.key().length() == 0 ? List.of() : List.of(cipher)
            : List.of(
                new Protection.Separate(
                    separate.algorithm(),
                    separate.key(),
                    new Authentication(
                        auth.algorithm(), flip(auth.key(), 0), auth.icvBits(), true)));
      }
      default -> List.of();
    };
  }

  private static Secret flip(Secret key, int at) {
    byte[] bytes = key.getEncoded();
    bytes[at] ^= (byte) 0x80;
    return Secret.copyOf(bytes);
  }

  @Test
  void anErasedCipherRefusesEverything() {
    for (EspVector vector : VECTORS) {
      EspCipher cipher = vector.cipher();
      ByteBuf data = vector.sealed(false, FRONT);
      assertThat(open(cipher, vector, data)).isTrue();
      cipher.erase();
      cipher.erase();
      assertThat(open(cipher, vector, data)).as(vector.text()).isFalse();
      assertThat(cipher.seal(data, FRONT, vector.plain().length, 0)).as(vector.text()).isFalse();
      data.release();
    }
  }

  /** The cipher has copies: erasing what it was made from does not touch it. */
  @Test
  void keysAreCopiedAndTheOriginalsCanBeErased() {
    for (EspVector vector : VECTORS) {
      Protection own = vector.protection().copy();
      EspCipher cipher = CryptoBackend.jce().esp(own, vector.extended());
      own.erase();
      ByteBuf data = vector.sealed(false, FRONT);
      assertThat(open(cipher, vector, data)).as(vector.text()).isTrue();
      data.release();
    }
  }

  @Test
  void noNonceIsUsedTwiceInARow() {
    for (EspVector vector : VECTORS) {
      EspCipher cipher = vector.cipher();
      if (cipher.ivLength() != 8 || cipher.alignment() != 4) {
        continue;
      }
      ByteBuf data = vector.unsealed(false, FRONT);
      int clear = vector.plain().length;
      assertThat(cipher.seal(data, FRONT, clear, vector.sequenceHigh())).isTrue();
      byte[] first = bytes(data);
      assertThat(cipher.seal(data, FRONT, clear, vector.sequenceHigh()))
          .as(vector.text())
          .isFalse();
      assertThat(bytes(data)).isEqualTo(first);
      data.setByte(FRONT + 15, data.getByte(FRONT + 15) ^ 1);
      assertThat(cipher.seal(data, FRONT, clear, vector.sequenceHigh())).isTrue();
      data.release();
    }
  }

  @Test
  void noTextShowsAKey() {
    for (EspVector vector : VECTORS) {
      String text = vector.cipher() + " " + vector.protection();
      Secret key =
          switch (vector.protection()) {
            case Protection.Combined aead -> aead.key();
            case Protection.Separate separate -> separate.key();
            default -> Secret.copyOf(new byte[0]);
          };
      if (key.length() > 0) {
        String hex = java.util.HexFormat.of().formatHex(key.getEncoded());
        assertThat(text).doesNotContain(hex.substring(0, 8)).doesNotContain(hex.substring(24, 32));
        assertThat(text).doesNotContain(Arrays.toString(key.getEncoded()).substring(1, 9));
      }
    }
  }

  private static int icvBits(EspVector vector) {
    return switch (vector.protection()) {
      case Protection.Combined aead -> aead.icvBits();
      case Protection.Separate separate -> separate.auth() == null ? 0 : separate.auth().icvBits();
      default -> 0;
    };
  }

  private static boolean open(EspCipher cipher, EspVector vector, ByteBuf data) {
    return cipher.open(data, FRONT, vector.plain().length, vector.sequenceHigh());
  }

  private static byte[] bytes(ByteBuf data) {
    return ByteBufUtil.getBytes(data, FRONT, data.writerIndex() - FRONT);
  }

  private static byte[] body(EspCipher cipher, EspVector vector, ByteBuf data) {
    return ByteBufUtil.getBytes(data, FRONT + 8 + cipher.ivLength(), vector.plain().length);
  }
}
