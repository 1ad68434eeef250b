package org.larval.ike.sa;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.ChildParameters;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Protocol;
import org.larval.wire.Prefix;

/** Two of our hosts: the initial exchanges, rekeying, deletion. */
class FirstExchangesTest {
  private static final TwoHosts.Network STREET = (from, now, number) -> 10 * TwoHosts.MS;

  static Connection.Builder connection(boolean ofA, String ike, String esp) {
    Authentication a = new Authentication(Authentication.Method.PSK, Identity.parse("a.test"));
    Authentication b = new Authentication(Authentication.Method.PSK, Identity.parse("b.test"));
    Prefix innerA = Prefix.parse("10.1.0.0/16");
    Prefix innerB = Prefix.parse("10.2.0.0/16");
    Child child =
        Child.named("net")
            .local(List.of(TrafficSpec.of(ofA ? innerA : innerB)))
            .remote(List.of(TrafficSpec.of(ofA ? innerB : innerA)))
            .proposals(Proposals.parse(Protocol.ESP, esp))
            .reqid(7)
            .build();
    return Connection.named("gw", ofA ? a : b, ofA ? b : a)
        .between(
            List.of(Prefix.host(ofA ? TwoHosts.A : TwoHosts.B)),
            List.of(Prefix.host(ofA ? TwoHosts.B : TwoHosts.A)))
        .proposals(Proposals.parse(Protocol.IKE, ike))
        .children(List.of(child));
  }

  static Keyring psk() {
    return new Keyring()
        .shared(
            List.of(Identity.parse("a.test"), Identity.parse("b.test")),
            Secret.of("interop-psk".getBytes(StandardCharsets.UTF_8)));
  }

  static TwoHosts hosts(String ike, String esp) {
    return new TwoHosts(
        connection(true, ike, esp).build(),
        connection(false, ike, esp).build(),
        Settings.DEFAULT,
        psk(),
        STREET,
        1);
  }

  static void agree(TwoHosts hosts, int children) {
    assertThat(hosts.a.established()).as(hosts.story()).hasSize(1);
    assertThat(hosts.b.established()).as(hosts.story()).hasSize(1);
    assertThat(hosts.a.inbound).as(hosts.story()).hasSize(children);
    assertThat(hosts.a.inbound.keySet()).isEqualTo(hosts.b.outbound.keySet());
    assertThat(hosts.b.inbound.keySet()).isEqualTo(hosts.a.outbound.keySet());
    for (ChildParameters ours : hosts.a.outbound.values()) {
      ChildParameters theirs = hosts.b.inbound.get(ours.outboundSpi());
      assertThat(theirs).isNotNull();
      assertThat(theirs.keys()).isEqualTo(ours.keys());
      assertThat(theirs.initiator()).isNotEqualTo(ours.initiator());
      assertThat(theirs.localSelectors()).isEqualTo(ours.remoteSelectors());
      assertThat(ours.encapsulated()).as("there is no NAT").isFalse();
      assertThat(theirs.encapsulated()).isFalse();
    }
  }

