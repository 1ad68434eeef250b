package org.larval.ike.message;

/**
 * The header of a message (RFC 7296 section 3.1), without next payload and length, which follow
 * from the rest of it.
 *
 * @param initiatorSpi of the end that began the IKE SA
 * @param responderSpi of the other end; 0 in the first message
 * @param version major in the upper four bits, minor in the lower four
 * @param exchange number of what it belongs to, see {@link ExchangeType}
 * @param fromInitiator whether the sender began the IKE SA (flag I)
 * @param higherVersion whether the sender could speak a higher major version (flag V)
 * @param response otherwise a request (flag R)
 * @param messageId 32 bits
 */
public record Header(
    long initiatorSpi,
    long responderSpi,
    int version,
    int exchange,
    boolean fromInitiator,
    boolean higherVersion,
    boolean response,
    int messageId) {
  /** Octets. */
  public static final int SIZE = 28;

  /** Version 2.0. */
  public static final int IKEV2 = 0x20;

  static final int INITIATOR = 0x08;
  static final int HIGHER_VERSION = 0x10;
  static final int RESPONSE = 0x20;

  /** Of version 2.0. */
  public Header(
      long initiatorSpi,
      long responderSpi,
      ExchangeType exchange,
      boolean fromInitiator,
      boolean response,
      int messageId) {
    this(
        initiatorSpi,
        responderSpi,
        IKEV2,
        exchange.number(),
        fromInitiator,
        false,
        response,
        messageId);
  }

  /** Whether it belongs to an exchange. */
  public boolean is(ExchangeType type) {
    return exchange == type.number();
  }

  /** 2 for IKEv2. */
  public int major() {
    return version >>> 4;
  }

  int flags() {
    return (fromInitiator ? INITIATOR : 0)
        | (higherVersion ? HIGHER_VERSION : 0)
        | (response ? RESPONSE : 0);
  }

  /** As in {@code IKE_AUTH request 1}. */
  @Override
  public String toString() {
    return ExchangeType.name(exchange)
        + (response ? " response " : " request ")
        + Integer.toUnsignedString(messageId);
  }
}
