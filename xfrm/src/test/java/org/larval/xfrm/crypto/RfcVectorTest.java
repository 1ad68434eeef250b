package org.larval.xfrm.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.crypto.EspVector.hex;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The examples that the RFCs of the ciphers give. */
class RfcVectorTest {
  private static final byte[] TEXT = "Single block msg".getBytes(StandardCharsets.US_ASCII);

  private static void verify(Protection protection, String header, byte[] plain, String sealed) {
    byte[] start = hex(header);
    byte[] expected = hex(sealed);
    EspCipher cipher = CryptoBackend.jce().esp(protection, false);
    ByteBuf data = EspVector.buffer(start, false, 0);
    data.writeBytes(plain).writeZero(cipher.icvLength());
    assertThat(cipher.seal(data, 0, plain.length, 0)).isTrue();
    assertThat(ByteBufUtil.getBytes(data, start.length, expected.length)).isEqualTo(expected);
    assertThat(cipher.open(data, 0, plain.length, 0)).isTrue();
    assertThat(ByteBufUtil.getBytes(data, start.length, plain.length)).isEqualTo(plain);
    data.release();
  }

  private static Protection separate(CryptAlgorithm algorithm, String key) {
    return new Protection.Separate(algorithm, Secret.copyOf(hex(key)), null);
  }

  private static Protection combined(AeadAlgorithm algorithm, String key) {
    return new Protection.Combined(algorithm, Secret.copyOf(hex(key)), 128);
  }

  /** RFC 3602 section 4, case 1. */
  @Test
  void aesCbc() {
    verify(
        separate(CryptAlgorithm.AES_CBC, "06a9214036b8a15b512e03d534120006"),
        "0000432100000001" + "3dafba429d9eb430b422da802c9fac41",
        TEXT,
        "e353779c1079aeb82708942dbe77181a");
  }

  /** RFC 3686 section 6, vector 1; the nonce follows the key. */
  @Test
  void aesCtr() {
    verify(
        separate(CryptAlgorithm.AES_CTR, "ae6852f8121067cc4bf7a5765577f39e" + "00000030"),
        "0000432100000001" + "0000000000000000",
        TEXT,
        "e4095d4fb7a7b3792d6175a3261311b8");
  }

  /** RFC 2410: the ciphertext is the plaintext. */
  @Test
  void nullCipher() {
    verify(
        separate(CryptAlgorithm.NULL, "-"),
        "0000432100000001",
        TEXT,
        java.util.HexFormat.of().formatHex(TEXT));
  }

  /** RFC 7634 appendix A. */
  @Test
  void chaCha20Poly1305() {
    verify(
        combined(
            AeadAlgorithm.CHACHA20_POLY1305,
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f" + "a0a1a2a3"),
        "0102030400000005" + "1011121314151617",
        hex(
            "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
                + "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
                + "2425262728292a2b2c2d2e2f303132333435363701020204"),
        "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
            + "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
            + "cbec163fac469b502773f6fb94e664da9165b82829f641e0"
            + "76aaa8266b7fb0f7b11b369907e1ad43");
  }

  /** The first example that the authors of RFC 4106 gave, which has a 64-bit sequence number. */
  @Test
  void aesGcm() {
    byte[] plain =
        hex(
            "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
                + "00000000045f736970045f756470037369700963796265726369747902646b00"
                + "0021000101020201");
    EspCipher cipher =
        CryptoBackend.jce()
            .esp(
                combined(AeadAlgorithm.AES_GCM, "4c80cdefbb5d10da906ac73c3613a634" + "2e443b68"),
                true);
    ByteBuf data = EspVector.buffer(hex("00004321" + "00000000" + "4956ed7e3b244cfe"), false, 0);
    data.writeBytes(plain).writeZero(16);
    assertThat(cipher.seal(data, 0, plain.length, 0x87654321)).isTrue();
    assertThat(ByteBufUtil.getBytes(data, 16, plain.length + 16))
        .isEqualTo(
            hex(
                "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
                    + "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
                    + "61bc17d768fd9732459018148f6cbe722fd04796562dfdb4"));
    data.release();
  }
}
