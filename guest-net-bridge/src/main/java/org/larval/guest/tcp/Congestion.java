package org.larval.guest.tcp;

/**
 * Slow start, congestion avoidance and the windows of fast recovery (RFC 5681, 6582), counted in
 * segments as Linux does. The initial window is ten segments (RFC 6928).
 */
final class Congestion {
  /** What the sender is recovering from. */
  enum Phase {
    OPEN,
    RECOVERY,
    LOSS
  }

  static final int INITIAL_WINDOW = 10;

  private static final int MAX_WINDOW = 1 << 20;

  private Phase phase = Phase.OPEN;
  private int window = INITIAL_WINDOW;
  private int threshold = Integer.MAX_VALUE;
  private int credit;
  private int recover;

  /** The congestion window, in segments. */
  int window() {
    return window;
  }

  /** What is being recovered from. */
  Phase phase() {
    return phase;
  }

  /** The window after the handshake; one segment if the SYN was lost more than once. */
  void begin(boolean synLostTwice) {
    phase = Phase.OPEN;
    window = synLostTwice ? 1 : INITIAL_WINDOW;
    threshold = Integer.MAX_VALUE;
    credit = 0;
  }

  /** Three duplicate acknowledgements. {@code end} is what had been sent by then. */
  void enterRecovery(int end) {
    phase = Phase.RECOVERY;
    threshold = Math.max(2, window / 2);
    window = threshold;
    credit = 0;
    recover = end;
  }

  /** The retransmission timer ran out. */
  void enterLoss(int end) {
    if (phase != Phase.LOSS) {
      threshold = Math.max(2, window / 2);
    }
    phase = Phase.LOSS;
    window = 1;
    credit = 0;
    recover = end;
  }

  /** Whether everything was acknowledged that was under way when the recovery began. */
  boolean recovered(int acknowledged) {
    return acknowledged - recover >= 0;
  }

  /** The recovery is over. */
  void leave() {
    if (phase == Phase.RECOVERY) {
      window = threshold;
    }
    phase = Phase.OPEN;
  }

  /** So many segments were newly acknowledged while the window was what limited the sender. */
  void acknowledged(int segments) {
    if (phase == Phase.RECOVERY) {
      return;
    }
    int left = segments;
    if (window < threshold) {
      int grow = Math.min(left, threshold - window);
      window = Math.min(MAX_WINDOW, window + grow);
      left -= grow;
    }
    credit += left;
    while (credit >= window) {
      credit -= window;
      window = Math.min(MAX_WINDOW, window + 1);
    }
  }
}
