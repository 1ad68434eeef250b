package org.larval.guest.tcp;

/**
 * The round-trip estimate and the retransmission timeout (RFC 6298), with Linux's reading of the
 * minimum: 200 ms are the floor of the variance term, not of the sum (tcp_rttvar_us).
 */
final class RoundTrip {
  private long smoothed;
  private long variation;
  private long timeout = TcpSettings.INITIAL_RTO;

  /** A measurement, in nanoseconds; of a segment that was sent once (Karn). */
  void sample(long nanos) {
    long measured = Math.max(1, nanos);
    if (smoothed == 0) {
      smoothed = measured;
      variation = measured / 2;
    } else {
      variation += (Math.abs(smoothed - measured) - variation) / 4;
      smoothed += (measured - smoothed) / 8;
    }
    timeout =
        Math.min(TcpSettings.MAX_RTO, smoothed + Math.max(TcpSettings.MIN_RTO, 4 * variation));
  }

  /** The handshake gave no measurement. */
  void fallBack() {
    if (smoothed == 0) {
      timeout = TcpSettings.FALLBACK_RTO;
    }
  }

  /** Twice as long, up to 120 s. */
  void backOff() {
    timeout = Math.min(TcpSettings.MAX_RTO, timeout * 2);
  }

  /** New data was acknowledged: the backoff ends. */
  void settle() {
    if (smoothed != 0) {
      timeout =
          Math.min(TcpSettings.MAX_RTO, smoothed + Math.max(TcpSettings.MIN_RTO, 4 * variation));
    }
  }

  /** The timeout with the backoff, in nanoseconds. */
  long timeout() {
    return timeout;
  }

  /** The smoothed round trip, or 0 before the first measurement. */
  long smoothed() {
    return smoothed;
  }
}
