package org.larval.ike.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Prf;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/**
 * The formulas of RFC 7296 section 2.15 and RFC 9242 section 3.3.2, spelt out with the JDK's HMAC.
 */
class AuthOctetsTest {
  private static final Octets MESSAGE = Octets.hex("aa".repeat(90));
  private static final Octets NONCE = Octets.hex("bb".repeat(32));
  private static final Octets ID = Identity.parse("a.test").body();
  private static final byte[] SK_P = Octets.hex("cc".repeat(32)).toArray();

  private final KeySchedule schedule = new KeySchedule(Prf.HMAC_SHA2_256);

  private static Octets hmac(byte[] key, Octets data) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "x"));
    return Octets.of(mac.doFinal(data.toArray()));
  }

  @Test
  void intermediateExchangesAreCovered() throws Exception {
    Octets header = Octets.hex("01".repeat(32));
    Octets inner = Octets.hex("02".repeat(50));
    Octets first = schedule.intAuth(Secret.of(SK_P), Octets.EMPTY, header, inner);
    assertThat(first).isEqualTo(hmac(SK_P, header.and(inner)));
    Octets second = schedule.intAuth(Secret.of(SK_P), first, inner, header);
    assertThat(second).isEqualTo(hmac(SK_P, first.and(inner).and(header)));
    Octets intAuth = AuthOctets.intAuth(first, second, 3);
    assertThat(intAuth).isEqualTo(first.and(second).and(Octets.hex("00000003")));
    assertThat(AuthOctets.of(schedule, Secret.of(SK_P), MESSAGE, NONCE, ID, intAuth))
        .isEqualTo(MESSAGE.and(NONCE).and(hmac(SK_P, ID)).and(intAuth));
  }

  @Test
  void sharedKeysArePadded() throws Exception {
    byte[] psk = "interop-psk".getBytes(StandardCharsets.UTF_8);
    Octets pad = Octets.of("Key Pad for IKEv2".getBytes(StandardCharsets.US_ASCII));
    for (byte[] key : new byte[][] {psk, SK_P}) {
      Octets auth = hmac(hmac(key, pad).toArray(), MESSAGE);
      assertThat(AuthOctets.sharedKey(schedule, Secret.of(key), MESSAGE))
          .isEqualTo(Secret.of(auth.toArray()));
      assertThat(AuthOctets.sharedKeyHolds(schedule, Secret.of(key), MESSAGE, auth)).isTrue();
      assertThat(
              AuthOctets.sharedKeyHolds(
                  schedule, Secret.of(key), MESSAGE, auth.slice(0, auth.size() - 1)))
          .isFalse();
      assertThat(AuthOctets.sharedKeyHolds(schedule, Secret.of(key), MESSAGE, Octets.EMPTY))
          .isFalse();
    }
  }
}
