package org.larval.labels.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.labels.Decision;
import org.larval.labels.PolicyTextException;
import org.larval.labels.Sids;
import org.larval.labels.avc.LivePolicy;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.SecurityServer;

/** Rules as text, asked as the rooms of a lab ask them. */
class PolicyStatementsTest {
  private final Sids sids = new Sids();
  private final int app = sids.sid("system_u:system_r:app_t");
  private final int other = sids.sid("system_u:system_r:other_t");
  private final int spd = sids.sid("system_u:object_r:ipsec_spd_t");

  private static PolicyBuilder statements(String text) {
    PolicyBuilder builder = new PolicyBuilder(false);
    builder.openTypes();
    builder.statements(text);
    return builder;
  }

  private LoadedPolicy policy(String text) {
    PolicyBuilder builder = statements(text);
    builder.allClasses();
    for (String type : List.of("app_t", "other_t", "ipsec_spd_t", "late_t")) {
      if (!builder.knowsType(type)) {
        builder.type(type, List.of(), List.of());
      }
    }
    return new LoadedPolicy(new LivePolicy(builder.build(), true), sids, record -> {});
  }

  @Test
  void allowsWhatARuleAllowsAndNothingElse() {
    LoadedPolicy policy =
        policy(
            """
            # two domains
            allow { app_t other_t } ipsec_spd_t:association { polmatch };
            allow app_t self:association sendto; allow other_t app_t : peer *;
            """);
    assertThat(policy.allowed(app, spd, "association", "polmatch")).isTrue();
    assertThat(policy.allowed(other, spd, "association", "polmatch")).isTrue();
    assertThat(policy.allowed(app, app, "association", "sendto")).isTrue();
    assertThat(policy.allowed(other, app, "peer", "recv")).isTrue();
    assertThat(policy.allowed(other, other, "association", "sendto")).isFalse();
    assertThat(policy.allowed(app, other, "association", "sendto")).isFalse();
    assertThat(policy.allowed(app, spd, "association", "setcontext")).isFalse();
    assertThat(policy.allowed(spd, app, "association", "polmatch")).isFalse();
    assertThat(policy.allowed(app, app, "peer", "recv")).isFalse();
  }

  @Test
  void theRemedyOfADenialPermitsIt() {
    for (int target : new int[] {app, other, spd, Sids.NONE}) {
      Decision.Denied denied = (Decision.Denied) policy("").decide(app, target, "packet", "send");
      assertThat(denied.remedy()).startsWith("add the rule ");
      String rule = denied.remedy().substring("add the rule ".length());
      assertThat(policy(rule).allowed(app, target, "packet", "send")).isTrue();
    }
  }

  @Test
  void sidZeroIsUnlabeled() {
    LoadedPolicy policy = policy("allow app_t unlabeled_t:packet recv;");
    assertThat(policy.allowed(app, Sids.NONE, "packet", "recv")).isTrue();
    assertThat(policy.allowed(app, Sids.UNLABELED, "packet", "recv")).isTrue();
    assertThat(policy.allowed(Sids.NONE, app, "packet", "recv")).isFalse();
  }

  @Test
  void oneTypeMayBePermissive() {
    LoadedPolicy policy = policy("permissive other_t;");
    assertThat(policy.allowed(other, spd, "packet", "send")).isTrue();
    assertThat(policy.allowed(app, spd, "packet", "send")).isFalse();
  }

