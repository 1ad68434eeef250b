package org.larval.cipso.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What fuzzing found once stays found, and the target itself works. */
class FoundByFuzzingTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "fuzz", "cipso");
  private static final int MUTATIONS = 20_000;

  @Test
  void keptInputsDoNoHarm() throws IOException {
    if (!Files.isDirectory(KEPT)) {
      return;
    }
    try (Stream<Path> files = Files.list(KEPT)) {
      for (Path file : files.sorted().toList()) {
        attempt(Files.readAllBytes(file), file.getFileName().toString());
      }
    }
  }

  @Test
  void seedsAndTheirMutantsDoNoHarm() {
    List<byte[]> seeds = CipsoTarget.seeds();
    assertThat(seeds).hasSizeGreaterThan(20);
    for (byte[] seed : seeds) {
      attempt(seed, "seed");
    }
    Random random = new Random(134);
    int labelled = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutant = seeds.get(random.nextInt(seeds.size())).clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        int at = random.nextInt(Math.min(mutant.length, 100));
        switch (random.nextInt(4)) {
          case 0 -> mutant[at] = (byte) random.nextInt();
          case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
          case 2 -> mutant[at] += (byte) (random.nextInt(3) - 1);
          default -> mutant = Arrays.copyOf(mutant, Math.max(1, mutant.length - random.nextInt(9)));
        }
      }
      labelled += attempt(mutant, "mutant " + i) ? 1 : 0;
    }
    assertThat(labelled).as("mutants that went all the way").isGreaterThan(MUTATIONS / 4);
  }

  private static boolean attempt(byte[] input, String what) {
    try {
      return CipsoTarget.run(input);
    } catch (Throwable harm) {
      throw new AssertionError(what + ": " + HexFormat.of().formatHex(input), harm);
    }
  }
}
