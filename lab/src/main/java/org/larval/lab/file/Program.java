package org.larval.lab.file;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program that plays a guest. The lab starts it, waits until it is ready, and stops it.
 *
 * @param what {@code process:} or {@code qemu:}
 * @param log where what it prints goes; null for nowhere
 * @param ready what the log (of QEMU: the console) says when the guest is ready; null: at once
 * @param within how long the lab waits for that, in nanoseconds
 * @param atStart whether it is started with the lab, and not by a change
 */
public record Program(
    Where where,
    What what,
    @Nullable String log,
    @Nullable Pattern ready,
    long within,
    boolean atStart) {

  /** What is started. */
  public sealed interface What {}

  /**
   * Any command.
   *
   * @param run the program and its arguments
   * @param environment variables that it has besides the lab's own
   */
  public record Command(List<String> run, Map<String, String> environment) implements What {
    /** Keeps its own copies. */
    public Command {
      run = List.copyOf(run);
      environment = Map.copyOf(environment);
    }
  }

  /**
   * A virtual machine; its NIC is the guest's attachment.
   *
   * @param memory bytes
   * @param accelerator {@code tcg} or {@code kvm}
   * @param append the kernel's command line besides the console
   * @param console where its serial port writes
   */
  public record Qemu(
      String kernel,
      @Nullable String initrd,
      long memory,
      String accelerator,
      String append,
      String console)
      implements What {}

  /** What a change does to a program. */
  public enum Steering {
    /** Starts it, if it does not run. */
    START,
    /** Asks it to end (SIGTERM), and kills it when it takes too long. */
    STOP,
    /** Stops it without a chance to clean up (SIGKILL). */
    KILL,
    /** Holds it where it is (SIGSTOP). */
    PAUSE,
    /** Lets it go on (SIGCONT). */
    RESUME,
    /** Stops it and starts it again. */
    RESTART
  }
}
