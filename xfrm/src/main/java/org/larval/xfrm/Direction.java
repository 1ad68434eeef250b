package org.larval.xfrm;

/** Which way a policy looks (XFRM_POLICY_IN, OUT, FWD); the ordinal is Linux's number. */
public enum Direction {
  IN,
  OUT,
  FWD;

  /** As {@code ip xfrm} prints it. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