  @Test
  void anSpiIsAwaitedUntilItsAnswerComes() {
    TwoHosts hosts = hosts("aes128gcm16-prfsha256-x25519", "aes128gcm16");
    assertThat(hosts.a.engine.initiate(0, "gw", "net", hosts.a)).isTrue();
    hosts.run(35 * TwoHosts.MS);
    int spi = hosts.b.outbound.keySet().iterator().next();
    assertThat(hosts.a.inbound).doesNotContainKey(spi);
    assertThat(hosts.a.engine.awaits(spi)).isTrue();
    assertThat(hosts.b.engine.awaits(hosts.b.inbound.keySet().iterator().next())).isFalse();
    hosts.run(TwoHosts.SECOND);
    assertThat(hosts.a.inbound).containsKey(spi);
    assertThat(hosts.a.engine.awaits(spi)).isFalse();
    hosts.a.engine.terminate(hosts.now, "gw", hosts.a);
    hosts.run(2 * TwoHosts.SECOND);
    assertThat(hosts.a.engine.awaits(spi)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aes128gcm16-prfsha256-x25519 aes128gcm16",
        "aes256-sha256-modp2048 aes256-sha256",
        "chacha20poly1305-prfsha256-ecp256 chacha20poly1305-x25519",
        "aes256gcm16-prfsha384-ecp384-ke1_mlkem768 aes256gcm16-x25519-ke1_mlkem768",
        "aes128-sha256-curve448-ke1_mlkem512-ke2_mlkem1024 aes128-sha256-esn"
      })
  void setUpRekeyAndEnd(String words) {
    String ike = words.substring(0, words.indexOf(' '));
    TwoHosts hosts = hosts(ike, words.substring(words.indexOf(' ') + 1));
    assertThat(hosts.a.engine.initiate(0, "gw", "net", hosts.a)).isTrue();
    hosts.run(5 * TwoHosts.SECOND);
    agree(hosts, 1);
    // a successor of the child, asked for by either end
    hosts.a.engine.rekeyChild(hosts.now, "gw", "net", hosts.a);
    hosts.run(20 * TwoHosts.SECOND);
    agree(hosts, 1);
    hosts.b.engine.rekeyChild(hosts.now, "gw", "net", hosts.b);
    hosts.run(40 * TwoHosts.SECOND);
    agree(hosts, 1);
    // a successor of the IKE SA, asked for by either end
    hosts.b.engine.rekeyIke(hosts.now, "gw", hosts.b);
    hosts.run(50 * TwoHosts.SECOND);
    agree(hosts, 1);
    hosts.a.engine.rekeyIke(hosts.now, "gw", hosts.a);
    hosts.run(60 * TwoHosts.SECOND);
    agree(hosts, 1);
    hosts.a.engine.rekeyChild(hosts.now, "gw", "net", hosts.a);
    hosts.run(80 * TwoHosts.SECOND);
    agree(hosts, 1);
    hosts.b.engine.terminate(hosts.now, "gw", hosts.b);
    hosts.run(90 * TwoHosts.SECOND);
    assertThat(hosts.a.engine.status()).as(hosts.story()).isEmpty();
    assertThat(hosts.b.engine.status()).isEmpty();
    assertThat(hosts.a.inbound).isEmpty();
    assertThat(hosts.b.outbound).isEmpty();
  }

  @Test
  void theResponderWantsAnotherGroup() {
    TwoHosts hosts =
        new TwoHosts(
            connection(true, "aes128gcm16-prfsha256-ecp256-x25519", "aes128gcm16").build(),
            connection(false, "aes128gcm16-prfsha256-x25519", "aes128gcm16").build(),
            Settings.DEFAULT,
            psk(),
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(5 * TwoHosts.SECOND);
    agree(hosts, 1);
    assertThat(hosts.story()).contains("the peer wants x25519");
  }

  @Test
  void theResponderWantsACookie() {
    TwoHosts hosts =
        new TwoHosts(
            connection(true, "aes128gcm16-prfsha256-x25519", "aes128gcm16").build(),
            connection(false, "aes128gcm16-prfsha256-x25519", "aes128gcm16").build(),
            Settings.with().cookieThreshold(0).build(),
            psk(),
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(5 * TwoHosts.SECOND);
    agree(hosts, 1);
    assertThat(hosts.story()).contains("the peer wants a cookie");
  }

  @Test
  void aWrongSecretIsToldAndLeavesNothing() {
    Keyring other =
        new Keyring().shared(List.of(), Secret.of("other".getBytes(StandardCharsets.UTF_8)));
    TwoHosts hosts =
        new TwoHosts(
            connection(true, "aes128gcm16-prfsha256-x25519", "aes128gcm16").build(),
            connection(false, "aes128gcm16-prfsha256-x25519", "aes128gcm16").build(),
            Settings.DEFAULT,
            psk(),
            other,
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(5 * TwoHosts.SECOND);
    assertThat(hosts.a.engine.status()).as(hosts.story()).isEmpty();
    assertThat(hosts.b.engine.status()).isEmpty();
    assertThat(hosts.story()).contains("AUTHENTICATION_FAILED");
  }

  @Test
  void labelsMustBeEqualInSimpleMode() {
    String label = "system_u:object_r:secret_t:s0";
    for (String theirs : List.of(label, "system_u:object_r:other_t:s0", "")) {
      TwoHosts hosts =
          new TwoHosts(
              labelled(true, label), labelled(false, theirs), Settings.DEFAULT, psk(), STREET, 1);
      hosts.a.engine.initiate(0, "gw", "net", hosts.a);
      hosts.run(5 * TwoHosts.SECOND);
      agree(hosts, theirs.equals(label) ? 1 : 0);
    }
  }

  private static Connection labelled(boolean ofA, String label) {
    Connection plain = connection(ofA, "aes128gcm16-prfsha256-x25519", "aes128gcm16").build();
    Child child = plain.children().getFirst();
    return connection(ofA, "aes128gcm16-prfsha256-x25519", "aes128gcm16")
        .children(
            List.of(
                Child.named("net")
                    .local(child.local())
                    .remote(child.remote())
                    .proposals(child.proposals())
                    .label(label.isEmpty() ? null : label, Child.LabelMode.SIMPLE)
                    .build()))
        .build();
  }
}
