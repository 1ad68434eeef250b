package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** Payloads of IKEv2, with the short names that RFC 7296 section 3.2 gives them. */
public enum PayloadType {
  /** Proposals. */
  SECURITY_ASSOCIATION(33, "SA"),
  /** A public value. */
  KEY_EXCHANGE(34, "KE"),
  /** Who the initiator is. */
  IDENTIFICATION_INITIATOR(35, "IDi"),
  /** Who the responder is. */
  IDENTIFICATION_RESPONDER(36, "IDr"),
  /** A certificate or what goes with one. */
  CERTIFICATE(37, "CERT"),
  /** Authorities that are trusted. */
  CERTIFICATE_REQUEST(38, "CERTREQ"),
  /** The proof of an identity. */
  AUTHENTICATION(39, "AUTH"),
  /** Freshness. */
  NONCE(40, "Nonce"),
  /** A word about an SA or the exchange. */
  NOTIFY(41, "N"),
  /** SAs that the sender has deleted. */
  DELETE(42, "D"),
  /** Whose implementation this is. */
  VENDOR_ID(43, "V"),
  /** Traffic at the initiator's end. */
  TRAFFIC_SELECTOR_INITIATOR(44, "TSi"),
  /** Traffic at the responder's end. */
  TRAFFIC_SELECTOR_RESPONDER(45, "TSr"),
  /** All payloads behind it, encrypted. */
  ENCRYPTED(46, "SK"),
  /** Addresses asked for and given. */
  CONFIGURATION(47, "CP"),
  /** A message of the Extensible Authentication Protocol. */
  EAP(48, "EAP"),
  /** A secure password method (RFC 6467). */
  SECURE_PASSWORD(49, "GSPM"),
  /** A group (RFC 9838). */
  IDENTIFICATION_GROUP(50, "IDg"),
  /** The policy of a group (RFC 9838). */
  GROUP_SECURITY_ASSOCIATION(51, "GSA"),
  /** Keys of a group (RFC 9838). */
  KEY_DOWNLOAD(52, "KD"),
  /** A part of what SK would have (RFC 7383). */
  ENCRYPTED_FRAGMENT(53, "SKF"),
  /** The answer to a puzzle (RFC 8019). */
  PUZZLE_SOLUTION(54, "PS");

  private final int number;
  private final String label;

  PayloadType(int number, String label) {
    this.number = number;
    this.label = label;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** Its short name. */
  public String label() {
    return label;
  }

  /** The payload of a number, or null. */
  public static @Nullable PayloadType of(int number) {
    for (PayloadType one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    PayloadType one = of(number);
    return one == null ? "payload-" + number : one.label;
  }
}
