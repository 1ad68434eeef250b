package org.larval.ike.message;

/** What a datagram to or from port 4500 holds (RFC 3948 section 2). */
public enum Datagram4500 {
  /** A message behind a marker of four zero octets. */
  IKE,
  /** A packet of ESP. */
  ESP,
  /** One octet that keeps an address translation alive. */
  KEEPALIVE,
  /** Too short for any of these. */
  NOTHING;

  /** Octets of the marker. */
  public static final int MARKER = 4;

  private static final int ESP_HEADER = 8;

  /** Tells by the first octets, as Linux does before it looks for an SA. */
  public static Datagram4500 of(Octets payload) {
    if (payload.size() == 1 && payload.at(0) == 0xff) {
      return KEEPALIVE;
    }
    if (payload.size() >= MARKER && payload.integer(0) == 0) {
      return IKE;
    }
    return payload.size() > ESP_HEADER ? ESP : NOTHING;
  }
}
