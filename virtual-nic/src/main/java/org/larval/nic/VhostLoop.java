package org.larval.nic;

/** What a port with a control plane asks of the event loop on which it lives. */
public interface VhostLoop {
  /** Ends a watch; the descriptor stays open. */
  @FunctionalInterface
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Calls back on the loop, again and again while the descriptor can be read.
   *
   * @throws java.io.IOException if it is of a kind that cannot be waited for
   */
  Watch watch(int descriptor, Runnable readable) throws java.io.IOException;

  /** Calls back on the loop once, after some nanoseconds. */
  void after(long nanos, Runnable call);
}
