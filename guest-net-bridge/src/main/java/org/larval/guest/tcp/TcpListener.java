package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;

/** A listening socket. Made by {@link TcpLayer#listen}. */
public final class TcpListener {
  /** The address that it is bound to, or null for any. */
  final @Nullable IpAddress address;

  final TcpListenerCallbacks callbacks;

  /** SID of the socket; its children's have the level of their peer. */
  final int label;

  final int port;
  Errno error = Errno.OK;
  boolean noDelay;
  int ipOptionBytes;
  int halfOpen;

  TcpListener(@Nullable IpAddress address, int port, int label, TcpListenerCallbacks callbacks) {
    this.address = address;
    this.port = port;
    this.label = label;
    this.callbacks = callbacks;
  }

  /** OK, or why it does not listen: EADDRINUSE, EACCES. */
  public Errno error() {
    return error;
  }

  /** Whether children send small segments at once (TCP_NODELAY). */
  public TcpListener noDelay(boolean on) {
    noDelay = on;
    return this;
  }

  /** Bytes of IP options that a rule adds to packets of the children, for the segment size. */
  public TcpListener ipOptionBytes(int bytes) {
    ipOptionBytes = bytes;
    return this;
  }

  /** The port it is bound to. */
  public int port() {
    return port;
  }
}
