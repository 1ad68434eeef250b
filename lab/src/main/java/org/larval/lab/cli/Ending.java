package org.larval.lab.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C or SIGTERM: what runs is told to end, and the process waits until it has said what it did.
 */
final class Ending implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final BooleanSupplier action;
  private volatile int code = Main.BAD_INPUT;

  private Ending(BooleanSupplier action) {
    this.action = action;
  }

  static Ending onSignal() {
    return onSignal(() -> true);
  }

  /**
   * From now on, until {@link #done}.
   *
   * @param action what also happens at the signal, on another thread; whether something will be
   *     said
   */
  static Ending onSignal(BooleanSupplier action) {
    Ending ending = new Ending(action);
    Runtime.getRuntime().addShutdownHook(new Thread(ending::signal, "ending"));
    return ending;
  }

  private void signal() {
    if (finished.getCount() == 0) {
      return; // it is the ordinary end
    }
    asked.countDown();
    try {
      if (action.getAsBoolean() && finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(code); // otherwise the signal's number
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the process shall end. */
  boolean asked() {
    return asked.getCount() == 0;
  }

  /** Waits for the signal, but no longer than this; whether it came. */
  boolean await(long millis) {
    try {
      return asked.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** The command is over, however it went. */
  @Override
  public void close() {
    finished.countDown();
  }

  /** All is printed; the exit code. */
  int done(int exitCode) {
    code = exitCode;
    return exitCode;
  }
}
