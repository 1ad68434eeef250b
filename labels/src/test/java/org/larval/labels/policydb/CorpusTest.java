package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every answer of libsepol about every small policy, asked again without the answer. */
class CorpusTest {
  private static final Map<String, Integer> FIELDS =
      Map.ofEntries(
          Map.entry("av", 4),
          Map.entry("ctx", 2),
          Map.entry("trans", 4),
          Map.entry("member", 4),
          Map.entry("change", 4),
          Map.entry("vt", 5),
          Map.entry("dom", 3),
          Map.entry("contains", 3),
          Map.entry("port", 3),
          Map.entry("netif", 2),
          Map.entry("node", 2),
          Map.entry("isid", 2));

  static List<String> policies() {
    return TinyPolicies.NAMES;
  }

  @ParameterizedTest
  @MethodSource("policies")
  void answersAsLibsepolDoes(String name) {
    Map<String, Integer> asked = check(TinyPolicies.server(name), TinyPolicies.answers(name));
    int kinds = name.contains("nomls") ? 10 : 12;
    assertThat(asked).hasSize(kinds);
    assertThat(asked.values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(name.equals("tiny.33") ? 30887 : kinds == 12 ? 1572 : 1472);
  }

  /** The same policy with two booleans the other way round, which the file has switched. */
  @Test
  void answersAsLibsepolDoesAfterBooleansAreSwitched() {
    SecurityServer server = TinyPolicies.server("tiny.33");
    server.set(Map.of("allow_browser_dmz", true, "secure_mode", true));
    check(server, TinyPolicies.answers("tiny-bools.33"));

    server = TinyPolicies.server("tiny-bools.33");
    server.set(Map.of("allow_browser_dmz", false));
    server.set(Map.of("secure_mode", false));
    check(server, TinyPolicies.answers("tiny.33"));
  }

  /** Checks all answers and tells how many there are of each kind. */
  private static Map<String, Integer> check(SecurityServer server, List<String> lines) {
    Questions questions = new Questions(server);
    Map<String, Integer> asked = new TreeMap<>();
    List<String> differences = new ArrayList<>();
    for (String line : lines) {
      String[] fields = line.split("\t", -1);
      int count = FIELDS.getOrDefault(fields[0], 0);
      String question = String.join("\t", List.of(fields).subList(0, count));
      String answer = questions.answer(question);
      if (!answer.equals(line)) {
        differences.add(answer + "\n  instead of " + line);
      }
      asked.merge(fields[0], 1, Integer::sum);
    }
    assertThat(differences).isEmpty();
    return asked;
  }
}
