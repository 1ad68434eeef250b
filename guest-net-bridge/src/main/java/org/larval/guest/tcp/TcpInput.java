package org.larval.guest.tcp;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.guest.Caller;
import org.larval.guest.Dst;
import org.larval.guest.IpOutput;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.TcpView;

/**
 * A segment meets its connection (RFC 9293 3.10.7, with the challenge acknowledgements of RFC
 * 5961). As in Linux, what the segment allows to send is sent first, then an acknowledgement if one
 * is still due, and only then the application is woken.
 */
final class TcpInput {
  private final TcpLayer layer;
  private final IpOutput ip;
  private final TcpOutput output;
  private final Acknowledgements acknowledgements;
  private TcpView segment = new TcpView();
  private int sequence;
  private int flags;
  private int payload;
  private int length;

  TcpInput(TcpLayer layer, IpOutput ip, TcpOutput output) {
    this.layer = layer;
    this.ip = ip;
    this.output = output;
    acknowledgements = new Acknowledgements(layer, output);
  }

  /** Takes the packet: its end is announced here. */
  void arrive(long now, TcpConnection c, Packet packet, TcpView view, Effects out) {
    segment = view;
    sequence = view.sequence();
    flags = view.flags();
    payload = view.payload();
    length = view.payloadLength();
    @Nullable DropReason reason =
        c.state == TcpState.SYN_SENT
            ? inSynSent(now, c, packet, out)
            : synchronised(now, c, packet, out);
    if (reason == null) {
      out.deliver(packet);
    } else {
      out.drop(packet, reason);
    }
    if (c.state != TcpState.CLOSED) {
      layer.wakeApplication(now, c, out);
    }
    if (c.endedInOrder) {
      layer.closed(now, c, out);
    }
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Takes options and sequence number of the peer's SYN. */
  void takeSyn(TcpConnection c, TcpView syn) {
    c.irs = syn.sequence();
    c.received.begin(c.irs + 1);
    c.rcvWup = c.irs + 1;
    c.rcvWnd = Math.min(65535, c.settings.receiveBuffer());
    int mss = syn.mss();
    c.peerMss = mss < 0 ? TcpConnection.DEFAULT_MSS : Math.max(mss, TcpConnection.MIN_MSS);
    c.rcvMss = Math.min(TcpConnection.DEFAULT_MSS, c.peerMss);
    int scale = syn.windowScale();
    c.peerScales = scale >= 0;
    c.sndScale = c.peerScales ? Math.min(scale, 14) : 0;
    c.rcvScale = c.peerScales ? c.settings.windowScale() : 0;
    c.sndWnd = syn.window();
    c.maxWindow = c.sndWnd;
    c.sndWl1 = syn.sequence();
    c.sndWl2 = syn.acknowledgement();
    c.quickAcks = TcpConnection.QUICK_ACKS;
  }

  private @Nullable DropReason inSynSent(long now, TcpConnection c, Packet packet, Effects out) {
    boolean ack = has(TcpView.ACK);
    int acknowledged = segment.acknowledgement();
    if (ack && (acknowledged - c.iss <= 0 || acknowledged - c.sndNxt > 0)) {
      if (!has(TcpView.RST)) {
        layer.refuse(now, out);
      }
      return DropReason.TCP_INVALID;
    }
    if (has(TcpView.RST)) {
      if (!ack) {
        return DropReason.TCP_INVALID;
      }
      layer.fail(now, c, Errno.ECONNREFUSED, out);
      return null;
    }
    if (!has(TcpView.SYN)) {
      return DropReason.TCP_INVALID;
    }
    takeSyn(c, segment);
    if (!ack) {
      // both opened at once: our SYN leaves again, now with ACK
      c.state = TcpState.SYN_RECEIVED;
      output.answerSyn(now, c, out);
      return null;
    }
    Acknowledgements.remove(now, c, acknowledged);
    c.socket.peerLabel = ip.securityModule().peer(packet);
    establish(c);
    output.acknowledge(now, c, out);
    layer.connected(now, c, out);
    return null;
  }

  private static void establish(TcpConnection c) {
    c.state = TcpState.ESTABLISHED;
    c.roundTrip.fallBack();
    c.congestion.begin(c.synRetransmissions > 1);
    c.timeouts = 0;
    c.backoff = 0;
    c.stuckSince = -1;
    c.softError = Errno.OK;
    c.retransmitAt = TcpConnection.NEVER;
  }

  private @Nullable DropReason synchronised(long now, TcpConnection c, Packet packet, Effects out) {
    if (has(TcpView.SYN) && c.state == TcpState.SYN_RECEIVED && sequence == c.irs) {
      if (!has(TcpView.ACK)) {
        return repeatedSyn(now, c, out);
      }
      // the second half of a simultaneous open: only its acknowledgement is news
      sequence++;
      flags &= ~TcpView.SYN;
    }
    int nxt = c.rcvNxt();
    int end = sequence + length + (has(TcpView.FIN) ? 1 : 0);
    // tcp_sequence: laxer than RFC 9293 table 6, so that acknowledgements count at a window of 0
    if (end - c.rcvWup < 0 || sequence - (nxt + c.windowLeft()) > 0) {
      if (!has(TcpView.RST)) {
        challenge(now, c, length == 0 || has(TcpView.SYN), out);
      }
      if (c.state == TcpState.TIME_WAIT && has(TcpView.FIN)) {
        layer.enterTimeWait(now, c);
      }
      return end - nxt <= 0 && end != sequence ? null : DropReason.TCP_OUT_OF_WINDOW;
    }
    if (has(TcpView.RST)) {
      return reset(now, c, out);
    }
    if (has(TcpView.SYN)) {
      challenge(now, c, true, out);
      return DropReason.TCP_INVALID;
    }
    if (!has(TcpView.ACK)) {
      return DropReason.TCP_INVALID;
    }
    if (c.state == TcpState.SYN_RECEIVED) {
      DropReason reason = acknowledgesSyn(now, c, out);
      if (reason != null || c.state == TcpState.CLOSED) {
        return reason;
      }
    }
    int acknowledged = segment.acknowledgement();
    if (acknowledged - c.sndNxt > 0) {
      challenge(now, c, true, out);
      return DropReason.TCP_INVALID;
    }
    if (c.state == TcpState.TIME_WAIT) {
      if (end != sequence) {
        // the peer did not hear that its FIN arrived
        output.acknowledge(now, c, out);
        layer.enterTimeWait(now, c);
      }
      return null;
    }
    acknowledgements.arrive(now, c, segment, sequence, length > 0 || has(TcpView.FIN), out);
    if (c.state == TcpState.CLOSED || c.state == TcpState.TIME_WAIT) {
      return null;
    }
    DropReason reason = data(now, c, packet, out);
    if (c.state == TcpState.CLOSED) {
      return reason;
    }
    output.push(now, c, out);
    if (c.ackPending) {
      settleAcknowledgement(now, c, out);
    }
    return reason;
  }

  private @Nullable DropReason repeatedSyn(long now, TcpConnection c, Effects out) {
    if (!rateLimited(now, c) && output.retransmit(now, c, 0, out) != Errno.OK && c.request()) {
      layer.end(c);
    }
    return null;
  }

  private static boolean rateLimited(long now, TcpConnection c) {
    if (c.lastInvalid != Long.MIN_VALUE && now - c.lastInvalid < TcpSettings.INVALID_RATE_LIMIT) {
      return true;
    }
    c.lastInvalid = now;
    return false;
  }

  /** An acknowledgement to a segment out of order; not too often where two could go on for ever. */
  private void challenge(long now, TcpConnection c, boolean limited, Effects out) {
    if (!c.request() && !(limited && rateLimited(now, c))) {
      output.acknowledge(now, c, out);
    }
  }

  private @Nullable DropReason reset(long now, TcpConnection c, Effects out) {
    if (sequence != c.rcvNxt()) {
      challenge(now, c, true, out);
      return DropReason.TCP_INVALID;
    }
    switch (c.state) {
      case TIME_WAIT -> layer.end(c);
      case SYN_RECEIVED -> {
        if (c.request()) {
          layer.end(c);
        } else {
          layer.fail(now, c, Errno.ECONNREFUSED, out);
        }
      }
      case CLOSE_WAIT -> layer.fail(now, c, Errno.EPIPE, out);
      case CLOSING, LAST_ACK -> {
        // only the acknowledgement of our FIN is missing: no error (RFC 9293 3.10.7.4)
        if (c.sndUna - c.sendEnd >= 0) {
          layer.end(c);
          c.endedInOrder = true;
        } else {
          layer.fail(now, c, Errno.ECONNRESET, out);
        }
      }
      default -> layer.fail(now, c, Errno.ECONNRESET, out);
    }
    return null;
  }

  private @Nullable DropReason acknowledgesSyn(long now, TcpConnection c, Effects out) {
    int acknowledged = segment.acknowledgement();
    if (acknowledged - c.sndUna <= 0 || acknowledged - c.sndNxt > 0) {
      layer.refuse(now, out);
      return DropReason.TCP_INVALID;
    }
    if (c.request()) {
      // the child looks up its own route now; without one the peer's ACK is lost on it
      Dst path = ip.route(now, c.flow, Caller.SOCKET_SOFTIRQ, out);
      if (path.error() != Errno.OK) {
        return DropReason.NO_ROUTE;
      }
      c.dst = path;
    }
    boolean accepted = c.request();
    Acknowledgements.remove(now, c, acknowledged);
    establish(c);
    c.sndWnd = segment.window() << c.sndScale;
    c.maxWindow = Math.max(c.maxWindow, c.sndWnd);
    c.sndWl1 = sequence;
    c.sndWl2 = acknowledged;
    if (accepted) {
      layer.accepted(now, c, out);
    } else {
      layer.connected(now, c, out);
    }
    return null;
  }

  private @Nullable DropReason data(long now, TcpConnection c, Packet packet, Effects out) {
    boolean fin = has(TcpView.FIN);
    if (length == 0 && !fin) {
      return null;
    }
    if (!c.state.receives() || c.finReceived) {
      acknowledgeSoon(c);
      return null;
    }
    int nxt = c.received.next();
    if (c.orphan && length > 0 && sequence + length - nxt > 0) {
      // nobody will ever read it: the peer must know (RFC 9293 3.6.1)
      output.reset(now, c, out);
      layer.fail(now, c, Errno.ECONNRESET, out);
      return DropReason.NO_SOCKET;
    }
    @Nullable DropReason reason = length > 0 ? store(now, c, packet, nxt) : null;
    if (fin && reason == null) {
      c.finAhead = true;
      c.finAheadAt = sequence + length;
    }
    if (c.finAhead && c.received.next() == c.finAheadAt) {
      finArrived(now, c, out);
    } else if (fin) {
      acknowledgeSoon(c);
    }
    return reason;
  }

  private @Nullable DropReason store(long now, TcpConnection c, Packet packet, int nxt) {
    c.ackPending = true;
    int left = c.windowLeft();
    int skip = Math.max(0, nxt - sequence);
    // rounding to the window's unit may have announced a little more than there is room for
    int room = c.settings.receiveBuffer() + (1 << c.rcvScale) - c.received.available();
    int fits = Math.min(length, nxt + Math.min(left, room) - sequence);
    if (fits <= skip) {
      // nothing that can be kept: say at once what we have
      acknowledgeSoon(c);
      return sequence + length - nxt <= 0 ? null : DropReason.TCP_OUT_OF_WINDOW;
    }
    ByteBuf bytes = packet.buffer();
    if (!c.received.store(sequence + skip, bytes, payload + skip, fits - skip)) {
      return DropReason.SOCKET_BUFFER_FULL;
    }
    if (fits < length) {
      flags &= ~TcpView.FIN;
    }
    if (length >= c.rcvMss) {
      c.rcvMss = Math.min(length, 65535);
    } else if (has(TcpView.PSH)) {
      c.ackPushed = true;
    }
    if (c.lastReceived < 0 || now - c.lastReceived > c.roundTrip.timeout()) {
      c.quickAcks = TcpConnection.QUICK_ACKS;
    }
    c.lastReceived = now;
    c.socket.lastMessage = packet.sequence;
    return null;
  }

  private static void acknowledgeSoon(TcpConnection c) {
    c.ackPending = true;
    c.quickAcks = Math.max(1, c.quickAcks);
    c.interactive = false;
  }

  private void finArrived(long now, TcpConnection c, Effects out) {
    c.finReceived = true;
    c.finAhead = false;
    c.ackPending = true;
    switch (c.state) {
      case ESTABLISHED -> {
        c.state = TcpState.CLOSE_WAIT;
        c.interactive = true;
      }
      case FIN_WAIT_1 -> {
        c.state = TcpState.CLOSING;
        output.acknowledge(now, c, out);
      }
      case FIN_WAIT_2 -> {
        output.acknowledge(now, c, out);
        layer.enterTimeWait(now, c);
        c.endedInOrder = true;
      }
      default -> {}
    }
  }

  /** Acknowledges now or a little later (__tcp_ack_snd_check). */
  private void settleAcknowledgement(long now, TcpConnection c, Effects out) {
    boolean twoSegments = c.rcvNxt() - c.rcvWup > c.rcvMss && c.window() >= c.rcvWnd;
    boolean quick = c.quickAcks > 0 && !c.interactive;
    if (twoSegments || quick || c.received.gap()) {
      output.acknowledge(now, c, out);
    } else if (c.ackAt == TcpConnection.NEVER) {
      c.ackAt = c.settings.jiffies().fires(now, TcpSettings.DELAYED_ACK);
    }
  }
}
