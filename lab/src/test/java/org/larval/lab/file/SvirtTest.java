package org.larval.lab.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.larval.labels.SecurityContext;

/** Labels that guests get when the file gives none. */
class SvirtTest {
  private static List<String> labels(String head, int guests, String extra) {
    StringBuilder text = new StringBuilder("lab: x\n" + head + "\nguests:\n");
    for (int i = 0; i < guests; i++) {
      text.append("  g").append(i).append(": {nic: 10.0.0.").append(i + 1).append("/24}\n");
    }
    return LabFileReader.parse("lab.yaml", text + extra).guests().values().stream()
        .map(guest -> String.valueOf(guest.label()))
        .toList();
  }

  @Test
  void leavesGuestsWithoutLabelsUnlessAsked() {
    assertThat(labels("seed: 1", 1, "")).containsExactly("null");
    assertThat(labels("svirt: no", 1, "")).containsExactly("null");
  }

  @Test
  void givesEveryGuestTwoCategoriesThatNoOtherHas() {
    List<String> labels = labels("svirt: yes", 100, "");
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      assertThat(label).matches("system_u:system_r:svirt_t:s0:c[0-9]+,c[0-9]+");
      int pair =
          Objects.requireNonNull(SecurityContext.parse(label).range()).low().categories().size();
      assertThat(pair).isEqualTo(2);
      assertThat(seen.add(label)).as(label).isTrue();
    }
  }

  @Test
  void givesTheSameLabelsForTheSameSeed() {
    List<String> labels = labels("seed: 5\nsvirt: yes", 20, "");
    assertThat(labels("seed: 5\nsvirt: yes", 20, "")).isEqualTo(labels);
    assertThat(labels("seed: 6\nsvirt: yes", 20, "")).isNotEqualTo(labels);
  }

  @Test
  void usesUpTheWholeRange() {
    // five categories make ten pairs, of which one is taken by a label of the file
    String stays = "  s: {nic: 10.0.1.1/24, label: \"u:r:t:s0:c3,c5\"}\n";
    List<String> labels = labels("svirt: {type: vm_t, categories: c1.c5}", 9, stays);
    assertThat(new HashSet<>(labels)).hasSize(10);
    assertThat(labels).contains("u:r:t:s0:c3,c5").doesNotContain("system_u:system_r:vm_t:s0:c3,c5");
    assertThatThrownBy(() -> labels("svirt: {categories: c1.c5}", 10, stays))
        .isInstanceOf(LabFileException.class)
        .hasMessageStartingWith("lab.yaml:2:8: 10 guests need a pair of categories each")
        .hasMessageContaining("'c1.c5' has 9 that nobody else has");
    assertThatThrownBy(() -> labels("svirt: {categories: c1}", 1, ""))
        .hasMessageContaining("'c1' has 0");
  }

  @Test
  void givesNoCategoriesToGuestsThatAreNotIsolated() {
    assertThat(labels("svirt: yes", 0, "  s: {nic: 10.0.1.1/24, isolated: no}\n"))
        .containsExactly("system_u:system_r:svirt_t:s0");
    assertThatThrownBy(() -> labels("seed: 1", 0, "  s: {nic: 10.0.1.1/24, isolated: no}\n"))
        .hasMessageContaining("write 'svirt: yes' too");
    assertThatThrownBy(
            () ->
                labels(
                    "svirt: yes", 0, "  s: {nic: 10.0.1.1/24, isolated: no, label: \"u:r:t\"}\n"))
        .hasMessageContaining("leave one of them out");
  }
}
