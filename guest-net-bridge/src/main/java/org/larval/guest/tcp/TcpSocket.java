package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;

/**
 * A stream socket as an application holds it. Made by {@link TcpLayer#socket} or handed to {@link
 * TcpListenerCallbacks#accepted}. It connects once.
 *
 * <p>After a successful connect or accept exactly one of {@code closed} and {@code failed} is
 * called, unless the application aborts.
 */
public final class TcpSocket {
  final TcpLayer layer;
  TcpListenerCallbacks callbacks;

  /** The number that the lab gave the traffic, 0 for none. */
  int flow;

  /** SID, 0 for none. */
  int label;

  /** SID of the task that has it. */
  int task;

  boolean opened;

  int mark;
  int message = -1;
  int lastMessage = -1;
  boolean noDelay;
  int ipOptionBytes;
  int peerLabel;
  @Nullable IpAddress boundAddress;
  int boundPort;
  @Nullable TcpConnection connection;
  Errno error = Errno.OK;

  TcpSocket(TcpLayer layer, TcpListenerCallbacks callbacks) {
    this.layer = layer;
    this.callbacks = callbacks;
  }

  /** Who is woken from now on. */
  public TcpSocket callbacks(TcpListenerCallbacks who) {
    callbacks = who;
    return this;
  }

  /** The ledger's flow that packets of this socket carry. */
  public TcpSocket flow(int number) {
    flow = number;
    return this;
  }

  /** The ledger's flow; that of the peer's SYN for an accepted socket. */
  public int flow() {
    return flow;
  }

  /** The SID of the socket; before connect. */
  public TcpSocket label(int sid) {
    label = sid;
    task = sid;
    opened = false;
    return this;
  }

  /** The SID of the task that reads and writes, if it is not the socket's. */
  TcpSocket task(int sid) {
    task = sid;
    return this;
  }

  /** The SID of the socket. */
  public int label() {
    return label;
  }

  /** The SID of the peer (SO_PEERSEC), 0 for none: known when the connection is made. */
  public int peerLabel() {
    return peerLabel;
  }

  /** SO_MARK; before connect. */
  public TcpSocket mark(int value) {
    mark = value;
    return this;
  }

  /** TCP_NODELAY: small segments leave at once. */
  public TcpSocket noDelay(boolean on) {
    noDelay = on;
    return this;
  }

  /** Bytes of IP options that a rule adds to each packet, for the segment size; 0 to 40. */
  public TcpSocket ipOptionBytes(int bytes) {
    ipOptionBytes = bytes;
    return this;
  }

  /** The number of the application's message that segments with data begin with from now on. */
  public TcpSocket message(int number) {
    message = number;
    return this;
  }

  /** The message number on the segment that brought data last, or -1. */
  public int lastMessage() {
    return lastMessage;
  }

  /** Binds before connect; null leaves the address to routing, 0 the port to chance. */
  public TcpSocket bind(@Nullable IpAddress address, int port) {
    boundAddress = address;
    boundPort = port;
    return this;
  }

  /**
   * What the security module says to socket(2), asked once: by {@link #connect}, if not before.
   *
   * @return OK, EACCES, or why no label can be attached
   */
  public Errno open() {
    return layer.calls().open(this);
  }

  /**
   * Opens a connection. The route, and with it the security path, is asked once, here.
   *
   * @return {@link Errno#ASLEEP} for a blocking call and {@link Errno#EINPROGRESS} for a
   *     nonblocking one that go on: {@code connected} or {@code failed} follows. Otherwise what the
   *     call answers, with nothing sent.
   */
  public Errno connect(long now, IpAddress target, int port, boolean nonblocking, Effects out) {
    return layer.calls().connect(now, this, target, port, nonblocking, out);
  }

  /**
   * Hands data over.
   *
   * @return the bytes taken; fewer than given if the send buffer is full ({@code writable} follows)
   *     and 0 while not connected; -1 if the connection takes none any more ({@link #error})
   */
  public int write(long now, byte[] data, int offset, int length, Effects out) {
    return layer.calls().write(now, this, data, offset, length, out);
  }

  /**
   * Reads what arrived.
   *
   * @return the bytes read, 0 if there are none now, -1 at the end of the stream
   */
  public int read(long now, byte[] into, int offset, int length, Effects out) {
    return layer.calls().read(now, this, into, offset, length, out);
  }

  /** Says that no more data will be sent; reading goes on. */
  public void shutdown(long now, Effects out) {
    layer.calls().shutdown(now, this, out);
  }

  /** Closes in order; resets the connection if data was not read, as Linux does. */
  public void close(long now, Effects out) {
    layer.calls().close(now, this, out);
  }

  /** Resets the connection, or gives up connecting. No callback follows. */
  public void abort(long now, Effects out) {
    layer.calls().abort(now, this, out);
  }

  /** Bytes that a write would take now. */
  public int sendRoom() {
    TcpConnection c = connection;
    return c == null || c.finQueued || !c.state.sends() ? 0 : c.sendRoom();
  }

  /** Asks for {@code writable} when the send buffer has room again. */
  public void wantWritable() {
    TcpConnection c = connection;
    if (c != null) {
      c.wantsWritable = true;
    }
  }

  /** Bytes that can be read now. */
  public int available() {
    TcpConnection c = connection;
    return c == null ? 0 : c.received.available();
  }

  /** The state of its connection. */
  public TcpState state() {
    TcpConnection c = connection;
    return c == null ? TcpState.CLOSED : c.state;
  }

  /** Why the connection failed, or OK. */
  public Errno error() {
    return error;
  }

  /** How often its SYN was sent again. */
  public int synRetransmissions() {
    TcpConnection c = connection;
    return c == null ? 0 : c.synRetransmissions;
  }

  /** How often any of its segments was sent again (tcpi_total_retrans). */
  public int retransmissions() {
    TcpConnection c = connection;
    return c == null ? 0 : c.retransmissions;
  }

  /** The smoothed round trip in nanoseconds, 0 before the first measurement. */
  public long smoothedRoundTrip() {
    TcpConnection c = connection;
    return c == null ? 0 : c.roundTrip.smoothed();
  }

  /** The peer's address, or null before connect. */
  public @Nullable IpAddress remoteAddress() {
    TcpConnection c = connection;
    return c == null ? null : c.remote;
  }

  /** The local port, or 0 before connect. */
  public int localPort() {
    TcpConnection c = connection;
    return c == null ? 0 : c.flow.sourcePort;
  }
}
