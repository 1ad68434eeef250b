package org.larval.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllowListTest {
  private final Sids sids = new Sids();
  private final int app = sids.sid("user_u:user_r:app_t:s0:c1");
  private final int other = sids.sid("user_u:user_r:other_t:s0");
  private final int spd = sids.sid("system_u:object_r:ipsec_spd_t:s0");

  private AllowList list(String text) {
    return AllowList.parse(text, sids);
  }

  @Test
  void allowsWhatARuleAllowsAndNothingElse() {
    AllowList list =
        list(
            """
            # two domains
            allow { app_t other_t } ipsec_spd_t:association { polmatch };
            allow app_t self:association sendto; allow other_t app_t : peer *;
            """);
    assertThat(list.allowed(app, spd, "association", "polmatch")).isTrue();
    assertThat(list.allowed(other, spd, "association", "polmatch")).isTrue();
    assertThat(list.allowed(app, app, "association", "sendto")).isTrue();
    assertThat(list.allowed(other, app, "peer", "recv")).isTrue();
    assertThat(list.allowed(other, other, "association", "sendto")).isFalse();
    assertThat(list.allowed(app, other, "association", "sendto")).isFalse();
    assertThat(list.allowed(app, spd, "association", "setcontext")).isFalse();
    assertThat(list.allowed(spd, app, "association", "polmatch")).isFalse();
    assertThat(list.allowed(app, app, "peer", "recv")).isFalse();
  }

  @Test
  void aDenialExplainsItselfAndNamesTheRemedy() {
    Decision decision = list("").decide(app, spd, "association", "polmatch");
    assertThat(decision).isInstanceOf(Decision.Denied.class);
    assertThat(decision)
        .hasToString(
            "denied { polmatch } scontext=user_u:user_r:app_t:s0:c1"
                + " tcontext=system_u:object_r:ipsec_spd_t:s0 tclass=association:"
                + " no rule allows app_t to ipsec_spd_t this permission;"
                + " to permit it: allow app_t ipsec_spd_t:association { polmatch };");
  }

  @Test
  void theRemedyOfADenialPermitsIt() {
    for (int target : new int[] {app, other, spd, Sids.NONE}) {
      Decision.Denied denied = (Decision.Denied) list("").decide(app, target, "packet", "send");
      assertThat(list(denied.remedy()).allowed(app, target, "packet", "send")).isTrue();
    }
  }

  @Test
  void sidZeroIsUnlabeled() {
    AllowList list = list("allow app_t unlabeled_t:packet recv;");
    assertThat(list.allowed(app, Sids.NONE, "packet", "recv")).isTrue();
    assertThat(list.allowed(app, Sids.UNLABELED, "packet", "recv")).isTrue();
    assertThat(list.allowed(Sids.NONE, app, "packet", "recv")).isFalse();
  }

  @Test
  void permissiveAllowsAndWritesDownOnce() {
    AllowList list = list("allow app_t spd_t:peer recv;");
    assertThat(list.allowed(app, spd, "packet", "send")).isFalse();
    list.enforcing(false);
    Decision decision = list.decide(app, spd, "packet", "send");
    assertThat(decision.allowed()).isTrue();
    list.decide(app, spd, "packet", "send");
    assertThat(list.permitted()).hasSize(1);
    assertThat(decision).isEqualTo(new Decision.Allowed(list.permitted().getFirst()));
    list.enforcing(true);
    assertThat(list.allowed(app, spd, "packet", "send")).isFalse();
    assertThat(list.permitted()).hasSize(1);
  }

  @Test
  void whatPermissiveWritesDownIsBounded() {
    AllowList list = list("");
    list.enforcing(false);
    for (int i = 0; i < AllowList.MAX_PERMITTED + 10; i++) {
      list.decide(sids.sid("u:r:t" + i), app, "packet", "send");
    }
    assertThat(list.permitted()).hasSize(AllowList.MAX_PERMITTED);
  }

  @Test
  void oneTypeMayBePermissive() {
    AllowList list = list("permissive other_t;");
    assertThat(list.allowed(other, spd, "packet", "send")).isTrue();
    assertThat(list.allowed(app, spd, "packet", "send")).isFalse();
    assertThat(list.permitted()).hasSize(1);
  }

  @Test
  void askingAgainGivesTheSameAnswer() {
    AllowList list = list("allow app_t self:packet send;");
    assertThat(list.decide(app, spd, "packet", "send"))
        .isSameAs(list.decide(app, spd, "packet", "send"));
    // many more questions than the cache has places: each must still get its own answer
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 3 * DecisionCache.PLACES; i++) {
        int source = sids.sid("u:r:" + (i % 2 == 0 ? "app_t" : "x_t") + ":s0:c" + i);
        assertThat(list.allowed(source, app, "packet", "send")).isEqualTo(i % 2 == 0);
        assertThat(list.allowed(source, app, "packet", "recv")).isFalse();
      }
    }
  }

  @Test
  void aSidThatMeantNothingYetIsAskedAboutAnew() {
    AllowList list = list("allow app_t late_t:packet send;");
    int next = spd + 1;
    assertThat(list.allowed(app, next, "packet", "send")).isFalse();
    assertThat(sids.sid("system_u:object_r:late_t:s0")).isEqualTo(next);
    assertThat(list.allowed(app, next, "packet", "send")).isTrue();
  }

  @Test
  void askingAgainAllocatesNothing() {
    AllowList list = list("allow app_t self:packet send;");
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int yes = ask(list, 1000);
    long before = thread.getCurrentThreadAllocatedBytes();
    yes += ask(list, 100_000);
    long bytes = thread.getCurrentThreadAllocatedBytes() - before;
    assertThat(yes).isEqualTo(101_000);
    assertThat(bytes).isLessThan(100_000);
  }

  private int ask(AllowList list, int times) {
    int yes = 0;
    for (int i = 0; i < times; i++) {
      yes += list.allowed(app, app, "packet", "send") ? 1 : 0;
      yes += list.allowed(app, spd, "packet", "send") ? 1 : 0;
    }
    return yes;
  }

  @Test
  void allowAllAllows() {
    assertThat(LabelPolicy.ALLOW_ALL.allowed(app, spd, "packet", "send")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "alow a_t b_t:packet recv;            | 1  | 'alow' does not belong here  | allow a_t",
        "allow a_t b_t packet recv;           | 15 | 'packet'                     | ':'",
        "allow a_t b_t:pakcet recv;           | 15 | 'pakcet' is not a known class| packet, peer",
        "allow a_t b_t:packet reed;           | 22 | has no permission 'reed'     | send, recv",
        "allow a_t b_t:{packet peer} {recv send}; | 35 | class peer has no permission 'send' |"
            + " recv",
        "allow a_t b_t:packet recv            | 26 | the text ends                | ';'",
        "allow a_t b_t:packet { recv          | 28 | the text ends                | send",
        "allow a_t b_t:packet { };            | 24 | has no permission '}'        | send",
        "allow 1_t b_t:packet recv;           | 7  | '1_t'                        | type",
        "allow a_t b_t:packet recv, send;     | 26 | ',' means nothing            | { }",
        "permissive ;                         | 12 | ';'                          | a type",
      })
  void errorsSayWhereWhatAndWhatInstead(String text, int column, String wrong, String right) {
    PolicyTextException error =
        catchThrowableOfType(PolicyTextException.class, () -> list("# first line\n\n" + text));
    assertThat(error.line()).isEqualTo(3);
    assertThat(error.column()).isEqualTo(column);
    assertThat(error).hasMessageStartingWith("line 3, column " + column + ": ");
    String[] parts = String.valueOf(error.getMessage()).split("; expected ", -1);
    assertThat(parts[0]).contains(wrong);
    assertThat(parts[1]).contains(right);
  }

  @Test
  void refusesSetsThatMultiplyWithoutBound() {
    StringBuilder many = new StringBuilder("{");
    for (int i = 0; i < 1000; i++) {
      many.append(" t").append(i);
    }
    many.append(" }");
    PolicyTextException error =
        catchThrowableOfType(
            PolicyTextException.class, () -> list("allow " + many + " " + many + ":packet send;"));
    assertThat(error).hasMessageContaining("more than 100000 rules");
  }
}
