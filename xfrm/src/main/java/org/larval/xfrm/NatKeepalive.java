package org.larval.xfrm;

import org.larval.packet.Effects;

/**
 * Keeps an address translator's memory of one outbound SA alive (RFC 3948 section 4;
 * xfrm_nat_keepalive.c, Linux 6.11): whenever nothing was sent for the interval, and once when the
 * SA is installed, a datagram is due. Seconds are whole ones, as the kernel counts them.
 */
final class NatKeepalive {
  final State state;
  final Agenda.Timer timer = new Agenda.Timer(this);

  NatKeepalive(State state) {
    this.state = state;
  }

  /** A state was installed: starts if it asks for it. */
  static void installed(long now, State state, Agenda agenda) {
    if (state.natKeepaliveInterval() != 0) {
      NatKeepalive keepalive = new NatKeepalive(state);
      state.keepalive = keepalive;
      agenda.arm(keepalive.timer, now);
    }
  }

  /** Sends one, or waits on if the SA itself sent meanwhile. */
  void onTimer(long now, Agenda agenda, Effects out) {
    long interval = Integer.toUnsignedLong(state.natKeepaliveInterval());
    long idle = state.lastUsed < 0 ? interval : StateDatabase.seconds(now) - state.lastUsed;
    if (idle < interval) {
      agenda.arm(timer, now + (interval - idle) * StateDatabase.SECOND);
      return;
    }
    agenda.arm(timer, now + interval * StateDatabase.SECOND);
    out.emit(new XfrmEvent.Keepalive(state));
  }
}
