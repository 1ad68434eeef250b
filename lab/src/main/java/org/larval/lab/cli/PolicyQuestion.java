package org.larval.lab.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import org.larval.lab.policy.QuestionException;
import org.larval.lab.report.JsonText;
import org.larval.labels.why.BooleanState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What all questions to a policy have in common: the policy, its booleans, and how to answer. */
@Command(mixinStandardHelpOptions = true, sortOptions = false)
abstract class PolicyQuestion implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "POLICY", description = "A binary policy.")
  private Path policy = Path.of("policy.33");

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "WORD", description = "The question.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--boolean",
      paramLabel = "NAME=on|off",
      description = "Set a boolean before the question; may be repeated.")
  private List<String> booleans = new ArrayList<>();

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      description =
          "Answer the lines of a file ('-' for standard input) in the form of 'larval policy"
              + " answer' instead of one question.")
  private @Nullable String questions;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or JSON.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The least and the most words that a question has. */
  abstract int[] count();

  /** The words by name, such as {@code SOURCE TARGET CLASS}. */
  abstract String form();

  abstract PolicyAnswer answer(PolicyDesk desk, List<String> given);

  /** Whether lines about access are explained. */
  boolean explains() {
    return false;
  }

  @Override
  public Integer call() {
    List<BooleanState> set = booleans.stream().map(PolicyQuestion::bool).toList();
    List<PolicyAnswer> answers;
    try {
      PolicyDesk desk = new PolicyDesk(PolicyCommand.read(policy));
      desk.set(set);
      answers = questions == null ? List.of(one(desk)) : all(desk, questions);
    } catch (QuestionException problem) {
      throw new BadInputException(problem.what(), problem.remedy());
    }
    print(new PolicyAnswer.Report(policy.toString(), set, answers));
    return answers.stream().anyMatch(PolicyAnswer::refused) ? Main.NOT_MET : Main.DONE;
  }

  private PolicyAnswer one(PolicyDesk desk) {
    int[] count = count();
    if (words.size() < count[0] || words.size() > count[1]) {
      throw new BadInputException(
          "'larval policy "
              + spec.name()
              + "' has "
              + words.size()
              + (words.size() == 1 ? " word" : " words")
              + " after the policy",
          form().isEmpty()
              ? "it takes none"
              : "write " + form() + (questions == null ? " or --questions FILE" : ""));
    }
    return answer(desk, words);
  }

  private List<PolicyAnswer> all(PolicyDesk desk, String file) {
    if (!words.isEmpty()) {
      throw new BadInputException(
          "there is a question besides --questions", "give one or the other");
    }
    String name = file.equals("-") ? "standard input" : file;
    List<PolicyAnswer> answers = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isEmpty()) {
          answers.add(line(desk, line, name + ":" + number + ":1: "));
        }
      }
    } catch (IOException problem) {
      throw new BadInputException(
          name + ": the questions cannot be read", "check their path and permissions");
    }
    return answers;
  }

  private PolicyAnswer line(PolicyDesk desk, String line, String place) {
    try {
      return desk.line(line, explains());
    } catch (QuestionException problem) {
      throw new BadInputException(place + problem.what(), problem.remedy());
    }
  }

  private static InputStream open(String file) throws IOException {
    return file.equals("-") ? System.in : Files.newInputStream(Path.of(file));
  }

  private static BooleanState bool(String text) {
    int equals = text.indexOf('=');
    String state = text.substring(equals + 1).toLowerCase(Locale.ROOT);
    boolean on = List.of("on", "true", "1").contains(state);
    if (equals < 1 || !on && !List.of("off", "false", "0").contains(state)) {
      throw new BadInputException("--boolean is '" + text + "'", "write NAME=on or NAME=off");
    }
    return new BooleanState(text.substring(0, equals), on);
  }

  private void print(PolicyAnswer.Report report) {
    PrintWriter out = spec.commandLine().getOut();
    if (format == OutputFormat.json) {
      out.print(JsonText.of(report));
    } else {
      boolean first = true;
      for (PolicyAnswer answer : report.answers()) {
        String text = answer.text();
        boolean block = text.indexOf('\n') < text.length() - 1;
        out.print(first || !block ? text : "\n" + text);
        first = false;
      }
    }
    out.flush();
  }

  /** The words of a question from one on. */
  static List<String> rest(List<String> words, int from) {
    return List.copyOf(words.subList(from, words.size()));
  }
}
