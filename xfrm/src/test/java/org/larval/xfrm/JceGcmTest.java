package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JceGcmTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] PLAIN =
      HEX.parseHex(
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
              + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  private static final byte[] AAD = HEX.parseHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  private static final byte[] NONCE = HEX.parseHex("cafebabefacedbaddecaf888");
  private static final byte[] KEY =
      HEX.parseHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");

  private static Aead gcm(int keyLength, int icvBits) {
    return CryptoBackend.jce()
        .aead(AeadAlgorithm.AES_GCM, Secret.copyOf(Arrays.copyOf(KEY, keyLength)), icvBits);
  }

  /** Test cases 4, 10 and 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega). */
  @ParameterizedTest
  @CsvSource({
    "16, 42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091,"
        + " 5bc94fbc3221a5db94fae95ae7121a47",
    "24, 3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710,"
        + " 2519498e80f1478f37ba55bd6d27618c",
    "32, 522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662,"
        + " 76fc6ece0f4e1768cddf8853bb2d551b"
  })
  void sealsAndOpensThePublishedCases(int keyLength, String cipherText, String tag) {
    for (int icvBits : new int[] {96, 128}) {
      Aead gcm = gcm(keyLength, icvBits);
      byte[] expected = HEX.parseHex(cipherText + tag.substring(0, icvBits / 4));
      byte[] sealed = new byte[3 + expected.length];
      assertThat(gcm.seal(NONCE, AAD, AAD.length, PLAIN, 0, PLAIN.length, sealed, 3)).isTrue();
      assertThat(Arrays.copyOfRange(sealed, 3, sealed.length)).isEqualTo(expected);
      byte[] opened = new byte[PLAIN.length];
      assertThat(gcm.open(NONCE, AAD, AAD.length, sealed, 3, expected.length, opened, 0)).isTrue();
      assertThat(opened).isEqualTo(PLAIN);
    }
  }

  @Test
  void aWrongTagGivesNothing() {
    Aead gcm = gcm(16, 128);
    byte[] sealed = new byte[PLAIN.length + 16];
    gcm.seal(NONCE, AAD, AAD.length, PLAIN, 0, PLAIN.length, sealed, 0);
    sealed[sealed.length - 1] ^= 1;
    byte[] opened = new byte[PLAIN.length];
    Arrays.fill(opened, (byte) 0x55);
    assertThat(gcm.open(NONCE, AAD, AAD.length, sealed, 0, sealed.length, opened, 0)).isFalse();
    assertThat(opened).containsOnly(0);
    assertThat(gcm.open(NONCE, AAD, AAD.length, sealed, 0, 15, opened, 0)).isFalse();
  }

  @Test
  void theSameNonceTwiceInARowIsRefused() {
    Aead gcm = gcm(16, 128);
    byte[] sealed = new byte[PLAIN.length + 16];
    assertThat(gcm.seal(NONCE, AAD, AAD.length, PLAIN, 0, PLAIN.length, sealed, 0)).isTrue();
    assertThat(gcm.seal(NONCE, AAD, AAD.length, PLAIN, 0, PLAIN.length, sealed, 0)).isFalse();
  }

  @Test
  void anErasedKeyDoesNothing() {
    Aead gcm = gcm(16, 128);
    gcm.erase();
    byte[] out = new byte[PLAIN.length + 16];
    assertThat(gcm.seal(NONCE, AAD, AAD.length, PLAIN, 0, PLAIN.length, out, 0)).isFalse();
    assertThat(gcm.open(NONCE, AAD, AAD.length, PLAIN, 0, PLAIN.length, out, 0)).isFalse();
  }

  @Test
  void secretsShowNothing() {
    Secret secret = Secret.copyOf(KEY);
    assertThat(secret.toString()).isEqualTo("(32 secret bytes)");
    assertThat(EspParameters.gcm(Arrays.copyOf(KEY, 20)).toString())
        .doesNotContain("feff")
        .contains("(20 secret bytes)");
    assertThat(gcm(16, 128).toString()).isEqualTo("AES-128-GCM, tag of 128 bits");
    assertThat(secret.equals(Secret.copyOf(KEY))).isTrue();
    secret.destroy();
    assertThat(secret.isDestroyed()).isTrue();
    assertThat(secret.equals(Secret.copyOf(KEY))).isFalse();
    assertThatThrownBy(secret::getEncoded).isInstanceOf(IllegalStateException.class);
    assertThat(KEY[0]).as("the caller's own array").isEqualTo((byte) 0xfe);
  }

  @ParameterizedTest
  @ValueSource(ints = {64})
  void shortTagsAreRefusedInWords(int bits) {
    assertThat(CryptoBackend.jce().refuses(AeadAlgorithm.AES_GCM, bits))
        .contains("64 bits")
        .contains("use 128 or 96");
    assertThatThrownBy(() -> gcm(16, bits)).isInstanceOf(IllegalArgumentException.class);
  }
}
