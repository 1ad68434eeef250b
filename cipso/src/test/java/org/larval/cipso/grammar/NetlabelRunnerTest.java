package org.larval.cipso.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.cipso.NetLabel;
import org.larval.cipso.SidDictionary;
import org.larval.labels.Sids;
import org.larval.packet.Errno;

/** Listings, letter by letter, the kernel's refusals, and files of lines. */
class NetlabelRunnerTest {
  private final NetLabel netLabel = fresh();
  private final NetlabelRunner runner = new NetlabelRunner(netLabel);

  private static NetLabel fresh() {
    return new NetLabel(new SidDictionary(new Sids(), SidDictionary.NETMSG));
  }

  private String prints(String line) {
    NetlabelRunner.Answer answer = runner.run(Netlabelctl.parse(line));
    assertThat(answer.errno()).as(line).isEqualTo(Errno.OK);
    return answer.output();
  }

  private Errno fails(String line) {
    return runner.run(Netlabelctl.parse(line)).errno();
  }

  /** What the tool prints on a machine after boot. */
  @Test
  void listsWhatIsThereAfterBoot() {
    assertThat(prints("map list")).isEqualTo("domain:DEFAULT,UNLABELED\n");
    assertThat(prints("-p map list"))
        .isEqualTo(
            """
            Configured NetLabel domain mappings (1)
             domain: DEFAULT (IPv4/IPv6)
               protocol: UNLABELED
            """);
    assertThat(prints("cipso list")).isEqualTo("\n");
    assertThat(prints("-p cipso list")).isEqualTo("Configured CIPSO mappings (0)\n");
    assertThat(prints("calipso list")).isEqualTo("\n");
    assertThat(prints("-p calipso list")).isEqualTo("Configured CALIPSO mappings (0)\n");
    assertThat(prints("unlbl list")).isEqualTo("accept:on\n");
    assertThat(prints("-p unlbl list"))
        .isEqualTo(
            """
            Accept unlabeled packets : on
            Configured NetLabel address mappings (0)
            """);
    assertThat(prints("mgmt version")).isEqualTo("3\n");
    assertThat(prints("-p mgmt version"))
        .isEqualTo("Supported NetLabel protocol versions\n  kernel : 3\n  netlabelctl : 3\n");
    assertThat(prints("mgmt protocols")).isEqualTo("UNLABELED,CIPSOv4,CALIPSO\n");
    assertThat(prints("-p mgmt protocols"))
        .isEqualTo("NetLabel protocols : UNLABELED CIPSO CALIPSO\n");
  }

  private static final String RULES =
      """
      # as in the manual
      cipso add pass doi:16 tags:1,2,5
      cipso add trans doi:8 tags:1 levels:0=0,1=5 \\
            categories:0=1,1=0
        # indented
      cipso add local doi:1

      calipso add pass doi:7
      map del default
      map add default address:0.0.0.0/0 protocol:unlbl
      map add default address:::/0 protocol:unlbl
      map add default address:127.0.0.1 protocol:cipso,1
      map add domain:client_t protocol:cipso,16
      map add domain:client_t protocol:calipso,7
      unlbl add interface:eth0 address:10.0.0.0/8 label:system_u:object_r:net_t:s0:c1
      unlbl add default address:::1 label:system_u:object_r:lo_t:s0
      unlbl accept off
      """;

