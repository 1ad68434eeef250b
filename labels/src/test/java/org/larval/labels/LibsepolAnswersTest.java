package org.larval.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Contexts, levels and ranges against libsepol's answers for a policy of s0..s3 and c0..c127. */
class LibsepolAnswersTest {
  @Test
  void printsEveryValidContextAsLibsepolDoes() throws IOException {
    int asked = 0;
    for (String[] line : answers("ctx")) {
      if (line[2].equals("valid")) {
        assertThat(SecurityContext.parse(line[1])).hasToString(line[3]);
        asked++;
      }
    }
    assertThat(asked).isGreaterThan(2000);
  }

  @Test
  void refusesWhatTheKernelRefusesAndLibsepolDoesNot() throws IOException {
    int asked = 0;
    for (String[] line : answers("ctx")) {
      if (line[2].equals("lax")) {
        assertThatThrownBy(() -> SecurityContext.parse(line[1]))
            .isInstanceOf(IllegalArgumentException.class);
        asked++;
      }
    }
    assertThat(asked).isGreaterThan(50);
  }

  /**
   * What we accept and libsepol does not must be a matter of that policy's vocabulary. Asked for
   * objects only: their role goes with every type, and no user's clearance binds them.
   */
  @Test
  void acceptsNoInvalidContextButForItsVocabulary() throws IOException {
    Set<String> users = new HashSet<>();
    Set<String> types = new HashSet<>();
    for (String[] line : answers("ctx")) {
      if (line[2].equals("valid")) {
        SecurityContext context = SecurityContext.parse(line[1]);
        users.add(context.user());
        types.add(context.type());
      }
    }
    MlsRange all = MlsRange.parse("s0-s3:c0.c127");
    int refused = 0;
    for (String[] line : answers("ctx")) {
      if (line[2].equals("invalid")) {
        SecurityContext context;
        try {
          context = SecurityContext.parse(line[1]);
        } catch (IllegalArgumentException e) {
          refused++;
          continue;
        }
        boolean named =
            users.contains(context.user())
                && context.role().equals("object_r")
                && types.contains(context.type());
        MlsRange range = context.range();
        boolean known = range != null && all.contains(range);
        assertThat(named && known).as(line[1]).isFalse();
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void comparesLevelsAsLibsepolDoes() throws IOException {
    int asked = 0;
    for (String[] line : answers("dom")) {
      MlsLevel one = MlsLevel.parse(line[1]);
      MlsLevel other = MlsLevel.parse(line[2]);
      assertThat(
              bit(one.equals(other))
                  + bit(one.dominates(other))
                  + bit(other.dominates(one))
                  + bit(one.incomparable(other)))
          .as("%s and %s", one, other)
          .isEqualTo(line[3] + line[4] + line[5] + line[6]);
      asked++;
    }
    assertThat(asked).isGreaterThan(1000);
  }

  @Test
  void comparesRangesAsLibsepolDoes() throws IOException {
    int asked = 0;
    for (String[] line : answers("contains")) {
      assertThat(bit(MlsRange.parse(line[1]).contains(MlsRange.parse(line[2]))))
          .as("%s contains %s", line[1], line[2])
          .isEqualTo(line[3]);
      asked++;
    }
    assertThat(asked).isGreaterThan(500);
  }

  private static String bit(boolean set) {
    return set ? "1" : "0";
  }

  private static List<String[]> answers(String kind) throws IOException {
    List<String[]> answers = new ArrayList<>();
    try (InputStream file =
            Objects.requireNonNull(
                LibsepolAnswersTest.class.getResourceAsStream("/policydb/tiny.33.answers.tsv.gz"));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.split("\t", -1);
        if (fields[0].equals(kind)) {
          answers.add(fields);
        }
      }
    }
    return answers;
  }
}
