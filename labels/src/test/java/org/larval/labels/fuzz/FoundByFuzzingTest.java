package org.larval.labels.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** What fuzzing found once stays found, and the target itself works. */
class FoundByFuzzingTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "fuzz", "policy");
  private static final int MUTATIONS = 2_000;

  @Test
  void keptInputsDoNoHarm() throws IOException {
    List<Path> files;
    try (Stream<Path> kept = Files.list(KEPT)) {
      files = kept.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
        attempt(in.readAllBytes(), file.toString());
      }
    }
  }

  @Test
  void wholePoliciesAndTheirMutantsDoNoHarm() {
    Random random = new Random(1);
    for (byte[] seed : PolicyTarget.seeds()) {
      attempt(seed, "a whole policy");
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] mutant = seed.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
          mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
        }
        attempt(mutant, "mutant " + i);
      }
    }
  }

  private static void attempt(byte[] input, String what) {
    try {
      PolicyTarget.fuzzerTestOneInput(input);
    } catch (Throwable harm) {
      throw new AssertionError(what, harm);
    }
  }
}
