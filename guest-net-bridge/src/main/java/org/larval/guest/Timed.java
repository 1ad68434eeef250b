package org.larval.guest;

import org.larval.packet.Effects;

/** A part of a guest that keeps its own timers, such as TCP with its connections. */
public interface Timed {
  /** The next moment at which something is due, or {@link Long#MAX_VALUE}. Asked often. */
  long deadline();

  /** Does what is due. */
  void onDeadline(long now, Effects out);
}
