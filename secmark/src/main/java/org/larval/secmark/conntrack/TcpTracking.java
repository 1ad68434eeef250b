package org.larval.secmark.conntrack;

import org.larval.wire.TcpView;

/**
 * Follows TCP connections (nf_conntrack_tcp_packet) by flags. Windows are not checked: it is as if
 * nf_conntrack_tcp_be_liberal were set, so a segment outside of the window is not INVALID.
 */
final class TcpTracking {
  private static final long SECOND = 1_000_000_000L;

  /** After three retransmissions without answer (nf_conntrack_tcp_max_retrans), and unanswered. */
  private static final long IMPATIENT = 300 * SECOND;

  private static final int MAX_RETRANSMISSIONS = 3;

  /** What to do with the packet. */
  enum Outcome {
    /** It belongs to the connection. */
    BELONGS,
    /** It belongs to the connection, which ends with it. */
    ENDS,
    /** It does not belong to it. */
    INVALID,
    /** The old connection is over: begin a new one. */
    REPEAT
  }

  private int flags;
  private int index;
  private int sequence;
  private int acknowledgement;
  private int end;
  private int window;

  /** Reads a segment; false if it is none (tcp_error). */
  boolean read(Headers headers) {
    if (!headers.has(TcpView.HEADER)) {
      return false;
    }
    int header = (headers.octet(12) >>> 4) * 4;
    flags = headers.octet(13) & 0x3f;
    if (header < TcpView.HEADER
        || header > headers.transportLength
        || !TcpTransitions.valid(flags)) {
      return false;
    }
    index = TcpTransitions.index(flags);
    sequence = headers.doubleWord(4);
    acknowledgement = headers.doubleWord(8);
    window = headers.word(14);
    end = sequence + headers.transportLength - header;
    if ((flags & TcpView.SYN) != 0) {
      end++;
    }
    if ((flags & TcpView.FIN) != 0) {
      end++;
    }
    return true;
  }

  /** Whether a connection may begin with the segment (tcp_new). */
  boolean begins(boolean loose) {
    int next = TcpTransitions.next(false, index, TcpState.NONE.ordinal());
    return next == TcpState.SYN_SENT.ordinal() || next < TcpTransitions.INVALID && loose;
  }

  /** Follows the segment that was read. */
  Outcome follow(long now, Connection c, boolean reply) {
    int old = c.tcpState;
    int next = TcpTransitions.next(reply, index, old);
    if (next == TcpState.SYN_SENT.ordinal() && old >= TcpState.TIME_WAIT.ordinal()) {
      boolean aborted = c.lastReply == reply && c.lastIndex == TcpTransitions.RST;
      if (c.closeInitiated || aborted) {
        return Outcome.REPEAT;
      }
      next = TcpTransitions.IGNORE;
    }
    if (next == TcpTransitions.IGNORE) {
      if (!answersIgnoredSyn(c, reply)) {
        remember(c, reply);
        return Outcome.BELONGS;
      }
      // the ends disagreed with us and a new handshake goes on
      old = TcpState.SYN_SENT.ordinal();
      next = TcpState.SYN_RECV.ordinal();
    }
    if (next == TcpTransitions.INVALID) {
      return Outcome.INVALID;
    }
    measure(c, reply);
    remember(c, reply);
    if (old != next && next == TcpState.FIN_WAIT.ordinal()) {
      c.closeInitiated = true;
    }
    c.tcpState = next;
    return settle(now, c, old, next);
  }

  private Outcome settle(long now, Connection c, int old, int next) {
    long timeout = timeout(c, next);
    if (!c.seenReply) {
      if (index == TcpTransitions.RST) {
        return Outcome.ENDS;
      }
      if (next == TcpState.ESTABLISHED.ordinal()) {
        // taken up in its middle, and nobody answered yet
        timeout = Math.min(timeout, IMPATIENT);
      }
    } else if (!c.assured
        && (old == TcpState.SYN_RECV.ordinal() || old == TcpState.ESTABLISHED.ordinal())
        && next == TcpState.ESTABLISHED.ordinal()) {
      c.assured = true;
    }
    c.expires = now + timeout;
    return Outcome.BELONGS;
  }

  private boolean answersIgnoredSyn(Connection c, boolean reply) {
    return index == TcpTransitions.SYN_ACK
        && c.lastIndex == TcpTransitions.SYN
        && c.lastReply != reply
        && acknowledgement == c.lastEnd;
  }

  private void remember(Connection c, boolean reply) {
    c.lastIndex = index;
    c.lastReply = reply;
    c.lastSequence = sequence;
    c.lastAcknowledgement = acknowledgement;
    c.lastEnd = end;
    c.lastWindow = window;
  }

  /** Who waits for an acknowledgement, and how often the same was sent. */
  private void measure(Connection c, boolean reply) {
    int sender = reply ? 1 : 0;
    boolean first = !c.confirmed && !reply || index == TcpTransitions.SYN_ACK;
    if (first) {
      c.ends[sender] = end;
    } else if (end - c.ends[sender] > 0) {
      c.ends[sender] = end;
      c.unacknowledged[sender] = true;
    }
    if ((flags & TcpView.ACK) != 0 && acknowledgement == c.ends[1 - sender]) {
      c.unacknowledged[1 - sender] = false;
    }
    if (index == TcpTransitions.ACK) {
      boolean same =
          c.lastIndex == TcpTransitions.ACK
              && c.lastReply == reply
              && c.lastSequence == sequence
              && c.lastAcknowledgement == acknowledgement
              && c.lastEnd == end
              && c.lastWindow == window;
      c.retransmissions = same ? c.retransmissions + 1 : 0;
    }
  }

  private long timeout(Connection c, int next) {
    long usual = TcpState.at(next).timeout();
    if (c.retransmissions >= MAX_RETRANSMISSIONS && usual > IMPATIENT) {
      return IMPATIENT;
    }
    if (index == TcpTransitions.RST) {
      return TcpState.CLOSE.timeout();
    }
    boolean waits = c.unacknowledged[0] || c.unacknowledged[1] || window == 0;
    return waits && usual > IMPATIENT ? IMPATIENT : usual;
  }
}
