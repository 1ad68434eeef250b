package org.larval.cipso;

import org.jspecify.annotations.Nullable;

/** The tags of CIPSO, by draft-ietf-cipso-ipsecurity-01, FIPS 188 and the kernel. */
public enum TagType {
  /** A level and a bit for each category. */
  RESTRICTED_BITMAP(1, "RESTRICTED BITMAP"),
  /** A level and 16 bits for each category. */
  ENUMERATED(2, "ENUMERATED"),
  /** A level and ranges of categories. */
  RANGED(5, "RANGED"),
  /** A level and a bit for each category that may be let out; no kernel takes it. */
  PERMISSIVE_BITMAP(6, "PERMISSIVE_BITMAP"),
  /** Octets that only the DOI knows; no kernel takes it. */
  FREE_FORM(7, "FREEFORM"),
  /** A SID of this machine, on the loopback device. */
  LOCAL(128, "LOCAL");

  private final int number;
  private final String title;

  TagType(int number, String title) {
    this.number = number;
    this.title = title;
  }

  /** The octet on the wire. */
  public int number() {
    return number;
  }

  /** What {@code netlabelctl -p cipso list} prints. */
  public String title() {
    return title;
  }

  /** The type of an octet, or null. */
  public static @Nullable TagType of(int number) {
    for (TagType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return null;
  }
}
