package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** Exchanges of IKEv2, by the names of IANA's registry. */
public enum ExchangeType {
  /** Agrees on algorithms and keys (RFC 7296). */
  IKE_SA_INIT(34),
  /** Proves identities and makes the first child SA. */
  IKE_AUTH(35),
  /** Makes or rekeys an SA. */
  CREATE_CHILD_SA(36),
  /** Deletes, reports, asks whether the peer lives. */
  INFORMATIONAL(37),
  /** Resumes a session by its ticket (RFC 5723). */
  IKE_SESSION_RESUME(38),
  /** Joins a group (RFC 9838). */
  GSA_AUTH(39),
  /** Joins a group over an IKE SA that stands (RFC 9838). */
  GSA_REGISTRATION(40),
  /** New keys for a group (RFC 9838). */
  GSA_REKEY(41),
  /** Carries what is too large for IKE_SA_INIT (RFC 9242). */
  IKE_INTERMEDIATE(43),
  /** Additional key exchanges after CREATE_CHILD_SA (RFC 9370). */
  IKE_FOLLOWUP_KE(44);

  private final int number;

  ExchangeType(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** The exchange of a number, or null. */
  public static @Nullable ExchangeType of(int number) {
    for (ExchangeType one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    ExchangeType one = of(number);
    return one == null ? "exchange-" + number : one.name();
  }
}
