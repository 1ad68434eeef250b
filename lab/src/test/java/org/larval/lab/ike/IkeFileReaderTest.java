package org.larval.lab.ike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.Identity;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Retransmission;
import org.larval.ike.crypto.Secret;
import org.larval.lab.file.LabFileException;

/** What {@code larval ike --config} reads, in both forms, and what it complains about. */
class IkeFileReaderTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  private IkeFile yaml(String text) {
    return IkeFileReader.parse(folder.resolve("gw.yaml"), text);
  }

  private IkeFile swanctl(String text) {
    return IkeFileReader.parse(folder.resolve("swanctl.conf"), text);
  }

  /** {@code dut.test} is issued by {@code ia}, which root has issued as it has {@code ib}. */
  @Test
  void intermediateCertificatesGoWithOurOwn() throws IOException {
    for (String name : List.of("root.crt", "ia.crt", "ib.crt", "dut.test.crt", "dut.test.key")) {
      Files.copy(Path.of("src/test/resources/ike/chain", name), folder.resolve(name));
    }
    IkeFile file =
        yaml(
            """
            connections:
              gw:
                remote-addrs: 192.0.2.1
                local: {auth: pubkey, id: dut.test, certs: dut.test.crt}
                remote: {auth: pubkey, id: peer.test}
            secrets: {private: {file: dut.test.key}}
            authorities: [root.crt]
            certs: [ib.crt, ia.crt]
            """);
    List<Certificate> chain = file.keyring().keys(List.of()).getFirst().chain();
    assertThat(chain.stream().map(one -> one.subject().toString()))
        .containsExactly("CN=dut.test", "CN=ia");
    assertThat(file.keyring().intermediates()).hasSize(2);
  }

  @Test
  void yaml() {
    IkeFile file =
        yaml(
            """
            connections:
              gw:
                local-addrs: 192.0.2.2
                remote-addrs: [192.0.2.1, 198.51.100.0/24]
                proposals: aes128gcm16-prfsha256-x25519
                rekey-time: 1h
                over-time: 5m
                dpd-delay: 30s
                childless: prefer
                ppk-id: q
                ppk-required: yes
                local: {auth: psk, id: a.test}
                remote: {auth: psk, id: b.test}
                children:
                  net:
                    local-ts: [10.1.0.0/16, "10.9.0.1[tcp/80-90]"]
                    start-action: trap
                    rekey-time: 30m
                    rekey-bytes: 500MB
            secrets:
              ike: {ids: [a.test, b.test], secret: 0x0102}
              ppk-1: {id: q, secret: 0sAQI=}
            settings: {retransmission: {first: 1s, tries: 2}, cookie-threshold: 0, port: 10500}
            """);
    Connection gw = file.connections().getFirst();
    assertThat(gw.lifetime().rekeyTime()).isEqualTo(3600 * SECOND);
    assertThat(gw.lifetime().lifeTime()).isEqualTo(3900 * SECOND);
    assertThat(gw.lifetime().randTime()).isEqualTo(300 * SECOND);
    assertThat(gw.childless()).isEqualTo(Connection.Childless.PREFER);
    assertThat(gw.remote()).hasSize(2);
    assertThat(gw.ppkRequired()).isTrue();
    assertThat(gw.localAuth().method()).isEqualTo(Authentication.Method.PSK);
    Child net = gw.children().getFirst();
    assertThat(net.local()).hasToString("[10.1.0.0/16, 10.9.0.1/32[6/80-90]]");
    assertThat(net.start()).isEqualTo(Child.Action.TRAP);
    assertThat(net.lifetime().lifeTime()).isEqualTo(33 * 60 * SECOND);
    assertThat(net.lifetime().lifeBytes()).isEqualTo(550_000_000);
    assertThat(file.settings().retransmission())
        .isEqualTo(new Retransmission(SECOND, 1.8, Long.MAX_VALUE, 2, Long.MAX_VALUE));
    assertThat(file.settings().cookieThreshold()).isZero();
    assertThat(file.port()).isEqualTo(10_500);
    assertThat(file.keyring().sharedBy(Identity.parse("a.test"), Identity.parse("b.test")))
        .isEqualTo(Secret.of((byte) 1, (byte) 2));
    assertThat(file.keyring().ppkOf("q")).isEqualTo(Secret.of((byte) 1, (byte) 2));
  }

  @Test
  void swanctlHasItsOwnUnitsAndDefaults() {
    IkeFile file =
        swanctl(
            """
            connections { gw {
              remote_addrs = %any
              rekey_time = 2h
              dpd_delay = 30
              keyingtries = 0
              dpd_timeout = 150s
              local-1 { auth = psk }
              remote-1 { auth = psk
                id = *.test }
              children { a_b { esp_proposals = aes128gcm16
                rekey_bytes = 1k
                dpd_action = clear
                start_action = trap|start } }
            } }
            secrets { ike-x { id-1 = %any
              secret = "words here" } }
            """);
    Connection gw = file.connections().getFirst();
    assertThat(gw.remote()).isEmpty();
    assertThat(gw.lifetime().rekeyTime()).isEqualTo(7200 * SECOND);
    assertThat(gw.lifetime().lifeTime()).isEqualTo(7920 * SECOND);
    assertThat(gw.dpdDelay()).isEqualTo(30 * SECOND);
    Child child = gw.children().getFirst();
    assertThat(child.name()).isEqualTo("a_b");
    assertThat(child.lifetime().rekeyBytes()).isEqualTo(1024);
    assertThat(child.lifetime().rekeyTime()).isEqualTo(3600 * SECOND);
    assertThat(child.start()).isEqualTo(Child.Action.START);
    assertThat(file.warnings()).hasSize(1).first().asString().contains(":6:3", "dpd_timeout");
    assertThat(file.keyring().sharedBy(Identity.parse("a.test"), Identity.parse("b.test")))
        .isEqualTo(Secret.of("words here".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whatWouldProtectLessIsAnError() {
    String conf = "connections { gw {\n  %s\n} }\n";
    for (String line :
        new String[] {
          "remote { groups = vips }",
          "remote { cert_policy = 1.2.3 }",
          "remote { revocation = strict }",
          "if_id_in = 7",
          "children { a { mark_out = 5 } }",
          "children { a { policies = no } }",
          "version = 1",
          "remote-1 { auth = psk }\n  remote-2 { auth = pubkey }",
          "remote { auth = pubkey-sha512 }",
          "remote { auth = psk\n pubkeys = x }",
          "local { auth = psk\n certs = none.pem }",
          "children { a { mode = pass } }",
          "children { a { local_ts = 10.0.0.1-10.0.0.9 } }",
          "proposals = aes128-md5-modp2048",
          "pools = none"
        }) {
      LabFileException complaint =
          catchThrowableOfType(LabFileException.class, () -> swanctl(conf.formatted(line)));
      assertThat(complaint).as(line).isNotNull();
      assertThat(complaint.where().line()).as(complaint.getMessage()).isGreaterThan(1);
    }
    assertThat(swanctl(conf.formatted("remote { revocation = relaxed }")).connections()).hasSize(1);
  }

  @Test
  void complaintsNameThePlaceAndNeverASecret() {
    complains("connections: {gw: {local-adrs: 1.2.3.4}}", ":1:", "did you mean 'local-addrs'?");
    complains("connections:\n  gw:\n    proposals: aes128-x", ":3:", "'x' names no algorithm");
    complains("secrets: {ike: {secret: 0xsesame}}", ":1:", "hexadecimal");
    complains("secrets: {door: {secret: sesame}}", ":1:", "ike, eap, ppk or private");
    complains("secrets: {private: {file: none.key}}", ":1:", "cannot be read");
    complains("secrets: {ike: {secret: [sesame]}}", ":1:", "no single value");
    complains("settings: {sa-miss: hope}", ":1:", "linux-queue");
    complains("connections: {gw: {reauth-time: 5}}", ":1:", "is not a duration");
  }

  private void complains(String text, String... words) {
    LabFileException complaint = catchThrowableOfType(LabFileException.class, () -> yaml(text));
    assertThat(complaint).as(text).isNotNull().hasMessageContainingAll(words);
    assertThat(complaint).hasMessageNotContaining("sesame");
  }

  /** What could never be authenticated is found before a peer comes; strongSwan only warns. */
  @Test
  void missingCredentialsAreComplainedAbout() {
    String psk = "local: {auth: psk, id: a}, remote: {auth: psk, id: b}";
    needs(psk, "", "no secret for a and b; add it under secrets: ike");
    needs(psk, "secrets: {ike: {ids: [c, d], secret: sesame}}", "no secret for a and b");
    needs("local: {auth: psk}, remote: {auth: psk}", "", "there is no preshared secret");
    needs("remote: {auth: psk}", "secrets: {ike: {secret: sesame}}", "no private key to sign with");
    String trust = "local: {auth: psk}, remote: {id: b}";
    needs(trust, "secrets: {ike: {secret: sesame}}", "no certificate of a peer would be trusted");
    String eap = "local: {auth: eap-mschapv2}, remote: {auth: psk}";
    needs(eap, "secrets: {ike: {secret: sesame}}", "no password for EAP");
    String ppk = psk + ", ppk-id: q, ppk-required: yes";
    needs(ppk, "secrets: {ike: {secret: sesame}}", "there is no ppk 'q'");
    assertThat(swanctl("connections { gw { local { auth = psk } } }").warnings())
        .hasSize(1)
        .first()
        .asString()
        .contains("swanctl.conf:1:15", "there is no preshared secret", "secrets: ike");
  }

  private void needs(String connection, String rest, String complaint) {
    complains("connections: {gw: {" + connection + "}}\n" + rest, ":1:15", "'gw'", complaint);
  }

  @Test
  void damagedFilesAreNamed() throws IOException {
    String file = "connections: {gw: {local: {certs: x.pem}}}";
    Files.writeString(folder.resolve("x.pem"), "-----BEGIN CERTIFICATE-----\nMIIBsesame");
    complains(file, "gw.yaml:1:35: ", "x.pem: the PEM file is malformed", "a whole certificate");
    Files.writeString(folder.resolve("x.pem"), "");
    complains(file, "x.pem: the certificate is not valid DER");
    Files.writeString(
        folder.resolve("x.pem"), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----");
    complains(file, "x.pem: ", "a whole certificate");
    Files.writeString(folder.resolve("k.pem"), "-----BEGIN PRIVATE KEY-----\nMC4CAQsesame");
    complains("secrets: {private: {file: k.pem}}", ":1:27", "k.pem: ", "a whole private key");
    complains("crls: k.pem", ":1:7", "k.pem: ", "a whole revocation list");
    complains("policy: none.33", ":1:9", "none.33", "name a policy");
    // a key in the place of another file is not told to anybody
    complains("policy: k.pem", "k.pem:");
    complains("-----BEGIN PRIVATE KEY-----\nMC4CAQsesame", ":1:1", "a group of keys");
    complains("secrets: {ike: sesame}", ":1:16", "a group of keys");
    complains(" \n", ":1:1", "the file is empty", "'connections'");
    Path latin = folder.resolve("latin.yaml");
    Files.write(latin, new byte[] {'#', (byte) 0xe9, '\n'});
    assertThat(catchThrowableOfType(LabFileException.class, () -> IkeFileReader.read(latin)))
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void whatCannotWorkTogetherIsRefused() {
    complains(
        "connections: {gw: {encap: yes, children: {net: {ah-proposals: sha256}}}}",
        ":1:27",
        "AH cannot go inside UDP");
    complains(
        "connections: {gw: {local-addrs: 192.0.2.1, remote-addrs: 'fd00::1'}}",
        ":1:59",
        "one family");
  }
}
