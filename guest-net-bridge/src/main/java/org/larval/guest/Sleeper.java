package org.larval.guest;

import org.larval.packet.Effects;

/** A task that sleeps in a system call until an SA appears (Linux up to 3.13). */
public interface Sleeper {
  /** The task runs again and repeats its call, which may put it to sleep once more. */
  void wake(long now, Effects out);
}
