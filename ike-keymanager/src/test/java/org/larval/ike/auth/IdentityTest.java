package org.larval.ike.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.message.Octets;

class IdentityTest {
  @ParameterizedTest
  @CsvSource({
    "a.test, 2, 612e74657374",
    "@a.test, 2, 612e74657374",
    "user@x, 3, 757365724078",
    "@@user@x, 3, 757365724078",
    "@#0aFF, 11, 0aff",
    "keyid:abc, 11, 616263",
    "keyid:#00:01, 11, 0001",
    "10.0.0.1, 1, 0a000001",
    "ipv4:10.0.0.1, 1, 0a000001",
    "2001:db8::1, 5, 20010db8000000000000000000000001",
    "::ffff:1.2.3.4x, 11, 3a3a666666663a312e322e332e3478",
    "fqdn:10.0.0.1, 2, 31302e302e302e31",
    "%any, 0, ''",
    "0.0.0.0, 0, ''",
    "a=b=, 11, 613d623d",
    "999.1.1.1, 2, 3939392e312e312e31"
  })
  void kindsAsStrongSwanGuessesThem(String text, int kind, String data) {
    assertThat(Identity.parse(text)).isEqualTo(new Identity(kind, Octets.hex(data)));
  }

  /** What OpenSSL wrote into a certificate for the same name. */
  @Test
  void distinguishedNames() throws CredentialException {
    Certificate certificate =
        Credentials.certificates(org.larval.ike.golden.GoldenExchange.read("pki/ca-rsa/a.test.crt"))
            .getFirst();
    for (String text :
        new String[] {
          "C=XX, O=interop, CN=a.test",
          "asn1dn:C=XX,O=interop,CN=a.test",
          "/C=XX/O=interop/CN=a.test"
        }) {
      assertThat(certificate.subject().matches(Identity.parse(text))).isEqualTo(Identity.PERFECT);
    }
    assertThat(certificate.subject().matches(Identity.parse("C=XX, O=Interop, CN=*")))
        .isEqualTo(19);
    assertThat(certificate.subject().matches(Identity.parse("C=*, O=*, CN=*"))).isEqualTo(17);
    assertThat(certificate.subject().matches(Identity.parse("C=XX, CN=*, O=interop"))).isZero();
    assertThat(certificate.subject().matches(Identity.parse("O=interop, CN=*"))).isZero();
    assertThat(certificate.subject().matches(Identity.parse("C=XX, O=interop, CN=*.test")))
        .isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, a.test, 20",
    "A.Test, a.test, 20",
    "a.test, *.test, 19",
    "a.b.test, *.test, 19",
    "atest, *.test, 0",
    "a.test, %any, 1",
    "u@x.test, *@x.test, 19",
    "u@x.test, a.test, 0",
    "10.0.0.1, 10.0.0.1, 20",
    "10.0.0.1, 10.0.0.2, 0",
    "keyid:A, keyid:a, 0"
  })
  void patterns(String who, String pattern, int score) {
    assertThat(Identity.parse(who).matches(Identity.parse(pattern))).isEqualTo(score);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.test",
        "user@x",
        "10.0.0.1",
        "2001:db8:0:0:0:0:0:1",
        "keyid:abc",
        "keyid:#0001",
        "C=XX, O=interop, CN=a.test",
        "C=XX, O=a\\,b, CN=x",
        "%any",
        "%null",
        "fqdn:10.0.0.1"
      })
  void textComesBack(String text) {
    Identity identity = Identity.parse(text);
    assertThat(identity.toString()).isEqualTo(text);
    assertThat(Identity.parse(identity.toString())).isEqualTo(identity);
  }

  @Test
  void badText() {
    for (String text : new String[] {"ipv4:a", "ipv6:10.0.0.1", "@#xyz", "asn1dn:nonsense"}) {
      assertThatThrownBy(() -> Identity.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
    // what a peer sends may be anything
    assertThat(new Identity(Identity.FQDN, Octets.hex("0a1b")).toString()).isEqualTo("fqdn:#0a1b");
    assertThat(new Identity(Identity.IPV4_ADDR, Octets.hex("0a")).toString())
        .isEqualTo("id-type-1:#0a");
    assertThat(new Identity(Identity.DER_ASN1_DN, Octets.hex("0a")).toString())
        .isEqualTo("asn1dn:#0a");
    assertThat(new Identity(77, Octets.hex("0a")).toString()).isEqualTo("id-type-77:#0a");
  }
}
