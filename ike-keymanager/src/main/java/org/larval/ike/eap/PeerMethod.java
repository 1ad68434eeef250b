package org.larval.ike.eap;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** One method of the side that is asked; for one conversation. */
public interface PeerMethod {
  /** Its EAP type. */
  int type();

  /**
   * Answers a request.
   *
   * @param data what follows the type
   * @return what follows the type of the response
   * @throws EapException when the server proved itself wrong or spoke nonsense
   */
  Octets respond(Octets data) throws EapException;

  /** The key, as soon as the server has proven itself; null before. */
  @Nullable Secret msk();

  /** Why the method has failed though it still had to answer, or null. */
  @Nullable String failure();
}
