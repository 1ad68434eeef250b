package org.larval.ike.sa;

import org.larval.ike.message.Message;

/** Something that a peer asks of an IKE SA: processes a request, builds the response. */
interface Answer {
  /**
   * Takes a request and adds to its response.
   *
   * @throws RefusedException to answer with nothing but a notification
   */
  void answer(Turn turn, Message request, Draft response) throws RefusedException;

  /** After the response has been sent. */
  default void sent(Turn turn) {}
}
