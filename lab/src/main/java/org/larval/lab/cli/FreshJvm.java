package org.larval.lab.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.larval.lab.bench.JvmCommand;

/**
 * A command of ours in a process of its own: what ran before in this one, or when the program was
 * built, has told the compiler nothing there about which types it will meet.
 */
final class FreshJvm {
  private FreshJvm() {}

  /**
   * Runs it and answers what it printed; what it tells people goes where ours goes.
   *
   * @throws BadInputException if it fails
   */
  static String run(List<String> words) throws IOException {
    List<String> command = JvmCommand.of(List.of(), Main.class, words);
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try {
      String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != Main.DONE) {
        throw new BadInputException(
            "the process that measures ended with " + code, "its own message says why");
      }
      return told;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BadInputException("interrupted while measuring", "start it again");
    } finally {
      process.destroy();
    }
  }
}
