package org.larval.xfrm;

/** How an SA wraps a packet; the ordinal is Linux's number (XFRM_MODE_*). */
public enum Mode {
  TRANSPORT,
  TUNNEL,
  RO,
  IN_TRIGGER,
  BEET;

  /** Linux's number. */
  @SuppressWarnings("EnumOrdinal") // that is what the order is for
  int number() {
    return ordinal();
  }

  /** As {@code ip xfrm} prints it. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether the SA has outer addresses of its own. */
  public boolean isTunnel() {
    return this == TUNNEL || this == BEET;
  }
}
