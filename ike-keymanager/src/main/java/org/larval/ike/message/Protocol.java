package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** Security protocols that IKE negotiates (RFC 7296 section 3.3.1), with the size of their SPIs. */
public enum Protocol {
  /** The IKE SA itself. */
  IKE(1, 8),
  /** Authentication Header. */
  AH(2, 4),
  /** Encapsulating Security Payload. */
  ESP(3, 4);

  private final int id;
  private final int spiSize;

  Protocol(int id, int spiSize) {
    this.id = id;
    this.spiSize = spiSize;
  }

  /** Its number on the wire. */
  public int id() {
    return id;
  }

  /** Octets of an SPI. */
  public int spiSize() {
    return spiSize;
  }

  /** The protocol of a number, or null. */
  public static @Nullable Protocol of(int id) {
    for (Protocol one : values()) {
      if (one.id == id) {
        return one;
      }
    }
    return null;
  }
}
