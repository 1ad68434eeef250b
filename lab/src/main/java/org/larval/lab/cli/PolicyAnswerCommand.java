package org.larval.lab.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.Questions;
import org.larval.labels.policydb.SecurityServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval policy answer POLICY}: a file of questions, each line with its answer. */
@Command(
    name = "answer",
    description = {
      "Reads questions, one a line with tabs between their fields, and prints each line with its"
          + " answer. Answers that a line has already are replaced.",
      "",
      "  av SOURCE TARGET CLASS        allowed, logged, not logged when denied, reason",
      "  ctx CONTEXT                   valid|lax|invalid and the canonical text",
      "  trans|member|change SOURCE TARGET CLASS   the new context, or invalid",
      "  vt OLD NEW TASK CLASS         1 if the label may be changed, else 0",
      "  dom LEVEL LEVEL               equal, dominates, dominated, incomparable: 1 or 0",
      "  contains RANGE RANGE          1 or 0",
      "  port PROTOCOL PORT            its context",
      "  netif NAME                    its context, and that of what arrives on it",
      "  node ADDRESS                  its context",
      "  isid NUMBER                   the context of an initial SID",
      "",
      "A question that names what the policy does not have is answered 'invalid'. The reason is a"
          + " sum, in hexadecimal: 1 some permission has no rule, 2 a constraint withholds one, 4"
          + " the change of role does, 8 type bounds do; 100 with bounds of bounds. 'lax' is a"
          + " context that libsepol reads by ignoring its end; the kernel refuses it, and so do"
          + " we."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval policy answer policy.33 < questions.tsv"})
final class PolicyAnswerCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "POLICY", description = "A binary policy.")
  private Path policy = Path.of("policy.33");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "QUESTIONS",
      description = "The questions; standard input by default.")
  private @Nullable Path questions;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Questions asked = new Questions(new SecurityServer(PolicyCommand.read(policy)));
    PrintWriter out = spec.commandLine().getOut();
    Path file = questions;
    String name = file == null ? "standard input" : file.toString();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isEmpty()) {
          out.print(answer(asked, line, name + ":" + number + ":1: "));
          out.print('\n');
        }
      }
    } catch (IOException problem) {
      throw new BadInputException(
          name + ": the questions cannot be read", "check their path and permissions");
    } finally {
      out.flush();
    }
    return Main.DONE;
  }

  private static InputStream open(@Nullable Path file) throws IOException {
    return file == null ? System.in : Files.newInputStream(file);
  }

  private static String answer(Questions asked, String line, String place) {
    try {
      return asked.answer(line);
    } catch (IllegalArgumentException problem) {
      throw new BadInputException(
          place + problem.getMessage(), "'larval policy answer --help' lists them");
    }
  }
}
