package org.larval.guest.tcp;

import org.larval.packet.Effects;
import org.larval.packet.Errno;

/**
 * What happens when time passes: retransmission, zero-window probe, delayed acknowledgement, and
 * the end of TIME_WAIT. Mirrors net/ipv4/tcp_timer.c of Linux, whose count of timeouts goes on even
 * while a segment still waits in a queue of the guest.
 */
final class TcpTimers {
  private final TcpOutput output;
  private final TcpLayer layer;

  TcpTimers(TcpLayer layer, TcpOutput output) {
    this.layer = layer;
    this.output = output;
  }

  /** Runs every timer of a connection that is due. */
  void run(long now, TcpConnection c, Effects out) {
    if (c.ackAt <= now) {
      c.ackAt = TcpConnection.NEVER;
      if (c.ackPending) {
        c.interactive = false;
        output.acknowledge(now, c, out);
      }
    }
    if (c.endAt <= now) {
      c.endAt = TcpConnection.NEVER;
      layer.end(c);
      return;
    }
    if (c.retransmitAt <= now) {
      c.retransmitAt = TcpConnection.NEVER;
      retransmit(now, c, out);
    }
    if (c.probeAt <= now) {
      c.probeAt = TcpConnection.NEVER;
      probe(now, c, out);
    }
  }

  private void retransmit(long now, TcpConnection c, Effects out) {
    if (c.unacked.size() == 0) {
      return;
    }
    if (c.request()) {
      retransmitSynAck(now, c, out);
      return;
    }
    if (givesUp(now, c)) {
      layer.fail(now, c, c.softError == Errno.OK ? Errno.ETIMEDOUT : c.softError, out);
      return;
    }
    SegmentQueue queue = c.unacked;
    for (int i = 0; i < queue.size(); i++) {
      queue.markLost(i);
    }
    c.duplicateAcks = 0;
    c.congestion.enterLoss(c.sndNxt);
    if (c.stuckSince < 0) {
      c.stuckSince = queue.sentAt(0);
    }
    c.timeouts++;
    output.retransmit(now, c, 0, out);
    c.backoff++;
    boolean linear = c.state == TcpState.SYN_SENT && c.backoff <= c.settings.synLinearTimeouts();
    if (!linear) {
      c.roundTrip.backOff();
    }
    c.armRetransmit(now);
  }

  /** A request socket's timer: if a SYN-ACK cannot be sent again, Linux forgets the request. */
  private void retransmitSynAck(long now, TcpConnection c, Effects out) {
    if (c.timeouts >= c.settings.synAckRetries() || output.retransmit(now, c, 0, out) != Errno.OK) {
      layer.end(c);
      return;
    }
    c.timeouts++;
    c.roundTrip.backOff();
    c.armRetransmit(now);
  }

  /** Whether it was tried for long enough (tcp_write_timeout). Doubts the route before that. */
  private static boolean givesUp(long now, TcpConnection c) {
    TcpSettings settings = c.settings;
    if (!c.state.synchronised()) {
      if (c.timeouts > 0) {
        c.dst = null;
      }
      int most = settings.synRetries();
      if (c.state == TcpState.SYN_SENT) {
        most += settings.synLinearTimeouts();
      }
      return c.timeouts >= most || stuck(now, c, settings.synRetries(), TcpSettings.INITIAL_RTO);
    }
    if (stuck(now, c, settings.retries1(), TcpSettings.MIN_RTO)) {
      c.dst = null;
    }
    return stuck(now, c, settings.retries2(), TcpSettings.MIN_RTO);
  }

  /** Whether nothing moved for as long as so many retransmissions take. */
  private static boolean stuck(long now, TcpConnection c, int retransmissions, long first) {
    return c.timeouts > 0
        && c.stuckSince >= 0
        && now - c.stuckSince >= TcpSettings.modelTimeout(retransmissions, first);
  }

  private void probe(long now, TcpConnection c, Effects out) {
    if (!c.unsent() || c.unacked.size() > 0) {
      c.probes = 0;
      return;
    }
    if (c.probes >= c.settings.retries2()) {
      layer.fail(now, c, c.softError == Errno.OK ? Errno.ETIMEDOUT : c.softError, out);
      return;
    }
    output.probe(now, c, out);
    if (c.unacked.size() > 0 || !c.unsent()) {
      c.probes = 0;
      return;
    }
    c.probes++;
    c.backoff++;
    armProbe(now, c);
  }

  /** Arms the probe timer, later with each probe that changed nothing (tcp_probe0_when). */
  static void armProbe(long now, TcpConnection c) {
    long base = Math.max(c.roundTrip.timeout(), TcpSettings.MIN_RTO);
    int doublings = Math.min(c.backoff, 10);
    long delay = Math.min(base << doublings, TcpSettings.MAX_RTO);
    c.probeAt = c.settings.jiffies().fires(now, delay);
  }
}
