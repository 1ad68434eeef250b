package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The real netlabelctl refuses the lines that our tests say it refuses, and hands on the others. It
 * runs as nobody and without capabilities, so that this machine's labels stay as they are: what the
 * tool accepts the kernel answers with EPERM before it looks at it.
 */
@Tag("interop")
class NetlabelctlToolTest {
  private static final Path LINES = Path.of("cipso/src/test/resources/netlabelctl");
  private static final String DENIED = "Operation not permitted";

  private record Answer(int code, String text) {
    /** Whether the tool followed the line, as far as it was let. */
    boolean followed() {
      return code == 0 || text.contains(DENIED);
    }
  }

  private static Answer ask(String line) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                "netlabelctl"));
    command.addAll(List.of(line.strip().split("\\s+")));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = String.join("\n", process.inputReader().lines().toList());
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as(line).isTrue();
    return new Answer(process.exitValue(), text);
  }

  private static void assumeHarmless() throws InterruptedException {
    try {
      // nothing has this name, so that even a kernel that allowed it would change nothing
      String text = ask("map del domain:larval_no_such_t").text();
      assumeTrue(text.contains(DENIED), "netlabelctl cannot be asked without privileges: " + text);
    } catch (IOException e) {
      assumeTrue(false, "netlabelctl or setpriv is not installed: apt-get install netlabel-tools");
    }
  }

  @Test
  void refusesAndHandsOnWhatOurTestsSay() throws Exception {
    assumeHarmless();
    List<String> wrong = new ArrayList<>();
    int asked = 0;
    for (String name : List.of("taken", "stricter", "refused")) {
      for (String line : Files.readAllLines(LINES.resolve(name + ".txt"))) {
        asked++;
        if (ask(line).followed() == name.equals("refused")) {
          wrong.add(name + ": " + line);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(asked).isGreaterThan(150);
  }
}
