package org.larval.guest.tcp;

/** The states of a connection (RFC 9293 3.3.2). LISTEN is a {@link TcpListener}. */
public enum TcpState {
  /** No connection; also a connect whose task the security path put to sleep. */
  CLOSED,
  /** Our SYN is under way. */
  SYN_SENT,
  /** Both SYNs were seen, ours is not acknowledged. */
  SYN_RECEIVED,
  /** Data flows both ways. */
  ESTABLISHED,
  /** We closed; our FIN is not acknowledged. */
  FIN_WAIT_1,
  /** Our FIN is acknowledged, the peer may still send. */
  FIN_WAIT_2,
  /** The peer closed, we may still send. */
  CLOSE_WAIT,
  /** Both closed at once; our FIN is not acknowledged. */
  CLOSING,
  /** The peer closed first and then we; our FIN is not acknowledged. */
  LAST_ACK,
  /** Both closed; late segments are waited for. */
  TIME_WAIT;

  /** Whether the handshake is over and the connection not. */
  boolean synchronised() {
    return this != CLOSED && this != SYN_SENT && this != SYN_RECEIVED;
  }

  /** Whether the peer may still send data. */
  boolean receives() {
    return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
  }

  /** Whether the application may still hand data over. */
  boolean sends() {
    return this == ESTABLISHED || this == CLOSE_WAIT;
  }
}
