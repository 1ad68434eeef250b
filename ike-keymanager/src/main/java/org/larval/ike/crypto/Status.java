package org.larval.ike.crypto;

/** Whether an algorithm is used (RFC 8247, 8221, 9395). */
public enum Status {
  /** Fit to be offered without being asked for. */
  SOUND,
  /** MUST- or SHOULD NOT: only where a configuration names it. */
  BY_NAME,
  /** Known by name, never used. */
  REFUSED
}
