package org.larval.guest.tcp;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.guest.Caller;
import org.larval.guest.Dst;
import org.larval.guest.EchoedOptions;
import org.larval.guest.IpOutput;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.FlowLog;
import org.larval.packet.Origin;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.TcpView;

/**
 * What leaves: new data within both windows, retransmissions, acknowledgements, resets. Mirrors
 * net/ipv4/tcp_output.c of Linux in how it treats a path that refuses a segment: new data stays
 * unsent and the probe timer tries again; a retransmission counts as made.
 */
final class TcpOutput {
  private static final int SYN_OPTIONS = 8;

  private final IpOutput ip;
  private final FlowLog log;
  private final StillQueued stillQueued;
  private final FlowKey resetFlow = new FlowKey();

  TcpOutput(IpOutput ip, FlowLog log, StillQueued stillQueued) {
    this.ip = ip;
    this.log = log;
    this.stillQueued = stillQueued;
  }

  /**
   * The path of the next segment: the cached one while it is valid. A request socket looks one up
   * for each SYN-ACK and caches none, as in Linux.
   */
  @Nullable Dst path(long now, TcpConnection c, Effects out) {
    Dst cached = c.dst;
    if (cached != null && cached.valid()) {
      return cached;
    }
    c.dst = null;
    Dst fresh = ip.route(now, c.flow, Caller.SOCKET_SOFTIRQ, out);
    Errno error = fresh.error();
    if (error != Errno.OK) {
      if (error != Errno.ASLEEP && error != Errno.EAGAIN) {
        c.softError = error;
      }
      return null;
    }
    if (!c.request()) {
      c.dst = fresh;
    }
    return fresh;
  }

  /**
   * The path of a SYN or a retransmission. Linux makes sure of it twice (inet_sk_rebuild_header,
   * then __ip_queue_xmit), so that a path that is never valid is looked up twice: what
   * XfrmOutNoStates counts.
   */
  private @Nullable Dst rebuiltPath(long now, TcpConnection c, Effects out) {
    Dst path = path(now, c, out);
    return path == null || path.valid() || c.request() ? path : path(now, c, out);
  }

  /**
   * Sends our SYN, or SYN and ACK, for the first time. The timer runs whatever became of it.
   *
   * @return what output answered, OK if there was no path for it
   */
  Errno sendSyn(long now, TcpConnection c, Effects out) {
    c.unacked.add(c.iss, 0, SegmentQueue.SYN, -1, now);
    c.sndNxt = c.iss + 1;
    c.stuckSince = now;
    Dst path = rebuiltPath(now, c, out);
    Errno sent = path == null ? Errno.OK : transmitSyn(now, c, path, out);
    c.armRetransmit(now);
    return sent;
  }

  /** Sends our SYN once more because the peer's arrived: a simultaneous open. */
  void answerSyn(long now, TcpConnection c, Effects out) {
    Dst path = path(now, c, out);
    if (path != null) {
      c.unacked.sentAgain(0, now);
      transmitSyn(now, c, path, out);
    }
  }

  private Errno transmitSyn(long now, TcpConnection c, Dst path, Effects out) {
    int flags = TcpView.SYN | (c.state == TcpState.SYN_RECEIVED ? TcpView.ACK : 0);
    // a SYN-ACK of a request socket is built anew each time: nothing recognises the earlier one
    return transmit(now, c, path, c.iss, 0, flags, -1, !c.request(), out);
  }

  /** Sends what is lost and then what is new, as far as both windows and Nagle allow. */
  void push(long now, TcpConnection c, Effects out) {
    if (!c.state.synchronised() || c.state == TcpState.TIME_WAIT) {
      return;
    }
    retransmitLost(now, c, out);
    while (sendNext(now, c, false, out)) {
      // one segment each time
    }
    guardUnsent(now, c);
  }

  /** With something to send and nothing under way only the probe timer can go on. */
  private static void guardUnsent(long now, TcpConnection c) {
    if (c.unsent() && c.unacked.size() == 0) {
      if (c.probeAt == TcpConnection.NEVER) {
        TcpTimers.armProbe(now, c);
      }
    } else {
      c.probeAt = TcpConnection.NEVER;
      c.probes = 0;
    }
  }

