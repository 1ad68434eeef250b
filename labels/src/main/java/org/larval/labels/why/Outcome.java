package org.larval.labels.why;

/** What becomes of a permission that was asked for. */
public enum Outcome {
  /** It may be done. */
  ALLOWED,
  /** It may not be done. */
  DENIED,
  /** It may not be done, but the source's type is permissive: it is logged and let pass. */
  LET_PASS
}
