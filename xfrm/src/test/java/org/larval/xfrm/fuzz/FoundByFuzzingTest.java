package org.larval.xfrm.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fuzzing found once stays found, and the targets themselves work. */
class FoundByFuzzingTest {
  private static final Path KEPT = Path.of("src", "test", "resources", "fuzz");
  private static final int MUTATIONS = 10_000;

  @ParameterizedTest
  @EnumSource(Target.class)
  void keptInputsDoNoHarm(Target target) throws IOException {
    Path directory = KEPT.resolve(target.name().toLowerCase(Locale.ROOT));
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        attempt(target, Files.readAllBytes(file), file.getFileName().toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void seedsAndTheirMutantsDoNoHarm(Target target) {
    List<byte[]> seeds = target.seeds();
    assertThat(seeds).hasSizeGreaterThan(20);
    for (byte[] seed : seeds) {
      attempt(target, seed, "seed");
    }
    PacketTarget packets = target.packets();
    if (packets != null) {
      assertThat(packets.opened()).as("packets that each setup opened").doesNotContain(0);
    }
    Random random = new Random(target.ordinal());
    for (int i = 0; i < MUTATIONS; i++) {
      attempt(target, mutant(seeds, random), "mutant " + i);
    }
  }

  private static byte[] mutant(List<byte[]> seeds, Random random) {
    byte[] mutant = seeds.get(random.nextInt(seeds.size())).clone();
    for (int n = random.nextInt(4); n >= 0; n--) {
      int at = random.nextInt(mutant.length);
      switch (random.nextInt(5)) {
        case 0 -> mutant[at] = (byte) random.nextInt();
        case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> mutant = Arrays.copyOf(mutant, Math.max(1, at));
        case 3 -> mutant[mutant.length - 1 - random.nextInt(Math.min(4, mutant.length))]++;
        default -> {
          byte[] other = seeds.get(random.nextInt(seeds.size()));
          int length = Math.min(random.nextInt(40), Math.min(mutant.length, other.length) - at);
          if (length > 0) {
            System.arraycopy(other, at, mutant, at, length);
          }
        }
      }
    }
    return mutant;
  }

  private static void attempt(Target target, byte[] input, String what) {
    try {
      target.input(input);
    } catch (Throwable harm) {
      throw new AssertionError(what + ": " + HexFormat.of().formatHex(input), harm);
    }
  }
}
