package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.wire.IpAddress;

/** Reads and forgets whatever comes, counts it, and closes when the peer has. */
public final class TcpSink implements TcpListenerCallbacks {
  private final byte[] buffer = new byte[16384];
  private final @Nullable TcpListener listener;
  private long bytes;
  private long lastAt = -1;

  /**
   * Listens.
   *
   * @param address the local address, or null for any
   * @param label SID of the server's socket
   */
  public TcpSink(TcpLayer layer, @Nullable IpAddress address, int port, int label) {
    listener = layer.listen(address, port, label, this);
  }

  /** The listening socket, or null if the port was taken. */
  public @Nullable TcpListener listener() {
    return listener;
  }

  @Override
  public void readable(long now, TcpSocket socket, Effects out) {
    while (true) {
      int count = socket.read(now, buffer, 0, buffer.length, out);
      if (count < 0) {
        socket.close(now, out);
        return;
      }
      if (count == 0) {
        return;
      }
      bytes += count;
      lastAt = now;
    }
  }

  /** How many bytes came so far, over all connections. */
  public long bytes() {
    return bytes;
  }

  /** When data last came, in nanoseconds since the lab began; -1 for never. */
  public long lastAt() {
    return lastAt;
  }
}
