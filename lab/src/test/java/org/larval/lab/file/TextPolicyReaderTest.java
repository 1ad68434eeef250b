package org.larval.lab.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.Questions;
import org.larval.labels.policydb.SecurityServer;

/** Policies in YAML: what they come to, and what their mistakes are answered with. */
class TextPolicyReaderTest {
  /** What libsepol answered about the same policy as checkpolicy compiled it. */
  @Test
  void answersAsLibsepolDoesForTheSamePolicyInItsOwnLanguage() throws IOException {
    Questions questions = new Questions(new SecurityServer(policy(text("/policies/tiny.yaml"))));
    List<String> wrong = new ArrayList<>();
    int asked = 0;
    try (InputStream file = resource("/policies/tiny.33.answers.tsv.gz");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        asked++;
        if (!questions.answer(line).equals(line)) {
          wrong.add(line);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(asked).isGreaterThan(14_000);
  }

  @Test
  void needsNothingButRules() {
    SecurityServer server = server("policy: x\nrules: allow app_t web_t:packet { send recv };\n");
    assertThat(may(server, "app_t", "web_t", "send")).isTrue();
    assertThat(may(server, "app_t", "web_t", "forward_in")).isFalse();
    assertThat(may(server, "web_t", "app_t", "send")).isFalse();
  }

  @Test
  void deniesEverythingWithoutRules() {
    SecurityServer server = server("policy: x\nunknown: deny\ntypes: [a_t, b_t]\n");
    assertThat(server.policy().securityClass("packet")).isNotNull();
    assertThat(may(server, "a_t", "b_t", "send")).isFalse();
  }

  @Test
  void doesNotControlClassesThatNoRuleNames() {
    PolicyDb policy =
        server("policy: x\nmls: mcs\nclasses: {file: [read]}\nrules: allow a_t b_t:peer recv;\n")
            .policy();
    assertThat(policy.handleUnknown()).isEqualTo(PolicyDb.HandleUnknown.ALLOW);
    assertThat(policy.securityClass("peer")).isNotNull();
    assertThat(policy.securityClass("file")).isNotNull();
    assertThat(policy.securityClass("packet")).isNull();
  }

  @Test
  void expandsSetsAttributesAndSelf() {
    SecurityServer server =
        server(
            """
            policy: x
            types: {a_t: [domain], b_t: [domain], c_t: domain, p_t: []}
            rules:
              - allow { domain -c_t } self:packet recv;
              - allow ~{ a_t b_t } p_t:packet ~{ send recv };
            """);
    assertThat(may(server, "a_t", "a_t", "recv")).isTrue();
    assertThat(may(server, "a_t", "b_t", "recv")).isFalse();
    assertThat(may(server, "c_t", "c_t", "recv")).isFalse();
    assertThat(may(server, "c_t", "p_t", "relabelto")).isTrue();
    assertThat(may(server, "c_t", "p_t", "send")).isFalse();
    assertThat(may(server, "b_t", "p_t", "relabelto")).isFalse();
  }

  @Test
  void switchesConditionalRules() {
    SecurityServer server =
        server(
            """
            policy: x
            types: [a_t, p_t]
            booleans: {web: off, safe: on}
            rules: |
              if (web && safe) { allow a_t p_t:packet forward_in; }
            when:
              - if: "!web == safe"
                then: allow a_t p_t:packet send;
                else: [allow a_t p_t:packet recv;]
            """);
    // the compiler reads it as !(web == safe)
    assertThat(may(server, "a_t", "p_t", "send")).isTrue();
    assertThat(may(server, "a_t", "p_t", "recv")).isFalse();
    server.set(Map.of("web", true));
    assertThat(may(server, "a_t", "p_t", "send")).isFalse();
    assertThat(may(server, "a_t", "p_t", "recv")).isTrue();
    assertThat(may(server, "a_t", "p_t", "forward_in")).isTrue();
  }

  @Test
  void keepsConstrainedTypesApartByCategory() {
    PolicyDb policy =
        policy(
            """
            policy: x
            mls: mcs
            types: {vm_t: mcs_constrained_type, host_t: []}
            rules: allow { vm_t host_t } { vm_t host_t }:peer recv;
            """);
    SecurityServer server = new SecurityServer(policy);
    assertThat(hears(server, "vm_t:s0:c1,c2", "vm_t:s0:c1,c2")).isTrue();
    assertThat(hears(server, "vm_t:s0:c1,c2", "vm_t:s0:c1,c3")).isFalse();
    assertThat(hears(server, "vm_t:s0:c1.c9", "vm_t:s0:c1,c3")).isTrue();
    assertThat(hears(server, "host_t:s0", "host_t:s0:c5")).isTrue();
    assertThat(hears(server, "host_t:s0", "vm_t:s0:c5")).isFalse();
  }

  @Test
  void letsNobodyReadUpUnderMls() {
    SecurityServer server =
        server(
            """
            policy: x
            mls: mls
            sensitivities: {s0: public, s1: {alias: secret, categories: c0.c7}}
            categories: 16
            types: {a_t: [], reader_t: mlsnetread}
            rules: allow { a_t reader_t } a_t:peer recv;
            """);
    assertThat(hears(server, "a_t:public", "a_t:s0")).isTrue();
    assertThat(hears(server, "a_t:s0", "a_t:secret")).isFalse();
    assertThat(hears(server, "a_t:s1:c3", "a_t:s0:c3")).isTrue();
    assertThat(hears(server, "a_t:s1", "a_t:s0:c3")).isFalse();
    assertThat(hears(server, "reader_t:s0", "a_t:s1:c0.c7")).isTrue();
  }

  @Test
  void labelsPortsInterfacesAndAddresses() {
    Questions questions =
        new Questions(
            server(
                """
                policy: x
                types: [web_t, lan_t, hall_t, rest_t]
                ports:
                  - {tcp: 80, label: "system_u:object_r:web_t"}
                  - {tcp: 0-1023, udp: 53, label: "system_u:object_r:rest_t"}
                netifs:
                  eth0: "system_u:object_r:lan_t"
                  eth1: {label: "system_u:object_r:hall_t", packets: "system_u:object_r:rest_t"}
                nodes:
                  10.0.0.0/8: "system_u:object_r:lan_t"
                  10.7.0.0/16: "system_u:object_r:hall_t"
                  "fd00::/8": "system_u:object_r:web_t"
                """));
    String object = "\tsystem_u:object_r:";
    assertThat(questions.answer("port\t6\t80")).endsWith(object + "web_t");
    assertThat(questions.answer("port\t6\t81")).endsWith(object + "rest_t");
    assertThat(questions.answer("port\t17\t54")).endsWith(object + "port_t");
    assertThat(questions.answer("netif\teth0")).endsWith(object + "lan_t" + object + "lan_t");
    assertThat(questions.answer("netif\teth1")).endsWith(object + "hall_t" + object + "rest_t");
    assertThat(questions.answer("netif\teth9"))
        .endsWith(object + "netif_t" + object + "netlabel_peer_t");
    assertThat(questions.answer("node\t10.7.1.1")).endsWith(object + "hall_t");
    assertThat(questions.answer("node\t10.8.1.1")).endsWith(object + "lan_t");
    assertThat(questions.answer("node\t11.0.0.1")).endsWith(object + "node_t");
    assertThat(questions.answer("node\tfd12::1")).endsWith(object + "web_t");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "types: [a_t]~rules: allow a_t bb_t:packet send;|2:18|no type or attribute 'bb_t'",
        "types: [a_t]~rules:~  - allow a_t a_t:paket send;|3:19|no class 'paket'",
        "types: [a_t]~rules: %~  # one~  allow a_t self:packet { send get };|4:32|'get'",
        "types: [a_t, a_t]|1:14|declared twice",
        "types: {a_t: {atributes: [x]}}|1:15|did you mean 'attributes'",
        "types: [a_t]~roles: {r: [a_t, b_t]}|2:12|no type or attribute 'b_t'",
        "users: {u: none_r}|1:12|no role 'none_r'",
        "mls: mcs~users: {u: {roles: [], range: s0-s0:c9999}}|2:31|no category 'c9999'",
        "users: {u: {roles: [], range: s0}}|1:31|turn 'mls' on",
        "categories: 5|1:13|a policy without levels",
        "nodes: {10.0.0.0/8: \"system_u:object_r:lan_t\"}|1:22|no type 'lan_t'",
        "ports: [{tcp: 99999, label: \"system_u:object_r:port_t\"}]|1:15|no range of ports",
        "capabilities: [network_peer_control]|1:16|no capability",
        "rules: constrain packet send ( l1 dom );|1:39|a level such as h2",
        "rules: validatetrans packet ( t4 == x_t );|1:31|u1 u2 u3",
        "booleans: {b: maybe}|1:15|write on or off",
        "when: [{if: b %% c, then: allow a_t a_t:packet send;}]|1:13|no boolean 'b'",
      })
  void namesThePlaceOfAMistake(String text, String place, String what) {
    String yaml = text.replace('~', '\n').replace('%', '|') + "\npolicy: x\n";
    assertThatThrownBy(() -> TextPolicyReader.parse("p.yaml", yaml))
        .isInstanceOf(LabFileException.class)
        .hasMessageStartingWith("p.yaml:" + place + ":")
        .hasMessageContaining(what);
  }

  private static boolean may(SecurityServer server, String source, String target, String what) {
    return server.allowed(context(server, source), context(server, target), "packet", what);
  }

  private static boolean hears(SecurityServer server, String socket, String peer) {
    return server.allowed(context(server, socket), context(server, peer), "peer", "recv");
  }

  private static PolicyContext context(SecurityServer server, String type) {
    return server.policy().contexts().parse("system_u:system_r:" + type);
  }

  private static SecurityServer server(String text) {
    return new SecurityServer(policy(text));
  }

  private static PolicyDb policy(String text) {
    return TextPolicyReader.parse("p.yaml", text).build();
  }

  private static String text(String resource) throws IOException {
    try (InputStream file = resource(resource)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(TextPolicyReaderTest.class.getResourceAsStream(name));
  }
}
