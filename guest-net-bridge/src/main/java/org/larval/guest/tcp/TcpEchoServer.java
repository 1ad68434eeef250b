package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.FlowLog;
import org.larval.wire.IpAddress;

/** Sends back whatever comes, at once (TCP_NODELAY), and closes when the peer has. */
public final class TcpEchoServer implements TcpListenerCallbacks {
  private final byte[] buffer = new byte[16384];
  private final FlowLog log;
  private final TcpListener listener;

  /**
   * Listens.
   *
   * @param address the local address, or null for any
   * @param label SID of the server's socket
   * @param log hears of every message that arrives with a flow's number on it
   */
  public TcpEchoServer(
      TcpLayer layer, @Nullable IpAddress address, int port, int label, FlowLog log) {
    this.log = log;
    listener = layer.listen(address, port, label, this);
  }

  /** The listening socket. */
  public TcpListener listener() {
    return listener;
  }

  @Override
  public void accepted(long now, TcpSocket child, Effects out) {
    child.noDelay(true);
    if (child.flow() != 0) {
      log.heard(child.flow(), child.peerLabel());
    }
  }

  @Override
  public void readable(long now, TcpSocket socket, Effects out) {
    int message = socket.lastMessage();
    if (socket.available() > 0 && socket.flow() != 0 && message >= 0) {
      log.received(now, socket.flow(), message);
    }
    socket.message(message);
    echo(now, socket, out);
  }

  @Override
  public void writable(long now, TcpSocket socket, Effects out) {
    echo(now, socket, out);
  }

  private void echo(long now, TcpSocket socket, Effects out) {
    while (true) {
      // no more is read than can be sent back, so the peer's window closes before anything is lost
      int room = Math.min(buffer.length, socket.sendRoom());
      if (room == 0) {
        socket.wantWritable();
        return;
      }
      int count = socket.read(now, buffer, 0, room, out);
      if (count < 0) {
        socket.close(now, out);
        return;
      }
      if (count == 0) {
        return;
      }
      socket.write(now, buffer, 0, count, out);
    }
  }
}
