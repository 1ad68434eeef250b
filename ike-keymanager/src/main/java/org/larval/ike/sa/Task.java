package org.larval.ike.sa;

import org.jspecify.annotations.Nullable;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;

/** Something that an IKE SA asks of its peer: builds requests, processes responses. */
abstract class Task {
  /** What is left of a task after a step. */
  enum Outcome {
    /** Nothing. */
    DONE,
    /** Another exchange. */
    MORE
  }

  final IkeSa sa;

  Task(IkeSa sa) {
    this.sa = sa;
  }

  /** What kind of exchange the next request begins. */
  abstract ExchangeType exchange();

  /** Adds to the next request; {@link Outcome#DONE} if there is nothing to ask any more. */
  abstract Outcome build(Turn turn, Draft draft);

  /**
   * Takes the response.
   *
   * @throws RefusedException if the response ends the task; the IKE SA goes on if it is established
   */
  abstract Outcome process(Turn turn, Message response) throws RefusedException;

  /** The IKE SA is gone before the task was done. */
  void abandoned(Turn turn, String why) {}

  /** When it may begin, in nanoseconds since the lab began. */
  long notBefore() {
    return Long.MIN_VALUE;
  }

  /** Whether it goes on with the IKE SA that replaces this one, and if so as which task. */
  @Nullable Task on(IkeSa successor) {
    return null;
  }
}
