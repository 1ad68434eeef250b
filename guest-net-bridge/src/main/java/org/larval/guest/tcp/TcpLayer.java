package org.larval.guest.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.guest.IcmpError;
import org.larval.guest.IpOutput;
import org.larval.guest.SecurityModule;
import org.larval.guest.SocketCall;
import org.larval.guest.SocketKind;
import org.larval.guest.Timed;
import org.larval.guest.TransportHandler;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.FlowLog;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.TcpView;

/**
 * The TCP of one guest: finds the connection of a segment, keeps the timers, and answers the system
 * calls of {@link TcpSocket}. Segments that arrive while one is being worked on (a path that loops
 * back) wait in a short backlog.
 *
 * <p>Longer than most: it is the one door between segments, timers and applications, and the order
 * of entering and leaving must be seen in one place. The system calls' bodies are in {@link
 * TcpCalls}.
 */
public final class TcpLayer implements TransportHandler, Timed {
  private static final int MAX_BACKLOG = 4096;

  private final IpOutput ip;
  private final TcpSettings settings;
  private final RandomGenerator random;
  private final TcpOutput output;
  private final TcpInput input;
  private final TcpTimers timers;
  private final TcpCalls calls;
  private final ConnectionTable table;
  private final DeadlineHeap deadlines = new DeadlineHeap();
  private final List<TcpListener> listeners = new ArrayList<>();
  private final Set<TcpConnection> sleepers = new LinkedHashSet<>();
  private final ArrayDeque<Packet> backlog = new ArrayDeque<>();
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();
  private final TcpView view = new TcpView();
  private final FlowKey incoming = new FlowKey();
  private final FlowKey reversed = new FlowKey();
  private int incomingFlow;
  private ByteBuf incomingData = Unpooled.EMPTY_BUFFER;
  private int incomingHeader;
  private int depth;
  private long lastNumber;

  /**
   * A layer without connections.
   *
   * @param random chooses initial sequence numbers and ephemeral ports
   * @param log hears of retransmissions
   * @param stillQueued whether a segment still sits in a hold queue of this guest
   */
  public TcpLayer(
      IpOutput ip,
      TcpSettings settings,
      RandomGenerator random,
      FlowLog log,
      StillQueued stillQueued) {
    this.ip = ip;
    this.settings = settings;
    this.random = random;
    output = new TcpOutput(ip, log, stillQueued);
    input = new TcpInput(this, ip, output);
    timers = new TcpTimers(this, output);
    calls = new TcpCalls(this, ip, settings, random, output);
    table = new ConnectionTable(random.nextLong());
  }

  // --- for the stack ---

  /**
   * A TCP segment for this guest, whole and not a fragment. Taken.
   *
   * @param packet reader index at the IP header, {@link Packet#transport()} at the TCP header
   */
  @Override
  public void onSegment(long now, Packet packet, Effects out) {
    if (depth > 0) {
      if (backlog.size() == MAX_BACKLOG) {
        out.drop(packet, DropReason.SOCKET_BUFFER_FULL);
      } else {
        backlog.addLast(packet);
      }
      return;
    }
    enter();
    segment(now, packet, out);
    leave(now, out);
  }

  /**
   * An ICMP error about a TCP segment that this guest sent.
   *
   * @param sent the flow of the segment in the error's payload: its source is this guest
   * @param sequence the sequence number in the error's payload
   * @param error what the error stands for (icmp_err_convert): EMSGSIZE, EHOSTUNREACH, ECONNREFUSED
   * @param mtu for EMSGSIZE the next hop's MTU in bytes
   */
  public void onIcmpError(long now, FlowKey sent, int sequence, Errno error, int mtu, Effects out) {
    reversed.set(sent).reverse();
    TcpConnection c = table.incoming(reversed);
    if (c == null || sequence - c.sndUna < 0 || sequence - c.sndNxt > 0) {
      return;
    }
    boolean busy = depth > 0;
    enter();
    if (error == Errno.EMSGSIZE) {
      pathMtu(now, c, mtu, busy, out);
    } else if (!busy && c.state == TcpState.SYN_SENT) {
      fail(now, c, error, out);
    } else if (!busy && c.request()) {
      end(c);
    } else {
      c.softError = error;
    }
    update(c);
    leave(now, out);
  }