  @Test
  void aSidThatMeantNothingYetIsAskedAboutAnew() {
    LoadedPolicy policy = policy("allow app_t late_t:packet send;");
    int next = spd + 1;
    assertThat(policy.allowed(app, next, "packet", "send")).isFalse();
    assertThat(sids.sid("system_u:object_r:late_t")).isEqualTo(next);
    assertThat(policy.allowed(app, next, "packet", "send")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "alow a_t b_t:packet recv;            | 1  | 'alow' does not belong here  | allow,",
        "allow a_t b_t packet recv;           | 15 | 'packet'                     | ':'",
        "allow a_t b_t:pakcet recv;           | 15 | no class 'pakcet'            | packet, peer",
        "allow a_t b_t:packet reed;           | 22 | no permission of class 'packet' 'reed'"
            + " | send, recv",
        "allow a_t b_t:{packet peer} {recv send}; | 35 | of class 'peer' 'send' | recv",
        "allow a_t b_t:packet recv            | 26 | the text ends                | ';'",
        "allow a_t b_t:packet { recv          | 28 | the text ends                | '}'",
        "allow a_t b_t:packet { };            | 24 | 'packet' '}'                 | send",
        "allow % b_t:packet recv;             | 7  | '%' means nothing            | a name",
        "allow a_t b_t:packet recv, send;     | 26 | ',' does not belong here     | ';'",
        "type_transition a_t b_t:packet c_t \"x/y\"; | 36 | no name of a file | quotes",
        "type_transition a_t b_t:packet c_t \"x;   | 36 | no name of a file | quotes",
        "type_member a_t b_t:packet c_t \"x\";      | 32 | does not belong here | ';'",
        "allowxperm a_t b_t:packet ioctl 1;   | 27 | no permission of class 'packet' 'ioctl' |"
            + " send",
        "allowxperm a_t b_t:tcp_socket read 1; | 31 | 'read'                    | 'ioctl'",
        "allowxperm a_t b_t:tcp_socket ioctl 0x10000; | 37 | '0x10000'          | 0xffff",
        "allowxperm a_t b_t:tcp_socket ioctl { 7-5 }; | 43 | does not rise      | smaller",
        "permissive ;                         | 12 | ';'                          | letters",
      })
  void errorsSayWhereWhatAndWhatInstead(String text, int column, String wrong, String right) {
    PolicyTextException error =
        catchThrowableOfType(
            PolicyTextException.class, () -> statements("# first line\n\n" + text));
    assertThat(error.line()).isEqualTo(3);
    assertThat(error.column()).isEqualTo(column);
    assertThat(error).hasMessageStartingWith("line 3, column " + column + ": ");
    String[] parts = String.valueOf(error.getMessage()).split("; expected ", -1);
    assertThat(parts[0]).contains(wrong);
    assertThat(parts[1]).contains(right);
  }

  @Test
  void namesOfFilesDecideTypes() {
    PolicyBuilder builder = new PolicyBuilder(false);
    builder.securityClass("file", List.of("read"));
    builder.openTypes();
    builder.statements(
        """
        type_transition { app_t other_t } dir_t:file conf_t "net.conf";
        type_transition app_t dir_t:file key_t "my key.pem";
        type_transition app_t dir_t:file plain_t;
        """);
    SecurityServer server = new SecurityServer(builder.build());
    assertThat(newType(server, "app_t", "net.conf")).isEqualTo("conf_t");
    assertThat(newType(server, "other_t", "net.conf")).isEqualTo("conf_t");
    assertThat(newType(server, "app_t", "my key.pem")).isEqualTo("key_t");
    assertThat(newType(server, "app_t", "my")).isEqualTo("plain_t");
    assertThat(newType(server, "other_t", "my key.pem")).isEqualTo("dir_t");
  }

  private static String newType(SecurityServer server, String source, String name) {
    PolicyContext context =
        server.transition(
            server.context("system_u:system_r:" + source),
            server.context("system_u:object_r:dir_t"),
            server.policy().classNames().value("file"),
            name);
    return server.text(Objects.requireNonNull(context)).split(":", -1)[2];
  }

  @Test
  void aNameGetsOneType() {
    String rule = "type_transition a_t b_t:packet %s \"x\";";
    statements(rule.formatted("c_t") + rule.formatted("c_t"));
    PolicyTextException error =
        catchThrowableOfType(
            PolicyTextException.class,
            () -> statements(rule.formatted("c_t") + rule.formatted("d_t")));
    assertThat(error).hasMessageContaining("a new type already");
  }

  @Test
  void commandsAreNeverConditional() {
    PolicyBuilder builder = statements("allow a_t b_t:packet send;");
    builder.bool("on", true);
    PolicyTextException error =
        catchThrowableOfType(
            PolicyTextException.class,
            () -> builder.statements("if (on) { allowxperm a_t b_t:tcp_socket ioctl 1; }"));
    assertThat(error.column()).isEqualTo(11);
  }

  @Test
  void refusesSetsThatMultiplyWithoutBound() {
    StringBuilder many = new StringBuilder("{");
    for (int i = 0; i < 1001; i++) {
      many.append(" t").append(i);
    }
    many.append(" }");
    PolicyTextException error =
        catchThrowableOfType(
            PolicyTextException.class,
            () -> statements("allow " + many + " " + many + ":packet send;"));
    assertThat(error).hasMessageContaining("more than 1000000");
  }
}
