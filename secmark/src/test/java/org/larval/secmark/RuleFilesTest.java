package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.secmark.RuleFiles.RuleFile;

class RuleFilesTest {
  private static final Map<String, String> MESSAGES =
      Map.ofEntries(
          Map.entry(
              "01-port-too-large.nft",
              "4:13: the value 70000 is not within 0 to 65535; write one that is"),
          Map.entry(
              "02-two-protocols.nft", "4:16: the rule is for tcp and this for udp; use two rules"),
          Map.entry("03-no-chain.nft", "4:8: table inet t has no chain 'nowhere'; add the chain"),
          Map.entry("04-no-set.nft", "4:14: table inet t has no set 'none'; add the set before"),
          Map.entry("05-falling-range.nft", "4:13: the range falls from 90 to 80; let it rise"),
          Map.entry(
              "06-no-state.nft",
              "4:12: 'fresh' is no ct_state; write new, established, related, invalid or"
                  + " untracked"),
          Map.entry(
              "07-no-secmark.nft",
              "4:20: table inet t has no secmark 'nobody'; define it in the table: secmark NAME"
                  + " { \"CONTEXT\" }"),
          Map.entry("08-open-brace.nft", "the brace is not closed; close it with '}'"),
          Map.entry("09-no-table.nft", "1:13: there is no table ip t; add the table before"),
          Map.entry(
              "10-after-the-verdict.nft",
              "4:10: 'drop' comes after the verdict and would never run; put the verdict last"),
          Map.entry("11-port-range.v4", "3:25: the range falls from 80 to 70; let it rise"),
          Map.entry(
              "12-no-commit.v4", "4:1: the table is not closed; write COMMIT below its rules"),
          Map.entry(
              "13-no-context.v4",
              "3:13: the target SECMARK lacks its option; add --selctx and a context"),
          Map.entry(
              "14-no-way.v4",
              "3:13: the target CONNSECMARK lacks its option; add --save or --restore"),
          Map.entry(
              "15-no-protocol.v4",
              "3:13: multiport needs a protocol with ports; add '-p tcp' or the like"),
          Map.entry("16-no-chain.v4", "3:13: the target 'NOWHERE' is not built or does not exist"),
          Map.entry(
              "17-device-of-output.v4",
              "3:11: '-i' says nothing in OUTPUT; leave it out, or use another chain"),
          Map.entry(
              "18-no-table.v4",
              "1:1: there is no table 'securty'; use raw, mangle, filter or security"),
          Map.entry(
              "19-v4-address.v6",
              "3:13: '10.0.0.1' is no IPv6 address, and names are not looked up; write one like"
                  + " fd00::1"),
          Map.entry("20-no-such-state.v4", "3:33: 'FRESH' is no state; use INVALID, NEW"));

  static List<RuleFile> accepted() {
    return RuleFiles.accepted();
  }

  static List<RuleFile> refused() {
    return RuleFiles.refused();
  }

  @Test
  void thereAreFortyAndTwenty() {
    assertThat(accepted()).hasSize(40);
    assertThat(refused()).hasSize(20);
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void loads(RuleFile file) {
    Ruleset rules = file.load(RuleFiles.none());
    boolean marks = file.text().contains("secmark ") || file.text().contains("-j SECMARK");
    assertThat(rules.active()).isEqualTo(marks && !file.name().contains("commands"));
    assertThat(rules.labels().length).isLessThanOrEqualTo(rules.refs());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(RuleFile file) {
    Ruleset rules = RuleFiles.none();
    assertThatThrownBy(() -> file.load(rules))
        .isInstanceOf(RuleException.class)
        .hasMessageStartingWith(file.name() + ":")
        .hasMessageContaining(MESSAGES.getOrDefault(file.name(), "a message for this file"))
        .hasMessageNotContaining("\n");
    assertThat(rules.size()).isZero();
  }
}
