package org.larval.guest.app;

import org.larval.packet.Effects;
import org.larval.packet.Errno;

/**
 * A program of a guest. It lives on the stack's alarms and its sockets' callbacks, so that whoever
 * drives the stack drives it too.
 */
public interface App {
  /**
   * Opens sockets and sets the first alarm. Once.
   *
   * @return OK, or why it ended at once
   */
  Errno start(long now, Effects out);

  /** Closes every socket and cancels every alarm. */
  void stop(Effects out);
}
