package org.larval.guest.tcp;

import java.util.random.RandomGenerator;
import org.larval.guest.Caller;
import org.larval.guest.Dst;
import org.larval.guest.IpOutput;
import org.larval.guest.SecurityModule;
import org.larval.guest.SocketCall;
import org.larval.guest.SocketKind;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** The system calls of {@link TcpSocket}: connect, write, read, shutdown, close, abort. */
final class TcpCalls {
  /** net.ipv4.ip_local_port_range. */
  private static final int FIRST_EPHEMERAL = 32768;

  private static final int EPHEMERALS = 60999 - FIRST_EPHEMERAL + 1;

  private final TcpLayer layer;
  private final IpOutput ip;
  private final TcpSettings settings;
  private final RandomGenerator random;
  private final TcpOutput output;

  TcpCalls(
      TcpLayer layer, IpOutput ip, TcpSettings settings, RandomGenerator random, TcpOutput output) {
    this.layer = layer;
    this.ip = ip;
    this.settings = settings;
    this.random = random;
    this.output = output;
  }

  Errno connect(
      long now, TcpSocket socket, IpAddress target, int port, boolean nonblocking, Effects out) {
    TcpConnection old = socket.connection;
    if (old != null) {
      return old.state.synchronised() ? Errno.EISCONN : Errno.EALREADY;
    }
    IpAddress bound = socket.boundAddress;
    IpAddress source = bound != null ? bound : ip.sourceFor(target);
    if (source == null) {
      return Errno.ENETUNREACH;
    }
    if (source.v6() != target.v6() || port < 1 || port > 65535) {
      return Errno.EINVAL;
    }
    Errno refused = refusal(socket, target, port);
    if (refused != Errno.OK) {
      return refused;
    }
    if (layer.full()) {
      return Errno.ENOBUFS;
    }
    FlowKey flow = new FlowKey().addresses(source, target);
    flow.label = socket.label;
    flow.mark = socket.mark;
    if (!choosePort(flow, socket.boundPort, port)) {
      return Errno.EADDRNOTAVAIL;
    }
    socket.ipOptionBytes += ip.securityModule().labelBytes(flow);
    TcpConnection c =
        new TcpConnection(layer.nextNumber(), socket, settings, source, target, flow, null, now);
    c.nonblocking = nonblocking;
    layer.enter();
    socket.connection = c;
    layer.begin(c);
    Errno result = attempt(now, c, out);
    if (result != Errno.OK && result != Errno.ASLEEP) {
      c.told = true;
      socket.error = result;
      layer.end(c);
      socket.connection = null;
    }
    layer.update(c);
    layer.leave(now, out);
    return result == Errno.OK && nonblocking
        ? Errno.EINPROGRESS
        : result == Errno.OK ? Errno.ASLEEP : result;
  }

  /** What the security module says to socket(2), to bind(2) if it was called, to connect(2). */
  private Errno refusal(TcpSocket socket, IpAddress target, int port) {
    SecurityModule module = ip.securityModule();
    Errno refused = open(socket);
    IpAddress bound = socket.boundAddress;
    if (refused == Errno.OK && (bound != null || socket.boundPort != 0)) {
      IpAddress any = target.v6() ? IpAddress.ANY6 : IpAddress.ANY4;
      refused =
          module.bind(socket.label, SocketKind.TCP, bound == null ? any : bound, socket.boundPort);
    }
    return refused == Errno.OK
        ? module.connect(socket.label, SocketKind.TCP, target, port)
        : refused;
  }

  Errno open(TcpSocket socket) {
    if (!socket.opened) {
      Errno refused = may(socket, SocketCall.CREATE);
      if (refused != Errno.OK) {
        return refused;
      }
      socket.opened = true;
    }
    return Errno.OK;
  }

  private Errno may(TcpSocket socket, SocketCall call) {
    return ip.securityModule().call(socket.task, socket.label, SocketKind.TCP, call);
  }

  private boolean choosePort(FlowKey flow, int bound, int port) {
    int start = bound != 0 ? bound : random.nextInt(EPHEMERALS);
    int tries = bound != 0 ? 1 : EPHEMERALS;
    for (int i = 0; i < tries; i++) {
      int local = bound != 0 ? bound : FIRST_EPHEMERAL + (start + i) % EPHEMERALS;
      flow.ports(IpProtocol.TCP, local, port);
      if (!layer.taken(flow)) {
        return true;
      }
    }
    return false;
  }