  @Override
  public void onIcmpError(
      long now, FlowKey quoted, int firstWord, IcmpError error, int mtu, Effects out) {
    onIcmpError(now, quoted, firstWord, error.errno(), mtu, out);
  }

  private void pathMtu(long now, TcpConnection c, int mtu, boolean busy, Effects out) {
    int least = c.flow.v6 ? Ipv6View.MIN_MTU : 552;
    int bounded = Math.max(mtu, least);
    if (bounded >= c.pathMtu || !c.state.synchronised()) {
      return;
    }
    c.pathMtu = bounded;
    SegmentQueue queue = c.unacked;
    int fits = Math.max(TcpConnection.MIN_MSS, bounded - c.headers());
    for (int i = 0; i < queue.size(); i++) {
      if (queue.length(i) > fits) {
        queue.markLost(i);
      }
    }
    c.duplicateAcks = Math.min(c.duplicateAcks, queue.size() - queue.lost());
    if (!busy) {
      output.push(now, c, out);
    }
  }

  /**
   * The security path woke the tasks that it had put to sleep: connects are made again, in order.
   */
  public void wake(long now, Effects out) {
    if (sleepers.isEmpty()) {
      return;
    }
    enter();
    List<TcpConnection> woken = new ArrayList<>(sleepers);
    sleepers.clear();
    for (TcpConnection c : woken) {
      if (c.told) {
        continue;
      }
      Errno result = calls.attempt(now, c, out);
      if (result != Errno.OK && result != Errno.ASLEEP) {
        fail(now, c, result, out);
      }
      update(c);
    }
    leave(now, out);
  }

  /** When {@link #onDeadline} must be called, or {@link Long#MAX_VALUE}. */
  @Override
  public long deadline() {
    return deadlines.deadline();
  }

  /** Runs the timers that are due. */
  @Override
  public void onDeadline(long now, Effects out) {
    enter();
    while (deadlines.deadline() <= now) {
      TcpConnection c = deadlines.first();
      if (c == null) {
        break;
      }
      timers.run(now, c, out);
      update(c);
    }
    leave(now, out);
  }

  /** How many connections there are, those in TIME_WAIT included. */
  public int connections() {
    return table.size();
  }

  /** How many connects sleep in the security path. */
  public int sleeping() {
    return sleepers.size();
  }

  // --- for applications ---

  /** A new socket. */
  public TcpSocket socket(TcpListenerCallbacks callbacks) {
    return new TcpSocket(this, callbacks);
  }

  /**
   * Listens on a port.
   *
   * @param address the local address, or null for any
   * @param port 1 to 65535
   * @param label SID of the socket, 0 for none
   * @return the listener, whose {@link TcpListener#error} says whether it listens
   */
  public TcpListener listen(
      @Nullable IpAddress address, int port, int label, TcpListenerCallbacks callbacks) {
    TcpListener listener = new TcpListener(address, port, label, callbacks);
    listener.error = mayListen(listener);
    if (listener.error == Errno.OK) {
      listeners.add(listener);
    }
    return listener;
  }

  /** socket(2), bind(2), listen(2). */
  private Errno mayListen(TcpListener listener) {
    IpAddress address = listener.address;
    Errno error = may(listener, SocketCall.CREATE);
    if (error == Errno.OK) {
      IpAddress bound = address == null ? IpAddress.ANY4 : address;
      error = module().bind(listener.label, SocketKind.TCP, bound, listener.port);
    }
    for (TcpListener other : listeners) {
      if (error == Errno.OK
          && other.port == listener.port
          && (address == null || other.address == null || other.address.equals(address))) {
        error = Errno.EADDRINUSE;
      }
    }
    return error == Errno.OK ? may(listener, SocketCall.LISTEN) : error;
  }

  private Errno may(TcpListener listener, SocketCall call) {
    return module().call(listener.label, listener.label, SocketKind.TCP, call);
  }

  private SecurityModule module() {
    return ip.securityModule();
  }

  /** Stops listening; connections made so far go on. */
  public void unlisten(TcpListener listener) {
    listeners.remove(listener);
  }

  // --- for the other parts of this package ---

  TcpCalls calls() {
    return calls;
  }

  boolean full() {
    return table.size() >= settings.maxConnections();
  }

  /** Whether a connection with these addresses and ports exists. */
  boolean taken(FlowKey flow) {
    reversed.set(flow).reverse();
    return table.incoming(reversed) != null;
  }

