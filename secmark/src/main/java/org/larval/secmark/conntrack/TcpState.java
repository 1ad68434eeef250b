package org.larval.secmark.conntrack;

/**
 * Where a tracked TCP connection stands, and how long silence may last (nf_conntrack_proto_tcp).
 */
public enum TcpState {
  NONE(0),
  /** Only SYNs of the originator were seen. */
  SYN_SENT(120),
  /** SYN and SYN-ACK were seen. */
  SYN_RECV(60),
  /** The handshake is over. */
  ESTABLISHED(432_000),
  /** A FIN was seen. */
  FIN_WAIT(120),
  /** The FIN was acknowledged. */
  CLOSE_WAIT(60),
  /** FINs of both were seen. */
  LAST_ACK(30),
  /** Both FINs were acknowledged. */
  TIME_WAIT(120),
  /** A reset was seen. */
  CLOSE(10),
  /** Both sent SYNs. */
  SYN_SENT2(120);

  private static final TcpState[] ALL = values();

  private final long timeout;

  TcpState(long seconds) {
    timeout = seconds * 1_000_000_000L;
  }

  /** Nanoseconds without a packet after which the connection is forgotten. */
  public long timeout() {
    return timeout;
  }

  static TcpState at(int number) {
    return ALL[number];
  }
}
