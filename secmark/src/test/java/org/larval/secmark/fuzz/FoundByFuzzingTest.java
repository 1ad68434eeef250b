package org.larval.secmark.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The target itself works, on whole files and on files with mistakes in them. */
class FoundByFuzzingTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "fuzz", "secmark");
  private static final int MUTATIONS = 300;

  @Test
  void keptInputsDoNoHarm() throws IOException {
    List<Path> files;
    try (Stream<Path> kept = Files.list(KEPT)) {
      files = kept.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      attempt(Files.readAllBytes(file), file.toString());
    }
  }

  @Test
  void wholeFilesAndTheirMutantsDoNoHarm() {
    Random random = new Random(1);
    List<byte[]> seeds = SecmarkTarget.seeds(Path.of("src", "test", "resources", "rules"));
    assertThat(seeds).hasSize(60);
    for (byte[] seed : seeds) {
      attempt(seed, "a whole file");
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] mutant = seed.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
          byte other =
              random.nextBoolean()
                  ? mutant[random.nextInt(mutant.length)]
                  : (byte) random.nextInt();
          mutant[random.nextInt(mutant.length)] = other;
        }
        attempt(mutant, "mutant " + i);
      }
    }
  }

  private static void attempt(byte[] input, String what) {
    try {
      SecmarkTarget.fuzzerTestOneInput(input);
    } catch (Throwable harm) {
      throw new AssertionError(what, harm);
    }
  }
}
