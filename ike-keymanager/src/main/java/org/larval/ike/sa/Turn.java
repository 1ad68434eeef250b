package org.larval.ike.sa;

import org.larval.ike.IkeEvent;
import org.larval.ike.message.Message;

/** One call of the engine: the time it was made at, what it costs, and what comes out of it. */
final class Turn {
  private final long now;
  private final Outbox outbox;

  Turn(long now, Outbox outbox) {
    this.now = now;
    this.outbox = outbox;
  }

  /** Nanoseconds since the lab began. */
  long now() {
    return now;
  }

  /** Some computing: whatever is emitted after this comes out so many nanoseconds later. */
  void spend(long cost) {
    outbox.spend(now, cost);
  }

  /** Something for the outside. */
  void emit(IkeEvent event) {
    outbox.add(now, event);
  }

  /** A line for the log. */
  void log(String connection, String line) {
    emit(new IkeEvent.Log(connection, line, null));
  }

  /** A message for the log. */
  void log(String connection, String what, Message message) {
    emit(new IkeEvent.Log(connection, what, message));
  }
}
