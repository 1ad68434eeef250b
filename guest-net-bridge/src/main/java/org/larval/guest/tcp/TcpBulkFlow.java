package org.larval.guest.tcp;

import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowLog;
import org.larval.wire.IpAddress;

/**
 * Connects, sends so many bytes as fast as TCP lets it, closes, and keeps how long that took. For
 * the ledger each {@value #BLOCK} bytes are one message, offered when its first byte is taken and
 * received when {@link TcpSink} has read all of it as it was sent.
 */
public final class TcpBulkFlow implements TcpListenerCallbacks {
  /** Bytes of one message. */
  public static final int BLOCK = 16384;

  private final byte[] chunk = new byte[BLOCK];
  private final TcpSocket socket;
  private final int flow;
  private final IpAddress target;
  private final int port;
  private final long startAt;
  private final FlowLog log;
  private final long bytes;
  private boolean receiverElsewhere;
  private long left;
  private int offered;
  private boolean started;
  private long doneAt = -1;

  /**
   * A flow that has not begun.
   *
   * @param flow the ledger's number
   * @param label SID of the socket
   * @param bytes how much to send
   * @param startAt nanoseconds since the lab began
   */
  public TcpBulkFlow(
      TcpLayer layer,
      int flow,
      int label,
      IpAddress target,
      int port,
      long bytes,
      long startAt,
      FlowLog log) {
    this.socket = layer.socket(this).flow(flow).label(label);
    this.flow = flow;
    this.target = target;
    this.port = port;
    this.bytes = bytes;
    this.left = bytes;
    this.startAt = startAt;
    this.log = log;
  }

  /**
   * The receiver does not write into this log: when the connection closes in order, all that was
   * offered counts as received, as TCP says.
   */
  public TcpBulkFlow receiverElsewhere() {
    receiverElsewhere = true;
    return this;
  }

  /** When {@link #onDeadline} must be called, or {@link Long#MAX_VALUE}. */
  public long deadline() {
    return started ? Long.MAX_VALUE : startAt;
  }

  /** Begins. */
  public void onDeadline(long now, Effects out) {
    if (started || now < startAt) {
      return;
    }
    started = true;
    Errno result = socket.connect(now, target, port, false, out);
    if (result != Errno.ASLEEP) {
      log.failed(now, flow, result);
    }
  }

  @Override
  public void connected(long now, TcpSocket connected, Effects out) {
    log.connected(now, flow, now - startAt, connected.synRetransmissions());
    writable(now, connected, out);
  }

  @Override
  public void writable(long now, TcpSocket connected, Effects out) {
    while (left > 0) {
      long position = bytes - left;
      int block = (int) (position / BLOCK);
      int within = (int) (position % BLOCK);
      if (connected.sendRoom() == 0) {
        connected.wantWritable();
        return;
      }
      if (block == offered) {
        log.offered(now, flow, offered++);
        fill(position);
      }
      connected.message(block);
      int wanted = (int) Math.min(BLOCK - within, left);
      int taken = connected.write(now, chunk, within, wanted, out);
      if (taken < 0) {
        log.failed(now, flow, connected.error());
        left = 0;
        connected.abort(now, out);
        return;
      }
      if (taken == 0) {
        return;
      }
      left -= taken;
    }
    connected.close(now, out);
  }

  private void fill(long from) {
    for (int i = 0; i < BLOCK; i++) {
      chunk[i] = pattern(from + i);
    }
  }

  /** The byte at a position of the stream: a shift or an exchange of blocks shows. */
  static byte pattern(long position) {
    return (byte) (position ^ position >>> 8 ^ position >>> 16 ^ position >>> 24);
  }

  @Override
  public void closed(long now, TcpSocket connected, Effects out) {
    doneAt = now;
    for (int i = 0; receiverElsewhere && left == 0 && i < offered; i++) {
      log.received(now, flow, i);
    }
  }

  @Override
  public void failed(long now, TcpSocket connected, Errno error, Effects out) {
    log.failed(now, flow, error);
  }

  /** Bytes that were not handed over yet. */
  public long left() {
    return left;
  }

  /** When everything was acknowledged and both sides had closed; -1 before. */
  public long doneAt() {
    return doneAt;
  }

  /** Its socket. */
  public TcpSocket socket() {
    return socket;
  }
}
