package org.larval.guest.tcp;

import org.larval.packet.Jiffies;

/**
 * The sysctls of a guest's TCP. Times are nanoseconds.
 *
 * @param jiffies how timers are rounded
 * @param synRetries net.ipv4.tcp_syn_retries: retransmissions of a SYN before ETIMEDOUT, 1 to 127
 * @param synLinearTimeouts net.ipv4.tcp_syn_linear_timeouts: further retransmissions at equal
 *     distance before the exponential ones; 0 before Linux 6.5
 * @param synAckRetries net.ipv4.tcp_synack_retries
 * @param retries1 net.ipv4.tcp_retries1: after this many the route is doubted
 * @param retries2 net.ipv4.tcp_retries2: after this many an established connection breaks
 * @param sendBuffer bytes that an application may hand over ahead of the acknowledgements
 * @param receiveBuffer bytes kept for an application that does not read; the largest window
 * @param maxConnections connections of one guest, those in TIME_WAIT included
 * @param synBacklog half-open connections of one listener
 */
public record TcpSettings(
    Jiffies jiffies,
    int synRetries,
    int synLinearTimeouts,
    int synAckRetries,
    int retries1,
    int retries2,
    int sendBuffer,
    int receiveBuffer,
    int maxConnections,
    int synBacklog) {

  static final long SECOND = 1_000_000_000L;
  static final long MILLISECOND = 1_000_000L;

  /** TCP_TIMEOUT_INIT. */
  static final long INITIAL_RTO = SECOND;

  /** TCP_TIMEOUT_FALLBACK: when a handshake gave no measurement (RFC 6298 5.7). */
  static final long FALLBACK_RTO = 3 * SECOND;

  /** TCP_RTO_MIN. */
  static final long MIN_RTO = 200 * MILLISECOND;

  /** TCP_RTO_MAX. */
  static final long MAX_RTO = 120 * SECOND;

  /** TCP_DELACK_MIN and TCP_ATO_MIN. */
  static final long DELAYED_ACK = 40 * MILLISECOND;

  /** TCP_TIMEWAIT_LEN, and tcp_fin_timeout, which has the same default. */
  static final long TIME_WAIT = 60 * SECOND;

  /** net.ipv4.tcp_invalid_ratelimit. */
  static final long INVALID_RATE_LIMIT = 500 * MILLISECOND;

  private static final int MAX_BUFFER = 1 << 24;

  /** Debian 12's kernel: SYNs at 0, 1, 3, 7, 15, 31 and 63 s, then ETIMEDOUT at 127 s. */
  public static final TcpSettings LINUX_6_1 =
      new TcpSettings(Jiffies.HZ_250, 6, 0, 5, 3, 15, 1 << 18, 1 << 18, 65536, 4096);

  /** Linux since 6.5: SYNs at 0, 1, 2, 3, 4, 5, 7, 11 s and so on, then ETIMEDOUT at 131 s. */
  public static final TcpSettings LINUX_6_12 = LINUX_6_1.withSynLinearTimeouts(4);

  /** Checks the ranges. */
  public TcpSettings {
    if (synRetries < 1 || synRetries > 127 || synLinearTimeouts < 0 || synLinearTimeouts > 127) {
      throw new IllegalArgumentException("SYN retries must be 1 to 127, linear ones 0 to 127");
    }
    if (sendBuffer < 2048
        || receiveBuffer < 2048
        || sendBuffer > MAX_BUFFER
        || receiveBuffer > MAX_BUFFER) {
      throw new IllegalArgumentException("a socket buffer must be 2048 to " + MAX_BUFFER);
    }
    if (maxConnections < 1 || synBacklog < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }

  /** These settings with other timers. */
  public TcpSettings withJiffies(Jiffies other) {
    return new TcpSettings(
        other,
        synRetries,
        synLinearTimeouts,
        synAckRetries,
        retries1,
        retries2,
        sendBuffer,
        receiveBuffer,
        maxConnections,
        synBacklog);
  }

  /** These settings with another tcp_syn_retries. */
  public TcpSettings withSynRetries(int count) {
    return new TcpSettings(
        jiffies,
        count,
        synLinearTimeouts,
        synAckRetries,
        retries1,
        retries2,
        sendBuffer,
        receiveBuffer,
        maxConnections,
        synBacklog);
  }

  /** These settings with another tcp_syn_linear_timeouts. */
  public TcpSettings withSynLinearTimeouts(int count) {
    return new TcpSettings(
        jiffies,
        synRetries,
        count,
        synAckRetries,
        retries1,
        retries2,
        sendBuffer,
        receiveBuffer,
        maxConnections,
        synBacklog);
  }

  /** These settings with other socket buffers, in bytes. */
  public TcpSettings withBuffers(int send, int receive) {
    return new TcpSettings(
        jiffies,
        synRetries,
        synLinearTimeouts,
        synAckRetries,
        retries1,
        retries2,
        send,
        receive,
        maxConnections,
        synBacklog);
  }

  /** These settings with other limits. */
  public TcpSettings withLimits(int connections, int halfOpen) {
    return new TcpSettings(
        jiffies,
        synRetries,
        synLinearTimeouts,
        synAckRetries,
        retries1,
        retries2,
        sendBuffer,
        receiveBuffer,
        connections,
        halfOpen);
  }

  /** The window scale that we offer: the smallest that lets the whole buffer be announced. */
  int windowScale() {
    int scale = 0;
    while (scale < 14 && receiveBuffer >> scale > 65535) {
      scale++;
    }
    return scale;
  }

  /**
   * How long an exponential backoff of so many retransmissions lasts (tcp_model_timeout).
   *
   * @param first the first timeout
   */
  static long modelTimeout(int retransmissions, long first) {
    int doublings = 63 - Long.numberOfLeadingZeros(MAX_RTO / first);
    if (retransmissions <= doublings) {
      return ((2L << retransmissions) - 1) * first;
    }
    return ((2L << doublings) - 1) * first + (retransmissions - doublings) * MAX_RTO;
  }
}
