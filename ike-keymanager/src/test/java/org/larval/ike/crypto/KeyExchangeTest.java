package org.larval.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bouncycastle.crypto.SecretWithEncapsulation;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.message.Octets;

class KeyExchangeTest {
  static Stream<String> lines(String name) throws IOException {
    try (InputStream in = KeyExchangeTest.class.getResourceAsStream("/crypto/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"));
    }
  }

  static Stream<String> curves() throws IOException {
    return lines("key-exchange.txt");
  }

  static Stream<String> groups() throws IOException {
    return lines("modp.txt");
  }

  private static KeyExchangeMethod method(String keyword) {
    return Stream.of(KeyExchangeMethod.values())
        .filter(one -> one.keyword().equals(keyword))
        .findFirst()
        .orElseThrow();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.length() % 2 == 0 ? digits : "0" + digits);
  }

  @ParameterizedTest
  @MethodSource("curves")
  void agreesWithOpenSsl(String line) throws KeyExchangeException {
    String[] word = line.split(" ");
    KeyExchangeMethod method = method(word[0]);
    byte[] key = hex(word[1]);
    if (method.kind() == KeyExchangeMethod.Kind.ECP) {
      // scalars are drawn as 0 to n-2
      key = new BigInteger(1, key).subtract(BigInteger.ONE).toByteArray();
    }
    KeyExchange ours = KeyExchange.initiate(method, new Fixed(key));
    assertThat(ours.publicValue()).isEqualTo(Octets.hex(word[2]));
    assertThat(ours.complete(Octets.hex(word[3]))).isEqualTo(Secret.of(hex(word[4])));
    KeyExchange.Response response =
        KeyExchange.respond(method, Octets.hex(word[3]), new Fixed(key));
    assertThat(response.publicValue()).isEqualTo(Octets.hex(word[2]));
    assertThat(response.sharedSecret()).isEqualTo(Secret.of(hex(word[4])));
  }

  @ParameterizedTest
  @MethodSource("groups")
  void agreesWithOpenSslModp(String line) throws Exception {
    String[] word = line.split(" ");
    KeyExchangeMethod method = method(word[0]);
    KeyExchange ours = KeyExchange.initiate(method, new Fixed(hex(word[1])));
    assertThat(sha256(ours.publicValue().toArray())).isEqualTo(word[2]);
    byte[] peer = Modp.fixed(new BigInteger(word[3], 16), method.responderSize());
    assertThat(sha256(ours.complete(Octets.of(peer)).toArray())).isEqualTo(word[4]);
  }

  private static String sha256(byte[] octets) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
  }

  @ParameterizedTest
  @EnumSource(KeyExchangeMethod.class)
  void bothEndsAgreeOrTheMethodIsRefused(KeyExchangeMethod method) throws KeyExchangeException {
    if (method == KeyExchangeMethod.NONE || method.status() == Status.REFUSED) {
      assertThatThrownBy(() -> KeyExchange.initiate(method, new SplittableRandom(1)))
          .isInstanceOf(IllegalArgumentException.class);
      return;
    }
    KeyExchange initiator = KeyExchange.initiate(method, new SplittableRandom(1));
    assertThat(KeyExchange.initiate(method, new SplittableRandom(1)).publicValue())
        .isEqualTo(initiator.publicValue());
    Octets ours = initiator.publicValue();
    KeyExchange.Response answer = KeyExchange.respond(method, ours, new SplittableRandom(2));
    assertThat(KeyExchange.respond(method, ours, new SplittableRandom(2))).isEqualTo(answer);
    assertThat(ours.size()).isEqualTo(method.initiatorSize());
    assertThat(answer.publicValue().size()).isEqualTo(method.responderSize());
    assertThat(initiator.complete(answer.publicValue())).isEqualTo(answer.sharedSecret());
    for (int size : new int[] {0, 1, method.responderSize() - 1, method.responderSize() + 1}) {
      assertThatThrownBy(() -> initiator.complete(Octets.of(new byte[size])))
          .isInstanceOf(KeyExchangeException.class);
      assertThatThrownBy(
              () -> KeyExchange.respond(method, Octets.of(new byte[size]), new SplittableRandom(1)))
          .isInstanceOf(KeyExchangeException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
      })
  void refusesSmallOrderOnCurve25519(String point) {
    assertThatThrownBy(
            () ->
                KeyExchange.respond(
                    KeyExchangeMethod.X25519, Octets.hex(point), new SplittableRandom(3)))
        .hasMessageContaining("small order");
  }

  @Test
  void refusesSmallOrderOnCurve448() {
    byte[] one = new byte[56];
    one[0] = 1;
    for (byte[] point : new byte[][] {new byte[56], one}) {
      assertThatThrownBy(
              () ->
                  KeyExchange.respond(
                      KeyExchangeMethod.X448, Octets.of(point), new SplittableRandom(3)))
          .hasMessageContaining("small order");
    }
  }

  @Test
  void refusesValuesAtTheEdgesOfAPrimeGroup() {
    BigInteger prime = org.bouncycastle.crypto.agreement.DHStandardGroups.rfc3526_2048.getP();
    for (BigInteger bad :
        new BigInteger[] {
          BigInteger.ZERO,
          BigInteger.ONE,
          prime.subtract(BigInteger.ONE),
          prime,
          prime.add(BigInteger.ONE)
        }) {
      assertThatThrownBy(
              () ->
                  KeyExchange.respond(
                      KeyExchangeMethod.MODP_2048,
                      Octets.of(Modp.fixed(bad, 256)),
                      new SplittableRandom(4)))
          .hasMessageContaining("RFC 6989");
    }
  }

  @Test
  void refusesPointsOffTheCurve() {
    for (KeyExchangeMethod method :
        new KeyExchangeMethod[] {KeyExchangeMethod.ECP_256, KeyExchangeMethod.BRAINPOOL_384}) {
      byte[] good = KeyExchange.initiate(method, new SplittableRandom(5)).publicValue().toArray();
      byte[] moved = good.clone();
      moved[moved.length - 1] ^= 1;
      byte[] high = new byte[good.length];
      Arrays.fill(high, (byte) 0xff);
      for (byte[] bad : new byte[][] {moved, high, new byte[good.length]}) {
        assertThatThrownBy(
                () -> KeyExchange.respond(method, Octets.of(bad), new SplittableRandom(6)))
            .isInstanceOf(KeyExchangeException.class)
            .hasMessageContaining("RFC 6989");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"})
  void mlKemAgreesWithAnotherImplementation(KeyExchangeMethod method) throws Exception {
    MLKEMParameters parameters =
        switch (method) {
          case ML_KEM_512 -> MLKEMParameters.ml_kem_512;
          case ML_KEM_768 -> MLKEMParameters.ml_kem_768;
          default -> MLKEMParameters.ml_kem_1024;
        };
    KeyExchange ours = KeyExchange.initiate(method, new SplittableRandom(7));
    SecretWithEncapsulation theirs =
        new MLKEMGenerator(DoorRandom.of(new SplittableRandom(8)))
            .generateEncapsulated(
                new MLKEMPublicKeyParameters(parameters, ours.publicValue().toArray()));
    assertThat(ours.complete(Octets.of(theirs.getEncapsulation())))
        .isEqualTo(Secret.of(theirs.getSecret()));
    byte[] changed = theirs.getEncapsulation().clone();
    changed[9] ^= 1;
    // implicit rejection: another secret, no error
    assertThat(ours.complete(Octets.of(changed))).isNotEqualTo(Secret.of(theirs.getSecret()));

    var generator = new org.bouncycastle.crypto.generators.MLKEMKeyPairGenerator();
    generator.init(
        new org.bouncycastle.crypto.params.MLKEMKeyGenerationParameters(
            DoorRandom.of(new SplittableRandom(9)), parameters));
    var pair = generator.generateKeyPair();
    byte[] key = ((MLKEMPublicKeyParameters) pair.getPublic()).getEncoded();
    KeyExchange.Response response =
        KeyExchange.respond(method, Octets.of(key), new SplittableRandom(10));
    byte[] opened =
        new MLKEMExtractor(
                (org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters) pair.getPrivate())
            .extractSecret(response.publicValue().toArray());
    assertThat(response.sharedSecret()).isEqualTo(Secret.of(opened));

    key[0] = (byte) 0xff;
    key[1] |= 0x0f;
    assertThatThrownBy(() -> KeyExchange.respond(method, Octets.of(key), new SplittableRandom(10)))
        .hasMessageContaining("FIPS 203");
  }
}
