package org.larval.lab.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.labels.Sids;
import org.larval.secmark.LabelSource;
import org.larval.secmark.NfHook;
import org.larval.secmark.Ruleset;

class GuestRulesTest {
  private static final String SECURITY =
      "*security\n:INPUT ACCEPT [0:0]\n-A INPUT -j SECMARK --selctx u:object_r:%s_t:s0\nCOMMIT\n";

  @TempDir Path folder;

  private Ruleset rules(String secmark) {
    String lab = "lab: x\nguests:\n  a:\n    nic: 10.0.0.1/24\n    secmark:" + secmark;
    LabFile file = LabFileReader.parse(folder.resolve("lab.yaml").toString(), lab);
    LabFile.Guest guest = Objects.requireNonNull(file.guests().get("a"));
    return GuestRules.of(guest, LabelSource.of(new Sids()));
  }

  @Test
  void takesLinesOfBothGrammarsAndFiles() throws IOException {
    Files.writeString(folder.resolve("four"), SECURITY.formatted("four"));
    Files.writeString(folder.resolve("six"), SECURITY.formatted("six"));
    Files.writeString(
        folder.resolve("rules.nft"), "table inet f { secmark f { \"u:object_r:nft_t:s0\" }\n}\n");
    Ruleset rules =
        rules(
            " |\n"
                + """
                table inet t {
                  secmark s { "u:object_r:line_t:s0" }
                  chain c { type filter hook input priority 0; meta secmark set "s"; }
                }
                nft add rule inet t c iifname eth0 accept
                iptables-restore < four
                ip6tables-restore six
                iptables -t mangle -N NEW
                iptables -t mangle -A NEW -j SECMARK --selctx "u:object_r:command_t:s0"
                iptables -t mangle -A INPUT -p tcp -j NEW
                nft -f rules.nft
                ip6tables-restore
                *mangle
                :FORWARD DROP [0:0]
                COMMIT
                """
                    .indent(6));
    assertThat(rules.contexts())
        .map(Object::toString)
        .containsExactlyInAnyOrder(
            "u:object_r:line_t:s0",
            "u:object_r:nft_t:s0",
            "u:object_r:four_t:s0",
            "u:object_r:six_t:s0",
            "u:object_r:command_t:s0");
    assertThat(rules.marks(NfHook.INPUT)).hasSize(4);
    assertThat(rules.refs()).isEqualTo(5);
  }

  @Test
  void mistakesAreFoundWhereTheyStand() {
    assertThatThrownBy(() -> rules(" ['table ip t { }', 'nft add rule ip t c accept']\n"))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining("lab.yaml:5:52: table ip t has no chain 'c'");
    assertThatThrownBy(() -> rules(" ['iptables -A INPUT -j REJECT']\n"))
        .hasMessageContaining("lab.yaml:5:37: the target 'REJECT' is not built");
    assertThatThrownBy(() -> rules(" ['iptables-restore nowhere']\n"))
        .hasMessageContaining("there is no file");
  }

  @Test
  void mistakesInFilesAreFoundThere() throws IOException {
    Files.writeString(folder.resolve("bad"), "*security\n-A INPUT -p foo\nCOMMIT\n");
    assertThatThrownBy(() -> rules(" ['iptables-restore bad']\n"))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining("bad:2:13: 'foo' is no protocol");
  }
}
