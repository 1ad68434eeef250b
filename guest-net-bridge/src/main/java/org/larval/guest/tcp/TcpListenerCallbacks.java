package org.larval.guest.tcp;

import org.larval.packet.Effects;
import org.larval.packet.Errno;

/**
 * How a socket wakes its application. Every method may call the socket again: write, read, close.
 * {@code now} is nanoseconds since the lab began.
 */
public interface TcpListenerCallbacks {
  /** Nobody listens. */
  TcpListenerCallbacks SILENT = new TcpListenerCallbacks() {};

  /** A listener has a new connection, whose callbacks are the listener's until changed. */
  default void accepted(long now, TcpSocket child, Effects out) {}

  /** A connect that did not answer at once has succeeded. */
  default void connected(long now, TcpSocket socket, Effects out) {}

  /** A connect failed, or an established connection broke; the socket is closed. */
  default void failed(long now, TcpSocket socket, Errno error, Effects out) {}

  /** There is data to read, or the peer closed and a read answers the end of the stream. */
  default void readable(long now, TcpSocket socket, Effects out) {}

  /** The send buffer has room again after a write that took less than it was given. */
  default void writable(long now, TcpSocket socket, Effects out) {}

  /** Both sides closed in order and everything was acknowledged. */
  default void closed(long now, TcpSocket socket, Effects out) {}
}
