package org.larval.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;

class KeyScheduleTest {
  private static final Octets NI = Octets.hex("11".repeat(32));
  private static final Octets NR = Octets.hex("22".repeat(24));

  private static Secret secret(String hex) {
    return Secret.of(HexFormat.of().parseHex(hex));
  }

  /** RFC 4434 section 4 and RFC 4615 section 4. */
  @ParameterizedTest
  @CsvSource({
    "AES128_XCBC,000102030405060708090a0b0c0d0e0f,47f51b4564966215b8985c63055ed308",
    "AES128_XCBC,00010203040506070809,0fa087af7d866e7653434e602fdde835",
    "AES128_XCBC,000102030405060708090a0b0c0d0e0fedcb,8cd3c93ae598a9803006ffb67c40e9e4",
    "AES128_CMAC,000102030405060708090a0b0c0d0e0fedcb,84a348a4a45d235babfffc0d2b4da09a",
    "AES128_CMAC,000102030405060708090a0b0c0d0e0f,980ae87b5f4c9c5214f5b6a8455e4c2d",
    "AES128_CMAC,00010203040506070809,290d9e112edb09ee141fcf64c0b72f3d"
  })
  void fixedKeyPrfs(Prf prf, String key, String expected) {
    Octets data = Octets.hex("000102030405060708090a0b0c0d0e0f10111213");
    assertThat(new KeySchedule(prf).prf(secret(key), data)).isEqualTo(secret(expected));
  }

  /** RFC 3566 section 4.6. */
  @ParameterizedTest
  @CsvSource({
    "'',75f0251d528ac01c4573dfd584d79f29",
    "000102,5b376580ae2f19afe7219ceef172756f",
    "000102030405060708090a0b0c0d0e0f,d2a246fa349b68a79998a4394ff7a263",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,"
        + "f54f0ec8d2b9f3d36807734bd5283fd4"
  })
  void xcbc(String data, String expected) {
    assertThat(
            new KeySchedule(Prf.AES128_XCBC)
                .prf(secret("000102030405060708090a0b0c0d0e0f"), Octets.hex(data)))
        .isEqualTo(secret(expected));
  }

  private static byte[] hmac(byte[] key, Object... parts) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA384");
    mac.init(new SecretKeySpec(key, "x"));
    for (Object part : parts) {
      mac.update(part instanceof Octets octets ? octets.toArray() : (byte[]) part);
    }
    return mac.doFinal();
  }

  @Test
  void additionalExchangesMixIn() throws Exception {
    KeySchedule schedule = new KeySchedule(Prf.HMAC_SHA2_384);
    Secret d = secret("0d".repeat(48));
    byte[] first = new byte[32];
    byte[] second = new byte[] {7, 7, 7};
    assertThat(schedule.skeyseedOfAdditional(d, NI, NR, Secret.of(second)))
        .isEqualTo(Secret.taking(hmac(d.toArray(), second, NI, NR)));
    assertThat(schedule.skeyseedOfRekey(d, NI, NR, List.of(Secret.of(first), Secret.of(second))))
        .isEqualTo(Secret.taking(hmac(d.toArray(), first, NI, NR, second)));
    assertThat(schedule.skeyseedOfResumption(d, NI, NR))
        .isEqualTo(
            Secret.taking(
                hmac(
                    d.toArray(),
                    "Resumption".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                    NI,
                    NR)));
    ChildSuite suite =
        ChildSuite.of(Proposals.parse(Protocol.ESP, "aes128gcm16-x25519-ke1_mlkem768").getFirst());
    ChildKeys keys = schedule.child(suite, d, NI, NR, List.of(Secret.of(first), Secret.of(second)));
    byte[] block = hmac(d.toArray(), first, NI, NR, second, new byte[] {1});
    assertThat(keys.initiatorEncryption().and(keys.responderEncryption()))
        .isEqualTo(Secret.of(java.util.Arrays.copyOf(block, 40)));
  }

  @Test
  void postquantumPresharedKeyChangesThreeKeys() throws Exception {
    KeySchedule schedule = new KeySchedule(Prf.HMAC_SHA2_384);
    IkeSuite suite = IkeSuite.of(Proposals.parse(Protocol.IKE, "aes256-sha384-x25519").getFirst());
    IkeKeys keys =
        schedule.keys(
            suite, secret("99".repeat(48)), NI, NR, Octets.number(1, 8), Octets.number(2, 8));
    Secret ppk = secret("1234");
    IkeKeys mixed = schedule.withPpk(keys, ppk);
    assertThat(mixed.pi())
        .isEqualTo(Secret.taking(hmac(ppk.toArray(), keys.pi().toArray(), new byte[] {1})));
    assertThat(mixed.d()).isNotEqualTo(keys.d());
    assertThat(mixed.pr()).isNotEqualTo(keys.pr());
    assertThat(mixed.ei()).isEqualTo(keys.ei());
    assertThat(mixed.ar()).isEqualTo(keys.ar());
    assertThat(keys.ai().size()).isEqualTo(48);
    assertThat(keys.toString()).doesNotContain("99");
  }

  @Test
  void expansionEndsAfter255Blocks() {
    KeySchedule schedule = new KeySchedule(Prf.HMAC_SHA2_256);
    Secret key = secret("01");
    assertThat(schedule.prfPlus(key, key, 255 * 32).size()).isEqualTo(8160);
    assertThatThrownBy(() -> schedule.prfPlus(key, key, 255 * 32 + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KeySchedule(Prf.HMAC_MD5)).hasMessageContaining("MD5");
  }
}