  @Test
  void listsWhatAFileConfigures() {
    runner.load(RULES);
    assertThat(prints("cipso list")).isEqualTo("16,PASS_THROUGH 8,TRANSLATED 1,LOCAL\n");
    assertThat(prints("cipso list doi:16")).isEqualTo("tags:1,2,5\n");
    assertThat(prints("cipso list doi:8")).isEqualTo("tags:1 levels:0=0,1=5 categories:0=1,1=0\n");
    assertThat(prints("cipso list doi:1")).isEqualTo("tags:128\n");
    assertThat(prints("calipso list doi:7")).isEqualTo("type:PASS_THROUGH\n");
    assertThat(prints("map list"))
        .isEqualTo(
            "domain:\"client_t\",CIPSOv4,16 domain:\"client_t\",CALIPSO,7"
                + " domain:DEFAULT,address:127.0.0.1/32,protocol:CIPSOv4,1,"
                + "address:0.0.0.0/0,protocol:UNLABELED"
                + " domain:DEFAULT,address:::/0,protocol:UNLABELED\n");
    assertThat(prints("unlbl list"))
        .isEqualTo(
            "accept:off interface:eth0,address:10.0.0.0/8,label:\"system_u:object_r:net_t:s0:c1\""
                + " interface:DEFAULT,address:::1/128,label:\"system_u:object_r:lo_t:s0\"\n");
    assertThat(prints("-p map list"))
        .isEqualTo(
            """
            Configured NetLabel domain mappings (4)
             domain: "client_t" (IPv4)
               protocol: CIPSO, DOI = 16
             domain: "client_t" (IPv6)
               protocol: CALIPSO, DOI = 7
             domain: DEFAULT (IPv4)
               address: 127.0.0.1/32
                protocol: CIPSO, DOI = 1
               address: 0.0.0.0/0
                protocol: UNLABELED
             domain: DEFAULT (IPv6)
               address: ::/0
                protocol: UNLABELED
            """);
  }

  @Test
  void writesAFileThatDoesTheSame() {
    runner.load(RULES);
    String written = String.join("\n", NetlabelRules.of(netLabel));
    NetLabel again = fresh();
    new NetlabelRunner(again).load(written);
    assertThat(NetlabelRules.of(again)).isEqualTo(NetlabelRules.of(netLabel));
    assertThat(written).contains("map add default address:127.0.0.1/32 protocol:cipso,1");
    NetlabelRunner copy = new NetlabelRunner(again);
    for (String line : List.of("map list", "cipso list", "calipso list", "unlbl list")) {
      assertThat(copy.run(Netlabelctl.parse(line)).output()).isEqualTo(prints(line));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cipso add pass doi:16 tags:1, EEXIST",
    "cipso add local doi:16, EEXIST",
    "calipso add pass doi:7, EEXIST",
    "cipso del doi:99, ENOENT",
    "calipso del doi:99, ENOENT",
    "cipso list doi:99, EINVAL",
    "calipso list doi:99, EINVAL",
    "'map add domain:x_t protocol:cipso,99', EINVAL",
    "'map add domain:x_t protocol:calipso,16', EINVAL",
    "'map add domain:client_t protocol:cipso,8', EINVAL",
    "'map add domain:client_t address:1.2.3.4 protocol:unlbl', EINVAL",
    "'map add default protocol:unlbl', EINVAL",
    "'map add default address:127.0.0.1 protocol:unlbl', EEXIST",
    "'map add default address:127.0.0.2 protocol:cipso,16', OK",
    "map del domain:nobody_t, ENOENT",
    "unlbl del default address:1.2.3.4, ENOENT",
    "unlbl add default address:::1 label:a:b:c:s0, EEXIST",
    "unlbl add default address:1.2.3.4 label:nonsense, EINVAL",
  })
  void refusesAsTheKernelDoes(String line, Errno errno) {
    runner.load(RULES);
    assertThat(fails(line)).isEqualTo(errno);
  }

  /** As in Linux: entries of domains that name it go, selectors and defaults stay. */
  @Test
  void whatNamesADoiGoesWithIt() {
    runner.load(RULES);
    prints("cipso del doi:16");
    prints("cipso del doi:1");
    assertThat(prints("map list")).doesNotContain("CIPSOv4,16").contains("CALIPSO,7", "CIPSOv4,1,");
    prints("calipso del doi:7");
    assertThat(prints("map list")).doesNotContain("client_t");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3 | 5 | # one;;map lsit",
        "2 | 18 | map add default \\;address:10.0.0.0/40 protocol:unlbl",
        "2 | 1 | map del default;map del default",
        "2 | 1 | ;map add default protocol:unlbl",
      })
  void tellsTheLine(int line, int column, String text) {
    NetlabelException problem =
        catchThrowableOfType(NetlabelException.class, () -> runner.load(text.replace(';', '\n')));
    assertThat(problem).isNotNull();
    assertThat(List.of(problem.line(), problem.column())).isEqualTo(List.of(line, column));
    assertThat(problem.remedy()).isNotBlank();
  }
}
