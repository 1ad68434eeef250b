package org.larval.ike.eap;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** One method of the side that asks; for one conversation. */
public interface ServerMethod {
  /** Its EAP type. */
  int type();

  /**
   * The first request.
   *
   * @param identity who the peer said to be
   * @return what follows the type
   */
  Octets begin(Octets identity) throws EapException;

  /**
   * Takes a response.
   *
   * @return the next request, or null when {@link #msk} has the key
   * @throws EapException when the peer is refused
   */
  @Nullable Octets next(Octets data) throws EapException;

  /** The key, when the peer has proven itself; null before. */
  @Nullable Secret msk();
}
