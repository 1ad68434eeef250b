package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.larval.labels.policydb.ConstraintNode.Operand;

/** What an engine asks of a policy besides what CorpusTest covers. */
class SecurityServerTest {
  private final SecurityServer server = TinyPolicies.server("tiny.33");
  private final PolicyDb policy = server.policy();

  private int securityClass(String name) {
    return Objects.requireNonNull(policy.securityClass(name)).value();
  }

  @Test
  void everyChangeOfABooleanCounts() {
    assertThat(server.sequence()).isEqualTo(1);
    assertThat(server.bool("verbose_net")).isTrue();
    PolicyContext browser = server.context("staff_u:user_r:internal_browser_t:s0");
    PolicyContext packet = server.context("system_u:object_r:dmz_packet_t:s0");
    assertThat(server.allowed(browser, packet, "packet", "send")).isFalse();
    server.set(Map.of("allow_browser_dmz", true));
    assertThat(server.sequence()).isEqualTo(2);
    assertThat(server.allowed(browser, packet, "packet", "send")).isTrue();
    server.set(Map.of("allow_browser_dmz", false));
    assertThat(server.allowed(browser, packet, "packet", "send")).isFalse();
    assertThatThrownBy(() -> server.set(Map.of("secure_mode", true, "none", true)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no boolean 'none' in this policy");
    assertThat(server.bool("secure_mode")).isFalse();
    assertThat(server.sequence()).isEqualTo(3);
  }

  @Test
  void thePolicySaysWhatBecomesOfUnknownNames() {
    Map<String, List<String>> needed =
        Map.of("packet", List.of("send", "flow_in"), "io_uring", List.of("cmd"));
    for (String name : List.of("tiny.33", "tiny.24", "tiny-nomls.33")) {
      SecurityServer other = TinyPolicies.server(name);
      PolicyContext kernel = Objects.requireNonNull(other.policy().objects().initial(1));
      boolean granted = name.equals("tiny.24");
      assertThat(other.allowed(kernel, kernel, "io_uring", "cmd")).isEqualTo(granted);
      assertThat(other.allowed(kernel, kernel, "packet", "flow_in")).isEqualTo(granted);
      assertThat(other.unknown(needed)).containsExactlyInAnyOrder("io_uring", "packet:flow_in");
    }
    assertThat(TinyPolicies.policy("tiny-nomls.33").handleUnknown())
        .isEqualTo(PolicyDb.HandleUnknown.REJECT);
  }

  @Test
  void aPermissiveTypeIsMarked() {
    AccessVector vector = new AccessVector();
    PolicyContext debug = server.context("staff_u:netadm_r:debug_t:s0");
    PolicyContext packet = server.context("system_u:object_r:dmz_packet_t:s0");
    server.decide(debug, packet, securityClass("packet"), vector);
    assertThat(vector.permissive()).isTrue();
    assertThat(vector.allowed()).isZero();
    server.decide(packet, debug, securityClass("packet"), vector);
    assertThat(vector.permissive()).isFalse();
  }

  @Test
  void namesTheConstraintThatWithholds() {
    PolicyContext one = server.context("system_u:system_r:svirt_t:s0:c1,c2");
    PolicyContext other = server.context("system_u:system_r:svirt_t:s0:c3,c4");
    AccessVector vector = new AccessVector();
    server.decide(one, other, securityClass("peer"), vector);
    assertThat(vector.granted()).isEqualTo(1);
    assertThat(vector.unconstrained()).isZero();
    List<Constraint> withholding =
        server.withholding(one, other, securityClass("peer"), vector.granted());
    assertThat(withholding).hasSize(2);
    assertThat(withholding)
        .anySatisfy(
            constraint ->
                assertThat(constraint.nodes())
                    .extracting(ConstraintNode::operand)
                    .contains(Operand.H1_H2));
  }

  @Test
  void listsTheRulesBetweenTwoTypes() {
    NameTable types = policy.types().names();
    List<TypeRule> rules =
        server.rules(
            types.value("internal_browser_t"),
            types.value("dmz_packet_t"),
            securityClass("packet"));
    assertThat(rules)
        .extracting(rule -> rule.kind().word() + " " + types.name(rule.source()))
        .containsExactlyInAnyOrder(
            "allow browser_domain", "auditallow internal_browser_t", "dontaudit browser_domain");
    assertThat(rules).filteredOn(rule -> server.enabled(rule.conditional())).hasSize(1);
    assertThat(rules).extracting(TypeRule::data).containsExactlyInAnyOrder(3, 1, 3);
  }

  @Test
  void aNameDecidesATransition() {
    PolicyContext init = server.context("system_u:system_r:init_t:s0");
    PolicyContext file = server.context("system_u:object_r:file_t:s0");
    int kind = securityClass("file");
    assertThat(text(server.transition(init, file, kind, "net.conf")))
        .isEqualTo("system_u:object_r:security_t:s0");
    assertThat(text(server.transition(init, file, kind, "other.conf")))
        .isEqualTo("system_u:object_r:file_t:s0");
    PolicyContext named = server.context("root:system_r:named_t:s0");
    assertThat(text(server.transition(named, file, kind, "net.conf")))
        .isEqualTo("system_u:object_r:fs_t:s0");
    assertThat(TinyPolicies.policy("tiny.32").transitions().filenameTransitions())
        .hasSize(5)
        .allSatisfy(rule -> assertThat(rule.sources().size()).isEqualTo(1));
  }

  /** libsepol does not know which classes are sockets; the kernel does. */
  @Test
  void aSocketIsLabeledLikeAProcess() {
    PolicyContext init = server.context("system_u:system_r:init_t:s1-s2:c3");
    int kind = securityClass("rawip_socket");
    assertThat(text(server.transition(init, init, kind))).isEqualTo("system_u:object_r:init_t:s1");
    assertThat(text(server.socketTransition(init, init, kind)))
        .isEqualTo("system_u:system_r:init_t:s1-s2:c3");
  }

  @Test
  void membersOfAnAttributeAreItsTypes() {
    Types types = policy.types();
    int attribute = types.names().value("browser_domain");
    assertThat(types.isAttribute(attribute)).isTrue();
    assertThat(types.members(attribute))
        .containsExactlyInAnyOrder(
            types.names().value("internal_browser_t"), types.names().value("external_browser_t"));
    assertThat(types.members(types.names().value("empty_attribute"))).isEmpty();
  }

  private String text(@Nullable PolicyContext context) {
    return server.text(Objects.requireNonNull(context));
  }
}
