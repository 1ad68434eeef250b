package org.larval.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;

class SkProtectionTest {
  static Stream<String> contents() throws IOException {
    return KeyExchangeTest.lines("sk-content.txt");
  }

  private static byte[] from(int first, int size) {
    byte[] octets = new byte[size];
    for (int at = 0; at < size; at++) {
      octets[at] = (byte) (first + at);
    }
    return octets;
  }

  private static SkProtection protection(String words) {
    String prf = words.contains("-") ? "-x25519" : "-prfsha256-x25519";
    IkeSuite suite = IkeSuite.of(Proposals.parse(Protocol.IKE, words + prf).getFirst());
    return new SkProtection(
        suite,
        Secret.taking(from(64, suite.encryption().keyMaterialSize(suite.keyBits()))),
        Secret.taking(from(100, suite.integrity().keySize())),
        new Fixed(from(200, 16)));
  }

  private static byte[] plain(int size) {
    byte[] plain = new byte[size];
    for (int at = 0; at < size; at++) {
      plain[at] = (byte) (7 * at);
    }
    return plain;
  }

  @ParameterizedTest
  @MethodSource("contents")
  void sealsAsOpenSslDoes(String line) {
    String[] word = line.split(" ");
    SkProtection protection = protection(word[0]);
    byte[] message = Arrays.copyOf(from(0, 32), 32 + protection.sealedSize(37));
    protection.seal(message, 32, plain(37));
    assertThat(Octets.of(message, 32, message.length - 32)).isEqualTo(Octets.hex(word[1]));
    assertThat(protection(word[0]).open(message, 32)).isEqualTo(plain(37));
  }

  @ParameterizedTest
  @MethodSource("contents")
  void sizesAreTightAndChangesAreSeen(String line) {
    String words = line.split(" ")[0];
    SkProtection protection = protection(words);
    for (int size = 0; size < 70; size++) {
      int sealed = protection.sealedSize(size);
      assertThat(protection.plainSize(sealed)).isGreaterThanOrEqualTo(size);
      assertThat(protection.sealedSize(protection.plainSize(sealed))).isEqualTo(sealed);
      byte[] message = Arrays.copyOf(from(0, 36), 36 + sealed);
      protection.seal(message, 36, plain(size));
      assertThat(protection.open(message, 36)).isEqualTo(plain(size));
      int changed = new SplittableRandom(size).nextInt(message.length);
      message[changed] ^= 1;
      assertThat(protection.open(message, 36)).isNull();
    }
    for (int size = 0; size < 80; size++) {
      assertThat(protection.open(new byte[size], 32)).isNull();
    }
  }

  @Test
  void explicitIvsNeverRepeat() {
    SkProtection protection = protection("aes128gcm16");
    byte[] first = new byte[32 + protection.sealedSize(1)];
    byte[] second = first.clone();
    protection.seal(first, 32, new byte[1]);
    protection.seal(second, 32, new byte[1]);
    assertThat(Octets.of(first, 32, 8)).isEqualTo(Octets.number(0, 8));
    assertThat(Octets.of(second, 32, 8)).isEqualTo(Octets.number(1, 8));
  }

  @Test
  void destroyedKeysDoNothing() {
    SkProtection protection = protection("aes128gcm16");
    byte[] message = new byte[32 + protection.sealedSize(1)];
    protection.seal(message, 32, new byte[1]);
    protection.destroy();
    assertThat(protection.open(message, 32)).isNull();
    assertThatThrownBy(() -> protection.seal(message, 32, new byte[1]))
        .isInstanceOf(IllegalStateException.class);
  }
}
