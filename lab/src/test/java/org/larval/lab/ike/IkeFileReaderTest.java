package org.larval.lab.ike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
}
