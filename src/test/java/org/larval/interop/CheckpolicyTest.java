package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.PolicySource;
import org.larval.labels.policydb.Questions;
import org.larval.labels.policydb.SecurityServer;

/**
 * checkpolicy reads what we compile from YAML, writes it in its own language and compiles that: the
 * result answers as libsepol answered about the policy at first.
 */
@Tag("interop")
class CheckpolicyTest {
  private static final Path POLICIES = Path.of("lab/src/test/resources/policies");

  private static final Path TINY = Path.of("labels/src/test/resources/policydb/tiny.33.gz");

  @TempDir Path directory;

  @Test
  void readsWhatWeCompile() throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    Path text = directory.resolve("policy.conf");
    Path back = directory.resolve("back.33");
    Files.write(image, PolicySource.image(POLICIES.resolve("tiny.yaml")));
    run("checkpolicy", "-b", "-M", "-F", "-o", text.toString(), image.toString());
    run("checkpolicy", "-M", "-c", "33", "-o", back.toString(), text.toString());
    Questions questions = new Questions(new SecurityServer(PolicySource.read(back)));
    List<String> wrong = new ArrayList<>();
    int asked = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    Files.newInputStream(POLICIES.resolve("tiny.33.answers.tsv.gz"))),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        asked++;
        if (!questions.answer(line).equals(line)) {
          wrong.add(line);
        }
      }
    }
    System.out.println("checkpolicy: " + asked + " answers, " + wrong.size() + " differ");
    assertThat(wrong).isEmpty();
    assertThat(asked).isGreaterThan(14_000);
  }

  /** Both policies in checkpolicy's language, rules in an order of their own. */
  @Test
  void readsTheRulesThatItCompiledItself() throws IOException, InterruptedException {
    Path ours = directory.resolve("ours.33");
    Files.write(ours, PolicySource.image(POLICIES.resolve("tiny.yaml")));
    Path its = directory.resolve("its.33");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(TINY))) {
      Files.copy(in, its);
    }
    List<String> rules = rules(ours);
    assertThat(rules).containsExactlyElementsOf(rules(its));
    assertThat(rules)
        .contains(
            "type_transition named_t file_t:file fs_t \"net.conf\";",
            "allowxperm unconfined_t self:tcp_socket ioctl { 0x8910-0x8926 };",
            "auditallowxperm guard_t self:udp_socket ioctl { 0x8906 };");
    System.out.println("checkpolicy: " + rules.size() + " lines of rules, none differs");
  }

  /**
   * All but what the text policy has not: permissions in common, contexts of file systems, and a
   * user's level at login, which the kernel does not look at.
   */
  private List<String> rules(Path policy) throws IOException, InterruptedException {
    Path text = directory.resolve(policy.getFileName() + ".conf");
    run("checkpolicy", "-b", "-M", "-F", "-o", text.toString(), policy.toString());
    return Files.readAllLines(text).stream()
        .filter(
            line -> !line.isBlank() && !line.matches("#.*|(class|common|fs_use_\\w+|genfscon) .*"))
        .map(line -> line.replaceFirst(" level \\S+ range ", " range "))
        .sorted()
        .toList();
  }

  private void run(String... words) throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    Process process;
    try {
      process =
          new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    } catch (IOException missing) {
      Skipped.unless(false, "checkpolicy is not installed");
      throw missing;
    }
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
  }
}