  void begin(TcpConnection c) {
    table.add(c);
  }

  long nextNumber() {
    return ++lastNumber;
  }

  void sleeps(TcpConnection c) {
    sleepers.add(c);
  }

  /** The connection is gone: out of the table, memory given back, no timer left. */
  void end(TcpConnection c) {
    if (c.request()) {
      TcpListener parent = c.parent;
      if (parent != null) {
        parent.halfOpen--;
      }
    }
    table.remove(c);
    sleepers.remove(c);
    c.state = TcpState.CLOSED;
    c.disarm();
    c.dst = null;
    c.unacked.free();
    c.sendRing.free();
    if (c.orphan || c.received.available() == 0) {
      c.received.free();
    }
    deadlines.update(c, TcpConnection.NEVER);
  }

  /** The connection broke, or was never made. */
  void fail(long now, TcpConnection c, Errno error, Effects out) {
    boolean request = c.request();
    end(c);
    c.socket.error = error;
    if (!c.told && !request) {
      c.told = true;
      c.socket.callbacks.failed(now, c.socket, error, out);
    }
  }

  /** Both sides closed in order. */
  void closed(long now, TcpConnection c, Effects out) {
    if (!c.told) {
      c.told = true;
      c.socket.callbacks.closed(now, c.socket, out);
    }
  }

  void connected(long now, TcpConnection c, Effects out) {
    c.socket.callbacks.connected(now, c.socket, out);
  }

  void accepted(long now, TcpConnection c, Effects out) {
    TcpListener parent = c.parent;
    if (parent != null) {
      parent.halfOpen--;
      if (may(parent, SocketCall.ACCEPT) != Errno.OK) {
        calls.abort(now, c.socket, out); // the server's accept(2) fails and it gives up the child
        return;
      }
    }
    c.socket.callbacks.accepted(now, c.socket, out);
  }

  void enterTimeWait(long now, TcpConnection c) {
    c.state = TcpState.TIME_WAIT;
    c.disarm();
    c.unacked.free();
    c.sendRing.free();
    if (c.orphan) {
      c.received.free();
    }
    c.endAt = settings.jiffies().fires(now, TcpSettings.TIME_WAIT);
  }

  /** In FIN_WAIT_2 a closed socket waits for the peer's FIN only so long (tcp_fin_timeout). */
  void waitForPeer(long now, TcpConnection c) {
    if (c.orphan) {
      c.endAt = settings.jiffies().fires(now, TcpSettings.TIME_WAIT);
    }
  }

  /** Tells the application what it can do now. */
  void wakeApplication(long now, TcpConnection c, Effects out) {
    if (c.orphan || c.request()) {
      return;
    }
    boolean end = c.finReceived && !c.endTold;
    if (c.received.available() > 0 && c.received.next() != c.toldUpTo || end) {
      c.toldUpTo = c.received.next();
      c.endTold |= end;
      c.socket.callbacks.readable(now, c.socket, out);
    }
    if (c.wantsWritable && c.state.sends() && c.sendRoom() * 3 >= settings.sendBuffer()) {
      c.wantsWritable = false;
      c.socket.callbacks.writable(now, c.socket, out);
    }
  }

  /** Resets whoever sent the segment that is being worked on. */
  void refuse(long now, Effects out) {
    int length = view.payloadLength();
    int flags = view.flags();
    if ((flags & TcpView.RST) != 0) {
      return;
    }
    int end = view.sequence() + length;
    end += (flags & TcpView.SYN) != 0 ? 1 : 0;
    end += (flags & TcpView.FIN) != 0 ? 1 : 0;
    output.refuse(now, incoming, view, end, incomingFlow, incomingData, incomingHeader, out);
  }

  // --- inside ---

  /** Something begins that may make segments; those that come back meanwhile wait. */
  void enter() {
    depth++;
  }

  void update(TcpConnection c) {
    deadlines.update(c, c.deadline());
  }

  /** It is over: what came meanwhile is worked on. */
  void leave(long now, Effects out) {
    if (depth == 1) {
      while (true) {
        Packet packet = backlog.pollFirst();
        if (packet == null) {
          break;
        }
        segment(now, packet, out);
      }
    }
    depth--;
  }