  /**
   * Sends one new segment.
   *
   * @param probe whether windows too small to be worth a segment are used all the same
   * @return whether there may be more to send
   */
  private boolean sendNext(long now, TcpConnection c, boolean probe, Effects out) {
    int room = c.sndUna + c.sndWnd - c.sndNxt;
    if (!c.unsent()
        || room <= 0
        || c.unacked.size() >= SegmentQueue.MAX
        || !probe && c.inFlight() >= c.congestion.window()) {
      return false;
    }
    Dst path = path(now, c, out);
    if (path == null) {
      return false;
    }
    int pending = c.sendEnd - c.sndNxt;
    int mss = c.mss(path);
    int length = Math.min(Math.min(pending, mss), room);
    boolean fin = c.finQueued && length == pending && length < room;
    if (!probe && !worthwhile(c, length, pending, mss, fin) || length == 0 && !fin) {
      return false;
    }
    int flags = TcpView.ACK;
    flags |= length > 0 && length == pending ? TcpView.PSH : 0;
    flags |= fin ? TcpView.FIN : 0;
    int message = length > 0 ? c.socket.message : -1;
    int sequence = c.sndNxt;
    if (transmit(now, c, path, sequence, length, flags, message, true, out) != Errno.OK) {
      return false;
    }
    c.unacked.add(sequence, length, fin ? SegmentQueue.FIN : 0, message, now);
    c.sndNxt += length + (fin ? 1 : 0);
    c.finSent |= fin;
    if (c.lastReceived >= 0 && now - c.lastReceived < TcpSettings.DELAYED_ACK) {
      c.interactive = true;
    }
    if (c.retransmitAt == TcpConnection.NEVER) {
      c.armRetransmit(now);
    }
    return !probe;
  }

  private static boolean worthwhile(
      TcpConnection c, int length, int pending, int mss, boolean fin) {
    if (length == mss || fin) {
      return true;
    }
    if (length < pending) {
      return length >= c.maxWindow / 2;
    }
    return c.socket.noDelay || c.unacked.size() == 0;
  }

  /** The probe timer's work (tcp_write_wakeup): what fits the window, or an empty old segment. */
  void probe(long now, TcpConnection c, Effects out) {
    if (c.sndUna + c.sndWnd - c.sndNxt > 0) {
      sendNext(now, c, true, out);
      return;
    }
    Dst path = path(now, c, out);
    if (path != null) {
      transmit(now, c, path, c.sndUna - 1, 0, TcpView.ACK, -1, false, out);
    }
  }

  private void retransmitLost(long now, TcpConnection c, Effects out) {
    SegmentQueue queue = c.unacked;
    for (int i = 0; i < queue.size() && queue.lost() > queue.retransmitted(); i++) {
      if (!queue.has(i, SegmentQueue.LOST) || queue.has(i, SegmentQueue.RETRANSMITTED)) {
        continue;
      }
      if (c.inFlight() >= c.congestion.window() || retransmit(now, c, i, out) != Errno.OK) {
        return;
      }
    }
  }

  /**
   * Sends a segment again (__tcp_retransmit_skb). One that still sits in a queue of this guest is
   * neither sent nor counted; one without a route is not counted; all others are, even if the path
   * refuses them.
   */
  Errno retransmit(long now, TcpConnection c, int i, Effects out) {
    SegmentQueue queue = c.unacked;
    int sequence = queue.sequence(i);
    boolean syn = queue.has(i, SegmentQueue.SYN);
    if (!c.request() && stillQueued.stillQueued(c.key(sequence))) {
      return Errno.EAGAIN;
    }
    Dst path = rebuiltPath(now, c, out);
    if (path == null) {
      return Errno.EHOSTUNREACH;
    }
    if (!syn && sequence != c.sndUna && sequence - (c.sndUna + c.sndWnd) >= 0) {
      return Errno.EAGAIN;
    }
    c.retransmissions++;
    log.retransmitted(now, c.socket.flow);
    if (syn) {
      c.synRetransmissions++;
      queue.sentAgain(i, now);
      return transmitSyn(now, c, path, out);
    }
    int mss = c.mss(path);
    if (queue.length(i) > mss) {
      queue.split(i, mss);
    }
    int flags = TcpView.ACK;
    int length = queue.length(i);
    flags |= queue.has(i, SegmentQueue.FIN) ? TcpView.FIN : 0;
    flags |= sequence + length == c.sendEnd && length > 0 ? TcpView.PSH : 0;
    Errno result = transmit(now, c, path, sequence, length, flags, queue.message(i), true, out);
    if (result == Errno.OK) {
      queue.sentAgain(i, now);
    }
    return result;
  }

  /** Sends an acknowledgement without data. */
  void acknowledge(long now, TcpConnection c, Effects out) {
    Dst path = path(now, c, out);
    if (path != null) {
      transmit(now, c, path, c.sndNxt, 0, TcpView.ACK, -1, false, out);
    }
  }

