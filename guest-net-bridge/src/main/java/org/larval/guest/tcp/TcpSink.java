package org.larval.guest.tcp;

import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowLog;
import org.larval.wire.IpAddress;

/**
 * Reads whatever comes, counts it, and closes when the peer has. It compares the stream of a {@link
 * TcpBulkFlow} with what was sent, and tells the ledger of every block that arrived whole.
 */
public final class TcpSink implements TcpListenerCallbacks {
  private final byte[] buffer = new byte[16384];
  private final TcpListener listener;
  private final @Nullable FlowLog log;
  private final IdentityHashMap<TcpSocket, Stream> streams = new IdentityHashMap<>();
  private long bytes;
  private long ended;
  private long lastAt = -1;

  /** How far one connection has come. */
  private static final class Stream {
    private long position;
    private boolean whole = true;
  }

  /** Listens and tells nobody. */
  public TcpSink(TcpLayer layer, @Nullable IpAddress address, int port, int label) {
    this(layer, address, port, label, null);
  }

  /**
   * Listens.
   *
   * @param address the local address, or null for any
   * @param label SID of the server's socket
   * @param log hears of every block that arrives with a flow's number on it, or null
   */
  public TcpSink(
      TcpLayer layer, @Nullable IpAddress address, int port, int label, @Nullable FlowLog log) {
    this.log = log;
    listener = layer.listen(address, port, label, this);
  }

  /** The listening socket. */
  public TcpListener listener() {
    return listener;
  }

  @Override
  public void accepted(long now, TcpSocket child, Effects out) {
    if (log != null && child.flow() != 0) {
      log.heard(child.flow(), child.peerLabel());
    }
  }

  @Override
  public void readable(long now, TcpSocket socket, Effects out) {
    while (true) {
      int count = socket.read(now, buffer, 0, buffer.length, out);
      if (count < 0) {
        end(now, socket);
        ended++;
        socket.close(now, out);
        return;
      }
      if (count == 0) {
        return;
      }
      if (log != null && socket.flow() != 0) {
        check(now, log, socket, count);
      }
      bytes += count;
      lastAt = now;
    }
  }

  private void check(long now, FlowLog told, TcpSocket socket, int count) {
    Stream stream = streams.computeIfAbsent(socket, s -> new Stream());
    for (int i = 0; i < count; i++) {
      stream.whole &= buffer[i] == TcpBulkFlow.pattern(stream.position++);
      if (stream.position % TcpBulkFlow.BLOCK == 0) {
        block(now, told, socket, stream, stream.position / TcpBulkFlow.BLOCK - 1);
      }
    }
  }

  private static void block(long now, FlowLog told, TcpSocket socket, Stream stream, long number) {
    if (stream.whole) {
      told.received(now, socket.flow(), (int) number);
    }
    stream.whole = true;
  }

  /** The last block may be shorter. */
  private void end(long now, TcpSocket socket) {
    Stream stream = streams.remove(socket);
    if (log != null && stream != null && stream.position % TcpBulkFlow.BLOCK != 0) {
      block(now, log, socket, stream, stream.position / TcpBulkFlow.BLOCK);
    }
  }

  @Override
  public void failed(long now, TcpSocket socket, Errno error, Effects out) {
    streams.remove(socket);
  }

  /** How many bytes came so far, over all connections. */
  public long bytes() {
    return bytes;
  }

  /** How many connections came to an orderly end. */
  public long ended() {
    return ended;
  }

  /** When data last came, in nanoseconds since the lab began; -1 for never. */
  public long lastAt() {
    return lastAt;
  }
}
