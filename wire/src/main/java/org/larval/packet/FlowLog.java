package org.larval.packet;

/**
 * Where applications and stacks write what became of an application's messages. The lab's ledger
 * listens; arguments are plain numbers so that writing allocates nothing.
 *
 * <p>{@code flow} is the number that the lab gave the traffic, {@code sequence} counts the
 * application's messages from 0. {@code now} is nanoseconds since the lab began.
 */
public interface FlowLog {
  /** The application handed message {@code sequence} to a system call. */
  void offered(long now, int flow, int sequence);

  /** The system call answered with an error, so the message never left. */
  void refused(long now, int flow, int sequence, Errno errno);

  /** The calling task was put to sleep with this message. */
  void asleep(long now, int flow, int sequence);

  /** The receiving application read message {@code sequence}; once for each arrival. */
  void received(long now, int flow, int sequence);

  /**
   * Whom the receiving application takes for the sender (SO_PEERSEC, SCM_SECURITY); once for each
   * message or connection.
   *
   * @param peer a SID, 0 for nobody in particular
   */
  default void heard(int flow, int peer) {}

  /** A reply to message {@code sequence} came back: ping, echo, DNS. */
  void answered(long now, int flow, int sequence, long roundTripNanos);

  /** A connection was made. */
  void connected(long now, int flow, long nanosSinceCall, int synRetransmissions);

  /** A connection attempt or a connection failed. */
  void failed(long now, int flow, Errno errno);

  /** The application ended by itself, for example because it does not expect EAGAIN. */
  void died(long now, int flow, Errno errno);

  /** A segment was sent again. */
  void retransmitted(long now, int flow);
}
