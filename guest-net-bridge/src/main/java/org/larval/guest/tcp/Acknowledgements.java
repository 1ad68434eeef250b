package org.larval.guest.tcp;

import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.wire.TcpView;

/**
 * What an acknowledgement does to the sending side: the window, the queue of segments under way,
 * the round-trip measurement, and loss recovery by fast retransmit and NewReno (RFC 5681, 6582).
 * Duplicate acknowledgements count as segments that left the network, as in Linux without SACK.
 */
final class Acknowledgements {
  private final TcpLayer layer;
  private final TcpOutput output;

  Acknowledgements(TcpLayer layer, TcpOutput output) {
    this.layer = layer;
    this.output = output;
  }

  /**
   * Takes the acknowledgement of an acceptable segment.
   *
   * @param sequence the segment's first sequence number
   * @param occupies whether the segment has data or FIN
   */
  void arrive(
      long now, TcpConnection c, TcpView segment, int sequence, boolean occupies, Effects out) {
    int acknowledged = segment.acknowledgement();
    int before = c.unacked.size();
    boolean limited = c.inFlight() * 2 >= c.congestion.window();
    boolean fresh = acknowledged - c.sndUna > 0;
    if (acknowledged - c.sndUna < 0) {
      return;
    }
    int window = segment.window() << c.sndScale;
    boolean duplicate = !fresh && before > 0 && !occupies && window == c.sndWnd;
    if (sequence - c.sndWl1 > 0 || sequence == c.sndWl1 && acknowledged - c.sndWl2 >= 0) {
      c.sndWnd = window;
      c.maxWindow = Math.max(c.maxWindow, window);
      c.sndWl1 = sequence;
      c.sndWl2 = acknowledged;
    }
    c.probes = 0;
    c.probeAt = TcpConnection.NEVER;
    if (before == 0 && c.sndUna + c.sndWnd - c.sndNxt > 0) {
      c.backoff = 0;
    }
    if (duplicate) {
      duplicate(now, c, out);
    } else if (fresh) {
      int segments = remove(now, c, acknowledged);
      c.timeouts = 0;
      c.backoff = 0;
      c.stuckSince = -1;
      c.softError = Errno.OK;
      c.roundTrip.settle();
      recover(c, segments, limited);
      if (c.unacked.size() > 0) {
        c.armRetransmit(now);
      } else {
        c.retransmitAt = TcpConnection.NEVER;
      }
      finAcknowledged(now, c);
    }
  }

  /** Takes acknowledged segments out of the queue and measures the round trip. */
  static int remove(long now, TcpConnection c, int acknowledged) {
    SegmentQueue queue = c.unacked;
    int removed = 0;
    long sentAt = -1;
    boolean again = false;
    while (queue.size() > 0 && queue.end(0) - acknowledged <= 0) {
      again |= queue.has(0, SegmentQueue.EVER_RETRANSMITTED);
      if (sentAt < 0) {
        sentAt = queue.sentAt(0);
      }
      queue.removeFirst();
      removed++;
    }
    if (queue.size() > 0 && acknowledged - queue.sequence(0) > 0) {
      queue.trimFirst(acknowledged - queue.sequence(0));
    }
    c.sndUna = acknowledged;
    if (removed > 0 && !again) {
      c.roundTrip.sample(now - sentAt);
    }
    return removed;
  }

  private static void recover(TcpConnection c, int segments, boolean limited) {
    Congestion congestion = c.congestion;
    c.duplicateAcks =
        Math.clamp(
            (long) c.duplicateAcks - Math.max(0, segments - 1),
            0,
            Math.max(0, c.unacked.size() - c.unacked.lost()));
    switch (congestion.phase()) {
      case OPEN -> c.duplicateAcks = 0;
      case RECOVERY -> {
        if (congestion.recovered(c.sndUna)) {
          congestion.leave();
          c.duplicateAcks = 0;
          return;
        }
        // a partial acknowledgement: the next segment is missing too (RFC 6582)
        if (c.unacked.size() > 0 && !c.unacked.has(0, SegmentQueue.LOST)) {
          c.unacked.markLost(0);
        }
      }
      case LOSS -> {
        c.duplicateAcks = 0;
        if (congestion.recovered(c.sndUna)) {
          congestion.leave();
        }
      }
    }
    if (limited) {
      congestion.acknowledged(segments);
    }
  }

  private void duplicate(long now, TcpConnection c, Effects out) {
    SegmentQueue queue = c.unacked;
    if (c.congestion.phase() == Congestion.Phase.LOSS) {
      return;
    }
    if (c.duplicateAcks + queue.lost() < queue.size()) {
      c.duplicateAcks++;
    }
    if (c.congestion.phase() == Congestion.Phase.OPEN && c.duplicateAcks >= 3) {
      c.congestion.enterRecovery(c.sndNxt);
      queue.markLost(0);
      c.duplicateAcks = Math.min(c.duplicateAcks, queue.size() - queue.lost());
      // the first is sent at once, whatever the window (RFC 5681 3.2)
      if (output.retransmit(now, c, 0, out) == Errno.OK) {
        c.armRetransmit(now);
      }
    }
  }

  private void finAcknowledged(long now, TcpConnection c) {
    if (!c.finSent || c.sndUna != c.sndNxt) {
      return;
    }
    switch (c.state) {
      case FIN_WAIT_1 -> {
        c.state = TcpState.FIN_WAIT_2;
        layer.waitForPeer(now, c);
      }
      case CLOSING -> {
        layer.enterTimeWait(now, c);
        c.endedInOrder = true;
      }
      case LAST_ACK -> {
        layer.end(c);
        c.endedInOrder = true;
      }
      default -> {}
    }
  }
}
