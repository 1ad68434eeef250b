package org.larval.ike.sa;

import java.util.ArrayDeque;
import org.larval.ike.IkeEvent;
import org.larval.packet.Effects;

/**
 * What leaves the engine, in order and not before the one processor that it has could have worked
 * it out.
 */
final class Outbox {
  private record Letter(long due, IkeEvent event) {}

  private final ArrayDeque<Letter> letters = new ArrayDeque<>();
  private long busyUntil = Long.MIN_VALUE;

  void spend(long now, long cost) {
    busyUntil = Math.max(now, busyUntil) + cost;
  }

  void add(long now, IkeEvent event) {
    letters.addLast(new Letter(Math.max(now, busyUntil), event));
  }

  /** Hands out what is due. */
  void flush(long now, Effects out) {
    for (Letter first = letters.peekFirst();
        first != null && first.due() <= now;
        first = letters.peekFirst()) {
      letters.removeFirst();
      out.emit(first.event());
    }
  }

  /** When the next one is due, or {@link Long#MAX_VALUE}. */
  long deadline() {
    Letter first = letters.peekFirst();
    return first == null ? Long.MAX_VALUE : first.due();
  }
}
