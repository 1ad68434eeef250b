package org.larval.lab.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How to start this program again, in a JVM that knows nothing of what ran in this one. */
public final class JvmCommand {
  private JvmCommand() {}

  /**
   * The words of a command line: this JVM with its options and class path.
   *
   * @param options more options of the JVM
   * @param main whose main method runs
   * @param words what it is given
   */
  public static List<String> of(List<String> options, Class<?> main, List<String> words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // A cache of compiled code brings the types along that it was trained with.
      if (Stream.of("-XX:AOT", "-Xlog", "-agentlib", "-javaagent").noneMatch(option::startsWith)) {
        command.add(option);
      }
    }
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(words);
    return command;
  }
}
