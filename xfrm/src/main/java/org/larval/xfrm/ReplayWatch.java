package org.larval.xfrm;

/** What was last told of one SA's sequence numbers (preplay and rtimer of struct xfrm_state). */
final class ReplayWatch {
  final State state;
  final Agenda.Timer timer = new Agenda.Timer(this);
  long toldIn;
  long toldOut;

  /** Whether a packet was marked in the window since. */
  boolean touched;

  /** Whether the timer passed without news: the next change is told at once (XFRM_TIME_DEFER). */
  boolean deferred;

  ReplayWatch(State state) {
    this.state = state;
  }
}
