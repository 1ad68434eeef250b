package org.larval.lab.ike;

import org.jspecify.annotations.Nullable;

/**
 * What a command asks the daemon for, one line of JSON.
 *
 * @param verb what is to be done
 * @param connection by name, null for all
 * @param child by name, null for the IKE SA itself
 * @param patience milliseconds until an answer is wanted, 0 for at once
 */
public record IkeRequest(
    Verb verb, @Nullable String connection, @Nullable String child, long patience) {
  /** What can be asked for. */
  public enum Verb {
    /** Begin a child, or an IKE SA. */
    INITIATE,
    /** Replace children, or IKE SAs. */
    REKEY,
    /** Authenticate again. */
    REAUTH,
    /** Delete children, or IKE SAs. */
    TERMINATE,
    /** Say what there is. */
    STATUS,
    /** Tell what happens, line by line, until the asker goes. */
    LOG,
    /** Delete everything and end. */
    DOWN
  }
}