  /** The body of connect(2), made again whenever the sleeping task is woken. */
  Errno attempt(long now, TcpConnection c, Effects out) {
    Caller caller = c.nonblocking ? Caller.SOCKET_NONBLOCKING : Caller.SOCKET;
    Dst path = ip.route(now, c.flow, caller, out);
    Errno error = path.error();
    if (error == Errno.ASLEEP) {
      layer.sleeps(c);
    }
    if (error != Errno.OK) {
      return error;
    }
    c.dst = path;
    c.state = TcpState.SYN_SENT;
    c.beginSending(random.nextInt());
    // of what output answers only this ends the call (tcp_connect): what a label check says
    Errno sent = output.sendSyn(now, c, out);
    return sent == Errno.ECONNREFUSED ? sent : Errno.OK;
  }

  int write(long now, TcpSocket socket, byte[] data, int offset, int length, Effects out) {
    TcpConnection c = socket.connection;
    if (c == null || !c.state.sends() || c.finQueued) {
      boolean opening = c != null && !c.finQueued && !c.told && !c.state.synchronised();
      if (!opening && socket.error == Errno.OK) {
        socket.error = c == null ? Errno.ENOTCONN : Errno.EPIPE;
      }
      return opening ? 0 : -1;
    }
    if (may(socket, SocketCall.WRITE) != Errno.OK) {
      socket.error = Errno.EACCES;
      return -1;
    }
    int taken = Math.min(length, c.sendRoom());
    c.wantsWritable = taken < length;
    if (taken > 0) {
      layer.enter();
      c.sendRing.reserve(c.sndUna, c.sendEnd - c.sndUna + taken);
      c.sendRing.put(c.sendEnd, data, offset, taken);
      c.sendEnd += taken;
      output.push(now, c, out);
      layer.update(c);
      layer.leave(now, out);
    }
    return taken;
  }

  int read(long now, TcpSocket socket, byte[] into, int offset, int length, Effects out) {
    TcpConnection c = socket.connection;
    if (c == null || c.orphan) {
      return -1;
    }
    if (may(socket, SocketCall.READ) != Errno.OK) {
      socket.error = Errno.EACCES;
      return -1;
    }
    int count = c.received.read(into, offset, length);
    if (count > 0) {
      layer.enter();
      afterRead(now, c, out);
      layer.update(c);
      layer.leave(now, out);
      return count;
    }
    boolean ended = c.finReceived || c.state == TcpState.CLOSED && c.told;
    return ended && length > 0 ? -1 : 0;
  }

  /** Whether what the application took is worth an acknowledgement (tcp_cleanup_rbuf). */
  private void afterRead(long now, TcpConnection c, Effects out) {
    if (!c.state.synchronised() || c.state == TcpState.TIME_WAIT) {
      return;
    }
    boolean due =
        c.ackPending
            && (c.rcvNxt() - c.rcvWup > c.rcvMss
                || c.ackPushed && !c.interactive && c.received.available() == 0);
    int left = c.windowLeft();
    if (!due && !c.finReceived && 2 * left <= settings.receiveBuffer()) {
      int window = c.window();
      due = window > 0 && window >= 2 * left;
    }
    if (due) {
      output.acknowledge(now, c, out);
    }
  }

  void shutdown(long now, TcpSocket socket, Effects out) {
    TcpConnection c = socket.connection;
    if (c == null || c.finQueued || !c.state.sends()) {
      return;
    }
    layer.enter();
    c.finQueued = true;
    c.state = c.state == TcpState.ESTABLISHED ? TcpState.FIN_WAIT_1 : TcpState.LAST_ACK;
    output.push(now, c, out);
    layer.update(c);
    layer.leave(now, out);
  }

  void close(long now, TcpSocket socket, Effects out) {
    TcpConnection c = socket.connection;
    if (c == null) {
      return;
    }
    if (!c.state.synchronised() || c.received.available() > 0) {
      abort(now, socket, out);
      return;
    }
    c.orphan = true;
    shutdown(now, socket, out);
    if (c.state == TcpState.FIN_WAIT_2) {
      layer.waitForPeer(now, c);
      layer.update(c);
    }
  }

  void abort(long now, TcpSocket socket, Effects out) {
    TcpConnection c = socket.connection;
    if (c == null || c.state == TcpState.TIME_WAIT) {
      return;
    }
    c.told = true;
    c.orphan = true;
    layer.enter();
    if (c.state.synchronised() || c.state == TcpState.SYN_RECEIVED) {
      output.reset(now, c, out);
    }
    layer.end(c);
    layer.update(c);
    layer.leave(now, out);
  }
}
