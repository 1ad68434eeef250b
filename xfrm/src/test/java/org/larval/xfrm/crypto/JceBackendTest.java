package org.larval.xfrm.crypto;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IVs, and what is refused. */
class JceBackendTest {
  private static final CryptoBackend JCE = CryptoBackend.jce();

  private static Protection separate(CryptAlgorithm algorithm) {
    int length = algorithm.takesKey(24) ? 24 : algorithm.takesKey(20) ? 20 : 0;
    byte[] key = new byte[length];
    new Random(9).nextBytes(key);
    return new Protection.Separate(algorithm, Secret.copyOf(key), null);
  }

  private static String iv(IvSource source, int length, long sequence) {
    ByteBuf data = EspVector.buffer(new byte[20], false, 0);
    source.write(data, 2, sequence);
    assertThat(data.getShort(0)).isZero();
    assertThat(data.getByte(2 + length)).isZero();
    String text = HexFormat.of().formatHex(ByteBufUtil.getBytes(data, 2, length));
    data.release();
    return text;
  }

  @ParameterizedTest
  @EnumSource
  void noIvComesTwice(CryptAlgorithm algorithm) {
    int length = algorithm.ivLength();
    IvSource source = JCE.ivs(separate(algorithm), new Random(1));
    Set<String> seen = new HashSet<>();
    for (long sequence = 0; sequence < 3000; sequence++) {
      seen.add(iv(source, length, sequence));
      seen.add(iv(source, length, sequence << 32 | 0x8000_0000L));
    }
    assertThat(seen).hasSize(length == 0 ? 1 : 6000);
  }

  /** One number more changes about half of the bits, and another SA has other IVs. */
  @ParameterizedTest
  @EnumSource(names = {"AES_CBC", "CAMELLIA_CBC", "DES3_CBC"})
  void ivsOfCbcCannotBePredicted(CryptAlgorithm algorithm) {
    int length = algorithm.ivLength();
    IvSource source = JCE.ivs(separate(algorithm), new Random(1));
    IvSource other = JCE.ivs(separate(algorithm), new Random(2));
    IvSource again = JCE.ivs(separate(algorithm), new Random(1));
    int flips = 0;
    for (long sequence = 1; sequence < 500; sequence++) {
      byte[] one = HexFormat.of().parseHex(iv(source, length, sequence));
      byte[] two = HexFormat.of().parseHex(iv(source, length, sequence + 1));
      for (int i = 0; i < length; i++) {
        flips += Integer.bitCount((one[i] ^ two[i]) & 0xff);
      }
      assertThat(iv(other, length, sequence)).isNotEqualTo(iv(source, length, sequence));
      assertThat(iv(again, length, sequence)).isEqualTo(iv(source, length, sequence));
    }
    double share = flips / (499.0 * length * 8);
    assertThat(share).isBetween(0.48, 0.52);
  }

  @ParameterizedTest
  @EnumSource
  void combinedModesCount(AeadAlgorithm algorithm) {
    byte[] key = new byte[32 + algorithm.saltLength()];
    Protection protection = new Protection.Combined(algorithm, Secret.copyOf(key), 128);
    IvSource source = JCE.ivs(protection, new Random(1));
    long mask = Long.parseUnsignedLong(iv(source, 8, 0), 16);
    for (long sequence : new long[] {1, 2, 0xffff_ffffL, 0x1_0000_0000L, -1}) {
      assertThat(Long.parseUnsignedLong(iv(source, 8, sequence), 16)).isEqualTo(sequence ^ mask);
    }
  }

  /** Two of three keys alike, or alike but for the bits that DES does not look at. */
  @ParameterizedTest
  @CsvSource({"0, 8", "8, 16"})
  void tripleDesThatIsSingleDesIsRefused(Integer from, Integer to) {
    byte[] key = new byte[24];
    new Random(4).nextBytes(key);
    assertThat(JCE.refuses(des3(key))).isNull();
    for (int i = 0; i < 8; i++) {
      key[to + i] = (byte) (key[from + i] ^ 1);
    }
    assertThat(JCE.refuses(des3(key))).contains("single DES", "RFC 8221");
    assertThatThrownBy(() -> JCE.esp(des3(key), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("single DES")
        .hasMessageNotContaining(HexFormat.of().formatHex(key, 0, 4));
  }

  private static Protection des3(byte[] key) {
    return new Protection.Separate(CryptAlgorithm.DES3_CBC, Secret.copyOf(key), null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cbc(des)",
        "des",
        "cbc(blowfish)",
        "blowfish",
        "hmac(md5)",
        "md5",
        "cbc(cast5)",
        "cbc(serpent)",
        "cbc(twofish)",
        "hmac(sm3)"
      })
  void whatIsLeftOutHasAReason(String name) {
    assertThat(AeadAlgorithm.named(name)).isNull();
    assertThat(CryptAlgorithm.named(name)).isNull();
    assertThat(AuthAlgorithm.named(name)).isNull();
    assertThat(Algorithms.refusal(name)).startsWith(name + " ");
  }

  @Test
  void theBrokenOnesAreRefusedByTheirRfc() {
    for (String name : new String[] {"cbc(des)", "cbc(blowfish)", "hmac(md5)"}) {
      assertThat(Algorithms.refusal(name)).contains("RFC 8221", "MUST NOT");
    }
    assertThat(Algorithms.refusal("cbc(cast5)")).contains("RFC 9395");
    assertThat(Algorithms.refusal("rot13")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "aes, cbc(aes)",
    "des3_ede, cbc(des3_ede)",
    "camellia, cbc(camellia)",
    "cipher_null, ecb(cipher_null)"
  })
  void oldNamesAreTaken(String old, String label) {
    assertThat(requireNonNull(CryptAlgorithm.named(old)).label()).isEqualTo(label);
    assertThat(requireNonNull(AuthAlgorithm.named("sha1")).label()).isEqualTo("hmac(sha1)");
    assertThat(requireNonNull(AuthAlgorithm.named("sha256")).label()).isEqualTo("hmac(sha256)");
  }
}