  private void segment(long now, Packet packet, Effects out) {
    DropReason reason = decode(packet);
    if (reason != null) {
      out.drop(packet, reason);
      return;
    }
    incomingFlow = packet.flow;
    TcpConnection c = table.incoming(incoming);
    if (c != null && c.state == TcpState.TIME_WAIT && reopens(c)) {
      end(c);
      c = null;
    }
    if (c != null && c.state != TcpState.CLOSED) {
      if (!module().receive(now, packet, subject(c), SocketKind.TCP, out)) {
        return;
      }
      input.arrive(now, c, packet, view, out);
      update(c);
      return;
    }
    TcpListener listener = c == null ? listener() : null;
    int flags = view.flags();
    if (listener != null && (flags & (TcpView.SYN | TcpView.ACK | TcpView.RST)) == TcpView.SYN) {
      if (module().receive(now, packet, listener.label, SocketKind.TCP, out)) {
        request(now, listener, packet, out);
      }
      return;
    }
    refuse(now, out);
    out.drop(packet, listener == null ? DropReason.NO_SOCKET : DropReason.TCP_INVALID);
  }

  /** A packet for a connection in the making is one for the listener (tcp_v4_rcv). */
  private static int subject(TcpConnection c) {
    TcpListener parent = c.parent;
    return parent != null && c.request() ? parent.label : c.socket.label;
  }

  /** A SYN that is newer than anything of the old connection (RFC 6191 without timestamps). */
  private boolean reopens(TcpConnection c) {
    return (view.flags() & (TcpView.SYN | TcpView.ACK | TcpView.RST)) == TcpView.SYN
        && view.sequence() - c.rcvNxt() > 0
        && listener() != null;
  }

  private @Nullable DropReason decode(Packet packet) {
    int at = packet.buffer().readerIndex();
    int readable = packet.buffer().readableBytes();
    incomingData = packet.buffer();
    incomingHeader = at;
    if (!incoming.decode(packet) || incoming.protocol != IpProtocol.TCP) {
      return DropReason.MALFORMED;
    }
    int transport;
    int length;
    if (incoming.v6) {
      if (ipv6.wrap(packet.buffer(), at, readable) != null) {
        return DropReason.MALFORMED;
      }
      transport = ipv6.payload();
      length = ipv6.payloadLength();
    } else {
      if (ipv4.wrap(packet.buffer(), at, readable) != null || ipv4.isFragment()) {
        return DropReason.MALFORMED;
      }
      transport = ipv4.payload();
      length = ipv4.payloadLength();
    }
    if (view.wrap(packet.buffer(), transport, length) != null) {
      return DropReason.MALFORMED;
    }
    long sum = Checksum.pseudoHeader(packet.buffer(), at, incoming.v6, IpProtocol.TCP, length);
    return view.checksumRight(sum) ? null : DropReason.BAD_CHECKSUM;
  }

  private @Nullable TcpListener listener() {
    TcpListener any = null;
    for (TcpListener listener : listeners) {
      if (listener.port != incoming.targetPort) {
        continue;
      }
      IpAddress address = listener.address;
      if (address == null) {
        any = listener;
      } else if (address.v6() == incoming.v6
          && address.low() == incoming.targetLow
          && address.high() == incoming.targetHigh) {
        return listener;
      }
    }
    return any;
  }

  private void request(long now, TcpListener listener, Packet packet, Effects out) {
    if (listener.halfOpen >= settings.synBacklog() || full()) {
      out.drop(packet, DropReason.SOCKET_BUFFER_FULL);
      return;
    }
    int label = module().connectionRequest(listener.label, packet);
    TcpSocket child = new TcpSocket(this, listener.callbacks);
    child.flow(packet.flow).label(label).task(listener.label).noDelay(listener.noDelay);
    child.peerLabel = module().peer(packet);
    FlowKey flow = incoming.copy().reverse();
    flow.oif = 0;
    flow.label = label;
    flow.mark = 0;
    flow.trafficClass = 0;
    child.ipOptionBytes(listener.ipOptionBytes + module().labelBytes(flow));
    TcpConnection c =
        new TcpConnection(
            nextNumber(), child, settings, flow.source(), flow.target(), flow, listener, now);
    child.connection = c;
    c.state = TcpState.SYN_RECEIVED;
    c.beginSending(random.nextInt());
    input.takeSyn(c, view);
    listener.halfOpen++;
    table.add(c);
    output.sendSyn(now, c, out);
    out.deliver(packet);
    update(c);
  }
}
