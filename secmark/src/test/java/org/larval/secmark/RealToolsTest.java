package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.secmark.RuleFiles.RuleFile;

/**
 * What nft, iptables-restore and ip6tables-restore say of the rule files, and of the same files
 * with small mistakes in them. The iptables tools are asked in both their variants, each of which
 * finds mistakes that the other leaves to the kernel.
 */
@Tag("interop")
class RealToolsTest {
  private static final int MUTATIONS = 1500;

  /**
   * What we refuse and these tools may not: what is not built, and what only the kernel refuses, as
   * they only test.
   */
  private static final Pattern OURS =
      Pattern.compile(
          "not built|back to itself|has no target|needs '-p |stands at a hook"
              + "|cannot use this context|no interface is called|characters|says nothing in");

  /**
   * What they refuse and we may not: a version of nft wants an end of line that later ones do not.
   */
  private static final String THEIRS = "unexpected '}', expecting newline or semicolon";

  /** What a kernel without secmark keeps nft from finding. */
  private static final Pattern HIDDEN = Pattern.compile("has no |there is no table");

  @TempDir Path folder;

  static List<RuleFile> accepted() {
    return RuleFiles.accepted();
  }

  static List<RuleFile> refused() {
    return RuleFiles.refused();
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void theyTakeWhatWeTake(RuleFile file) throws Exception {
    assertThat(complaints(file)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void theyRefuseWhatWeRefuse(RuleFile file) throws Exception {
    assumeTrue(!file.name().contains("no-secmark"), "only a kernel with secmark refuses it so");
    assertThat(complaints(file)).isNotEmpty();
  }

  @Test
  void theyAgreeOnSmallMistakes() throws Exception {
    Random random = new Random(5);
    List<RuleFile> files = new ArrayList<>(accepted());
    List<String> differences = new ArrayList<>();
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      RuleFile whole = files.get(random.nextInt(files.size()));
      RuleFile mutant = whole.with(mutated(whole.text(), random));
      String theirs = complaints(mutant);
      String ours = "";
      try {
        mutant.load(RuleFiles.none());
      } catch (RuleException e) {
        ours = String.valueOf(e.getMessage());
        refused++;
      }
      boolean excused =
          ours.isEmpty()
              ? theirs.contains(THEIRS)
              : OURS.matcher(ours).find()
                  || mutant.text().contains("secmark") && HIDDEN.matcher(ours).find();
      if (ours.isEmpty() != theirs.isEmpty() && !excused) {
        differences.add(
            mutant.name()
                + "\n  ours: "
                + ours
                + "\n  theirs: "
                + theirs
                + difference(whole.text(), mutant.text()));
      }
    }
    assertThat(refused).isBetween(MUTATIONS / 4, MUTATIONS);
    assertThat(differences).as(String.join("\n", differences)).isEmpty();
  }

  private static String difference(String whole, String mutant) {
    List<String> before = whole.lines().toList();
    return mutant
        .lines()
        .filter(line -> !before.contains(line))
        .collect(Collectors.joining("\n    ", "\n    ", ""));
  }

  /** One word of one line is taken out, doubled, exchanged with another or changed a little. */
  private static String mutated(String text, Random random) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    for (int tries = 0; tries < 50; tries++) {
      int at = random.nextInt(lines.size());
      List<String> words = new ArrayList<>(List.of(lines.get(at).split(" ", -1)));
      if (lines.get(at).startsWith("#") || words.size() < 2) {
        continue;
      }
      int place = random.nextInt(words.size());
      String word = words.get(place);
      switch (random.nextInt(5)) {
        case 0 -> words.remove(place);
        case 1 -> words.add(place, word);
        case 2 -> words.set(place, words.get(random.nextInt(words.size())));
        case 3 -> words.set(place, changed(word, random));
        default -> {
          String other = lines.get(random.nextInt(lines.size()));
          String[] others = other.split(" ", -1);
          words.set(place, others[random.nextInt(others.length)]);
        }
      }
      String line = String.join(" ", words);
      if (!line.equals(lines.get(at))) {
        lines.set(at, line);
        return String.join("\n", lines) + "\n";
      }
    }
    return text;
  }

  private static String changed(String word, Random random) {
    if (word.isEmpty()) {
      return word;
    }
    int at = random.nextInt(word.length());
    String letters = "0159ax:,-/.!+";
    char other = letters.charAt(random.nextInt(letters.length()));
    return random.nextBoolean()
        ? word.substring(0, at) + word.substring(at + 1)
        : word.substring(0, at) + other + word.substring(at + 1);
  }

  // --- the tools ---

  /** Empty if the tools find nothing wrong. */
  private String complaints(RuleFile file) throws IOException, InterruptedException {
    Path path = folder.resolve("rules");
    Files.writeString(path, file.text());
    return switch (file.kind()) {
      case "nft" -> nft(file.text(), run("nft", "-c", "-f", path.toString()));
      case "v6" ->
          restore("ip6tables-nft-restore", path) + restore("ip6tables-legacy-restore", path);
      default -> restore("iptables-nft-restore", path) + restore("iptables-legacy-restore", path);
    };
  }

  private String restore(String tool, Path path) throws IOException, InterruptedException {
    return run(tool, "--test", path.toString());
  }

  /**
   * A kernel that was built without secmark does not find its objects: that one is no complaint.
   */
  private static String nft(String text, String said) {
    return said.lines()
        .filter(line -> line.contains("Error"))
        .filter(line -> !text.contains("secmark") || !line.contains("No such file or directory"))
        .collect(Collectors.joining("\n"));
  }

  /** Runs a tool in a network namespace of its own; answers with what it says if it refuses. */
  private String run(String... command) throws IOException, InterruptedException {
    Path answer = folder.resolve("answer");
    List<String> words = new ArrayList<>(List.of("unshare", "-rn"));
    words.addAll(List.of(command));
    Process tool;
    try {
      tool =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(answer.toFile())
              .start();
    } catch (IOException e) {
      assumeTrue(false, "unshare is not here: " + e.getMessage());
      throw e;
    }
    assertThat(tool.waitFor(20, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(answer, StandardCharsets.ISO_8859_1);
    assumeTrue(
        !said.contains("failed to execute") && !said.contains("unshare failed"),
        command[0] + " cannot be run here");
    return tool.exitValue() == 0 ? "" : said.isBlank() ? "refused" : said;
  }
}
