package org.larval.ike.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What fuzzing found once stays found, and the target itself works. */
class FoundByFuzzingTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "fuzz", "ike_message");
  private static final int MUTATIONS = 20_000;
  private static final int PEERS = 1_000;

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
    List<byte[]> seeds = IkeMessageTarget.seeds();
    assertThat(seeds).hasSizeGreaterThan(20);
    for (byte[] seed : seeds) {
      attempt(seed, "seed");
    }
    Random random = new Random(134);
    int read = 0;
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
      read += attempt(mutant, "mutant " + i) ? 1 : 0;
    }
    assertThat(read).as("mutants that were read").isGreaterThan(MUTATIONS / 10);
  }

  @Test
  void aPeerWithoutMannersDoesNoHarm() throws IOException {
    List<byte[]> inputs = new ArrayList<>(IkeEngineTarget.seeds());
    Random random = new Random(77);
    for (int one = 0; one < PEERS; one++) {
      byte[] any = new byte[64 + random.nextInt(400)];
      random.nextBytes(any);
      inputs.add(any);
    }
    Path kept = KEPT.resolveSibling("ike_engine");
    if (Files.isDirectory(kept)) {
      try (Stream<Path> files = Files.list(kept)) {
        for (Path file : files.sorted().toList()) {
          inputs.add(Files.readAllBytes(file));
        }
      }
    }
    for (byte[] input : inputs) {
      try {
        IkeEngineTarget.fuzzerTestOneInput(input);
      } catch (Throwable harm) {
        throw new AssertionError(HexFormat.of().formatHex(input), harm);
      }
    }
  }

  private static boolean attempt(byte[] input, String what) {
    try {
      return IkeMessageTarget.run(input);
    } catch (Throwable harm) {
      throw new AssertionError(what + ": " + HexFormat.of().formatHex(input), harm);
    }
  }
}
