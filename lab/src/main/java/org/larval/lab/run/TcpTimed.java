package org.larval.lab.run;

import org.larval.guest.Timed;
import org.larval.guest.tcp.TcpLayer;
import org.larval.packet.Effects;

/** TCP's timers among those of the stack. */
record TcpTimed(TcpLayer tcp) implements Timed {
  @Override
  public long deadline() {
    return tcp.deadline();
  }

  @Override
  public void onDeadline(long now, Effects out) {
    tcp.onDeadline(now, out);
  }
}
