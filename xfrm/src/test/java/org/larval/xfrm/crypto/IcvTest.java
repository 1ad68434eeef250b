package org.larval.xfrm.crypto;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Integrity algorithms fed piece by piece, against the RFCs' vectors. */
class IcvTest {
  private static final String CMAC_TEXT =
      "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

  private static Icv icv(AuthAlgorithm algorithm, byte[] key, int bits) {
    return CryptoBackend.jce()
        .ah(new Protection.Authentication(algorithm, Secret.copyOf(key), bits, true));
  }

  private static void verify(String name, String key, byte[] text, String digest) {
    AuthAlgorithm algorithm = requireNonNull(AuthAlgorithm.named(name));
    byte[] expected = HexFormat.of().parseHex(digest);
    Icv icv = icv(algorithm, HexFormat.of().parseHex(key), expected.length * 8);
    assertThat(icv.length()).isEqualTo(expected.length);
    for (int first = 0; first <= text.length; first++) {
      for (boolean direct : new boolean[] {false, true}) {
        ByteBuf data = EspVector.buffer(text, direct, 3);
        data.writeZero(expected.length);
        icv.update(data, 3, first);
        icv.update(text, first, text.length - first);
        assertThat(icv.sign(data, 3 + text.length)).isTrue();
        assertThat(ByteBufUtil.getBytes(data, 3 + text.length, expected.length))
            .isEqualTo(expected);
        icv.update(data, 3, text.length);
        assertThat(icv.verify(data, 3 + text.length)).isTrue();
        data.release();
      }
    }
  }

  /** RFC 2202, RFC 2286 and RFC 4231, cases 1 and 2. */
  @ParameterizedTest
  @CsvSource({
    "hmac(rmd160), 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, Hi There,"
        + "24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668",
    "hmac(sha1), 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, Hi There,"
        + "b617318655057264e28bc0b6fb378c8ef146be00",
    "hmac(sha1), 4a656665, what do ya want for nothing?,"
        + "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "hmac(sha256), 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, Hi There,"
        + "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    "hmac(sha256), 4a656665, what do ya want for nothing?,"
        + "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "hmac(sha384), 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, Hi There,"
        + "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
        + "faea9ea9076ede7f4af152e8b2fa9cb6",
    "hmac(sha512), 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, Hi There,"
        + "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
  })
  void hmacs(String name, String key, String text, String digest) {
    verify(name, key, text.getBytes(java.nio.charset.StandardCharsets.US_ASCII), digest);
  }

  /** RFC 3566 section 4: the message is 0, 1, 2 ... */
  @ParameterizedTest
  @CsvSource({
    "0, 75f0251d528ac01c4573dfd584d79f29",
    "3, 5b376580ae2f19afe7219ceef172756f",
    "16, d2a246fa349b68a79998a4394ff7a263",
    "20, 47f51b4564966215b8985c63055ed308",
    "32, f54f0ec8d2b9f3d36807734bd5283fd4",
    "34, becbb3bccdb518a30677d5481fb6b4d8"
  })
  void xcbc(Integer length, String digest) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = (byte) i;
    }
    verify("xcbc(aes)", "000102030405060708090a0b0c0d0e0f", text, digest);
  }

  /** RFC 4493 section 4, which RFC 4494 cuts to 96 bits. */
  @ParameterizedTest
  @CsvSource({
    "0, bb1d6929e95937287fa37d129b756746",
    "16, 070a16b46b4d4144f79bdd9dd04a287c",
    "40, dfa66747de9ae63030ca32611497c827",
    "64, 51f0bebf7e3b9d92fc49741779363cfe"
  })
  void cmac(Integer length, String digest) {
    byte[] text = HexFormat.of().parseHex(CMAC_TEXT.substring(0, 2 * length));
    verify("cmac(aes)", "2b7e151628aed2a6abf7158809cf4f3c", text, digest);
    verify("cmac(aes)", "2b7e151628aed2a6abf7158809cf4f3c", text, digest.substring(0, 24));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NULL")
  void refusesWhatIsNotRightWhateverTheLength(AuthAlgorithm algorithm) {
    byte[] key = new byte[algorithm.takesKey(20) ? 20 : 16];
    for (int bytes = 8; bytes <= algorithm.digestLength(); bytes++) {
      Icv icv = icv(algorithm, key, bytes * 8);
      ByteBuf data = EspVector.buffer(new byte[5000], false, 0);
      icv.update(data, 0, 4900);
      assertThat(icv.sign(data, 4900)).isTrue();
      for (int bit = 0; bit < bytes * 8; bit++) {
        int at = 4900 + bit / 8;
        data.setByte(at, data.getByte(at) ^ 1 << bit % 8);
        icv.update(data, 0, 4900);
        assertThat(icv.verify(data, 4900)).isFalse();
        data.setByte(at, data.getByte(at) ^ 1 << bit % 8);
      }
      icv.update(data, 0, 4900);
      assertThat(icv.verify(data, 4900)).isTrue();
      icv.erase();
      icv.update(data, 0, 4900);
      assertThat(icv.verify(data, 4900)).isFalse();
      assertThat(icv.sign(data, 4900)).isFalse();
      data.release();
    }
  }

  @Test
  void digestNullHasNoBytesAndAlwaysFits() {
    Icv icv = icv(AuthAlgorithm.NULL, new byte[0], 0);
    ByteBuf data = EspVector.buffer(new byte[4], false, 0);
    icv.update(data, 0, 4);
    assertThat(icv.length()).isZero();
    assertThat(icv.verify(data, 4)).isTrue();
    data.release();
  }
}
