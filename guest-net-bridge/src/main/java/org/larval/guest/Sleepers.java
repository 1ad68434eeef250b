package org.larval.guest;

import java.util.ArrayDeque;
import org.larval.packet.Effects;

/** The tasks that sleep on a look-up, in the order of falling asleep. */
final class Sleepers {
  private ArrayDeque<Sleeper> asleep = new ArrayDeque<>();
  private ArrayDeque<Sleeper> waking = new ArrayDeque<>();

  void add(Sleeper sleeper) {
    if (!asleep.contains(sleeper)) {
      asleep.addLast(sleeper);
    }
  }

  void remove(Sleeper sleeper) {
    asleep.remove(sleeper);
    waking.remove(sleeper);
  }

  /** All repeat their calls; whoever falls asleep again meanwhile waits for the next time. */
  void wake(long now, Effects out) {
    if (!waking.isEmpty()) {
      return;
    }
    ArrayDeque<Sleeper> awake = asleep;
    asleep = waking;
    waking = awake;
    while (true) {
      Sleeper sleeper = awake.pollFirst();
      if (sleeper == null) {
        return;
      }
      sleeper.wake(now, out);
    }
  }
}
