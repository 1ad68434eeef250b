package org.larval.ike.sa;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Authentication.Method;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.crypto.Secret;

/** The ways in which two of our hosts can prove who they are, and what is said when they cannot. */
class AuthenticationTest {
  private static final String IKE = "aes128gcm16-prfsha256-x25519";
  private static final Identity A = Identity.parse("a.test");
  private static final Identity B = Identity.parse("b.test");
  private static final TwoHosts.Network STREET = (from, now, number) -> 10 * TwoHosts.MS;

  private static Connection connection(
      boolean ofA, Authentication a, Authentication b, Consumer<Connection.Builder> more) {
    Connection plain = FirstExchangesTest.connection(ofA, IKE, "aes128gcm16").build();
    Connection.Builder builder =
        Connection.named("gw", ofA ? a : b, ofA ? b : a)
            .between(plain.local(), plain.remote())
            .proposals(plain.proposals())
            .children(plain.children());
    more.accept(builder);
    return builder.build();
  }

  private static TwoHosts hosts(
      Authentication a,
      Authentication b,
      Keyring ringA,
      Keyring ringB,
      Consumer<Connection.Builder> more) {
    TwoHosts hosts =
        new TwoHosts(
            connection(true, a, b, more),
            connection(false, a, b, more),
            Settings.with().fragmentSize(576).build(),
            ringA,
            ringB,
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(10 * TwoHosts.SECOND);
    return hosts;
  }

  private static void refused(TwoHosts hosts, String why) {
    // a responder that is told nothing forgets what is half-open
    hosts.run(60 * TwoHosts.SECOND);
    assertThat(hosts.a.engine.status()).as(hosts.story()).isEmpty();
    assertThat(hosts.b.engine.status()).as(hosts.story()).isEmpty();
    assertThat(hosts.a.inbound).isEmpty();
    assertThat(hosts.b.inbound).isEmpty();
    assertThat(hosts.story()).contains(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void certificates(String algorithm) throws Exception {
    Authority authority = new Authority(algorithm);
    TwoHosts hosts =
        hosts(
            new Authentication(Method.PUBKEY, A),
            new Authentication(Method.PUBKEY, B),
            new Keyring().own(authority.issue("a.test", -1, 1)).anchor(authority.certificate()),
            new Keyring().own(authority.issue("b.test", -1, 1)).anchor(authority.certificate()),
            more -> {});
    FirstExchangesTest.agree(hosts, 1);
    assertThat(hosts.story()).contains("CERT");
  }

  @Test
  void anExpiredCertificateIsRefusedWithItsReason() throws Exception {
    Authority authority = new Authority("EC");
    Keyring good =
        new Keyring().own(authority.issue("b.test", -1, 1)).anchor(authority.certificate());
    Keyring late =
        new Keyring().own(authority.issue("a.test", -5, -2)).anchor(authority.certificate());
    Authentication a = new Authentication(Method.PUBKEY, A);
    Authentication b = new Authentication(Method.PUBKEY, B);
    refused(hosts(a, b, late, good, more -> {}), "expired");
    Keyring early =
        new Keyring().own(authority.issue("b.test", 2, 5)).anchor(authority.certificate());
    Keyring goodA =
        new Keyring().own(authority.issue("a.test", -1, 1)).anchor(authority.certificate());
    // here it is the initiator who does not believe, and tells it
    refused(hosts(a, b, goodA, early, more -> {}), "not valid before");
  }

  @Test
  void aCertificateOfSomebodyElse() throws Exception {
    Authority authority = new Authority("EC");
    Keyring.Own other = authority.issue("c.test", -1, 1);
    Keyring ringA =
        new Keyring()
            .own(new Keyring.Own("a.test", other.key(), List.of()))
            .anchor(authority.certificate());
    Keyring ringB =
        new Keyring().own(authority.issue("b.test", -1, 1)).anchor(authority.certificate());
    refused(
        hosts(
            new Authentication(Method.PUBKEY, A),
            new Authentication(Method.PUBKEY, B),
            ringA,
            ringB,
            more -> {}),
        "shows no certificate");
  }

  @Test
  void rawPublicKeys() throws Exception {
    Authority keys = new Authority("EC");
    Keyring.Own a = keys.issue("a.test", -1, 1);
    Keyring.Own b = keys.issue("b.test", -1, 1);
    FirstExchangesTest.agree(
        hosts(
            new Authentication(Method.PUBKEY, A),
            new Authentication(Method.PUBKEY, B),
            new Keyring().own(new Keyring.Own("a", a.key(), List.of())).raw(B, b.key().publicKey()),
            new Keyring().own(new Keyring.Own("b", b.key(), List.of())).raw(A, a.key().publicKey()),
            more -> {}),
        1);
  }

  @Test
  void nobodyAtAll() {
    Authentication nobody = new Authentication(Method.NULL, Identity.NOBODY);
    FirstExchangesTest.agree(hosts(nobody, nobody, new Keyring(), new Keyring(), more -> {}), 1);
    // but only where both are configured so
    TwoHosts hosts =
        new TwoHosts(
            connection(true, nobody, nobody, more -> {}),
            connection(false, new Authentication(Method.PSK, Identity.ANYBODY), nobody, more -> {}),
            Settings.DEFAULT,
            FirstExchangesTest.psk(),
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    refused(hosts, "proves itself by null");
  }

  @Test
  void eapMschapv2BehindACertificate() throws Exception {
    Authority authority = new Authority("EC");
    Authentication a = new Authentication(Method.EAP_MSCHAPV2, A, "alice", List.of());
    Authentication b = new Authentication(Method.PUBKEY, B);
    Keyring ringB =
        new Keyring()
            .own(authority.issue("b.test", -1, 1))
            .eap("alice", Secret.of("Wonderland".getBytes(StandardCharsets.UTF_8)));
    Keyring ringA =
        new Keyring()
            .anchor(authority.certificate())
            .eap("alice", Secret.of("Wonderland".getBytes(StandardCharsets.UTF_8)));
    FirstExchangesTest.agree(hosts(a, b, ringA, ringB, more -> {}), 1);
    Keyring wrong =
        new Keyring()
            .anchor(authority.certificate())
            .eap("alice", Secret.of("Looking-glass".getBytes(StandardCharsets.UTF_8)));
    refused(hosts(a, b, wrong, ringB, more -> {}), "IKE SA failed");
  }

  @Test
  void eapTlsAlone() throws Exception {
    Authority authority = new Authority("EC");
    Authentication a = new Authentication(Method.EAP_TLS, A);
    Authentication b = new Authentication(Method.EAP_TLS, B);
    FirstExchangesTest.agree(
        hosts(
            a,
            b,
            new Keyring().own(authority.issue("a.test", -1, 1)).anchor(authority.certificate()),
            new Keyring().own(authority.issue("b.test", -1, 1)).anchor(authority.certificate()),
            more -> {}),
        1);
  }

  @Test
  void postQuantumPresharedKeys() {
    Authentication a = new Authentication(Method.PSK, A);
    Authentication b = new Authentication(Method.PSK, B);
    Secret key = Secret.of("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8));
    Keyring with = FirstExchangesTest.psk().ppk("ppk", key);
    Keyring without = FirstExchangesTest.psk();
    Keyring other =
        FirstExchangesTest.psk().ppk("ppk", Secret.of("x".getBytes(StandardCharsets.UTF_8)));
    FirstExchangesTest.agree(hosts(a, b, with, with, more -> more.ppk("ppk", true)), 1);
    FirstExchangesTest.agree(hosts(a, b, with, with, more -> more.ppk("ppk", false)), 1);
    // who has none falls back if both may
    FirstExchangesTest.agree(hosts(a, b, with, without, more -> more.ppk("ppk", false)), 1);
    refused(hosts(a, b, with, without, more -> more.ppk("ppk", true)), "post-quantum");
    refused(hosts(a, b, with, other, more -> more.ppk("ppk", true)), "AUTHENTICATION_FAILED");
  }

  @Test
  void noNameNoService() {
    refused(
        hosts(
            new Authentication(Method.PSK, Identity.parse("c.test")),
            new Authentication(Method.PSK, B),
            new Keyring(),
            FirstExchangesTest.psk(),
            more -> {}),
        "there is no shared secret");
  }
}