  /** Ends the peer's half too (tcp_send_active_reset). */
  void reset(long now, TcpConnection c, Effects out) {
    Dst path = path(now, c, out);
    if (path != null) {
      transmit(now, c, path, c.sndNxt, 0, TcpView.RST | TcpView.ACK, -1, false, out);
    }
  }

  private Errno transmit(
      long now,
      TcpConnection c,
      Dst path,
      int sequence,
      int length,
      int flags,
      int message,
      boolean keyed,
      Effects out) {
    boolean syn = (flags & TcpView.SYN) != 0;
    int header = TcpView.HEADER + (syn ? SYN_OPTIONS : 0);
    int total = header + length;
    Packet packet = ip.pool().make(now, total);
    ByteBuf data = packet.buffer();
    int at = data.writerIndex();
    data.writerIndex(at + total);
    if (syn) {
      writeSynOptions(data, at + TcpView.HEADER, c, path);
    }
    c.sendRing.get(sequence, data, at + header, length);
    packet.origin = c.request() ? Origin.LISTENER : Origin.CONNECTED;
    packet.flow = c.socket.flow;
    packet.sequence = message;
    packet.label = c.flow.label;
    packet.mark = c.flow.mark;
    packet.segment = keyed ? c.key(sequence) : 0;
    packet.headers(-1, at);
    boolean acknowledges = (flags & TcpView.ACK) != 0;
    int window = c.window();
    int onWire = syn ? Math.min(65535, window) : window >>> c.rcvScale;
    long sum = Checksum.pseudoHeader(c.local, c.remote, IpProtocol.TCP, total);
    TcpView.emit(
        data,
        at,
        header,
        total,
        c.flow.sourcePort,
        c.flow.targetPort,
        sequence,
        acknowledges ? c.rcvNxt() : 0,
        flags,
        onWire,
        sum);
    if (acknowledges) {
      c.rcvWup = c.rcvNxt();
      c.rcvWnd = syn ? onWire : window;
      c.ackPending = false;
      c.ackPushed = false;
      c.ackAt = TcpConnection.NEVER;
      if (c.quickAcks > 0) {
        c.quickAcks--;
      }
    }
    return ip.output(now, packet, c.flow, path, c.flow.trafficClass, 0, true, out);
  }

  private static void writeSynOptions(ByteBuf data, int at, TcpConnection c, Dst path) {
    int mss = Math.clamp((long) path.mtu() - c.headers(), TcpConnection.MIN_MSS, 65535);
    data.setByte(at, TcpView.OPTION_MSS);
    data.setByte(at + 1, 4);
    data.setShort(at + 2, mss);
    if (c.state == TcpState.SYN_SENT || c.peerScales) {
      data.setByte(at + 4, TcpView.OPTION_NOP);
      data.setByte(at + 5, TcpView.OPTION_WINDOW_SCALE);
      data.setByte(at + 6, 3);
      data.setByte(at + 7, c.settings.windowScale());
    } else {
      data.setInt(at + 4, 0x0101_0101);
    }
  }

  /**
   * Answers a segment that belongs to no connection (RFC 9293 3.10.7.1). Never queued: the stack
   * itself asks for the route.
   *
   * @param in the segment's flow, as it came; read only
   * @param end the sequence number after the segment
   * @param about the segment's bytes
   * @param header where its IP header is in them
   */
  void refuse(
      long now,
      FlowKey in,
      TcpView segment,
      int end,
      int flow,
      ByteBuf about,
      int header,
      Effects out) {
    resetFlow.set(in).reverse();
    resetFlow.oif = 0;
    Dst path = ip.route(now, resetFlow, Caller.STACK, out);
    if (path.error() != Errno.OK) {
      return;
    }
    boolean acknowledged = segment.has(TcpView.ACK);
    Packet packet = ip.pool().make(now, TcpView.HEADER);
    ByteBuf data = packet.buffer();
    int at = data.writerIndex();
    data.writerIndex(at + TcpView.HEADER);
    packet.flow = flow;
    packet.label = resetFlow.label;
    packet.mark = resetFlow.mark;
    packet.headers(-1, at);
    long sum =
        Checksum.pseudoHeader(
            resetFlow.source(), resetFlow.target(), IpProtocol.TCP, TcpView.HEADER);
    TcpView.emit(
        data,
        at,
        TcpView.HEADER,
        TcpView.HEADER,
        resetFlow.sourcePort,
        resetFlow.targetPort,
        acknowledged ? segment.acknowledgement() : 0,
        acknowledged ? 0 : end,
        acknowledged ? TcpView.RST : TcpView.RST | TcpView.ACK,
        0,
        sum);
    int options = EchoedOptions.push(packet, about, header);
    ip.answer(now, packet, options, resetFlow, path, 0, true, out);
  }
}
