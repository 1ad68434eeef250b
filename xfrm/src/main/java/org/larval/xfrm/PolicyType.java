package org.larval.xfrm;

import java.util.Locale;

/**
 * Which of two databases a policy stands in; the ordinal is Linux's number (XFRM_POLICY_TYPE_*).
 */
public enum PolicyType {
  /** The usual one. */
  MAIN,
  /** Looked at first; what is found there is combined with the main policy of the flow. */
  SUB;

  /** As {@code ip xfrm} prints it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
