package org.larval.ike.message;

import java.util.List;

/**
 * Addresses asked for and given (RFC 7296 section 3.15).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param kind {@link #REQUEST} to {@link #ACK}, or a number that is not known
 * @param attributes in order
 */
public record CpPayload(boolean critical, int kind, List<Attribute> attributes) implements Payload {
  /** Asks. */
  public static final int REQUEST = 1;

  /** Gives what was asked for. */
  public static final int REPLY = 2;

  /** Sets. */
  public static final int SET = 3;

  /** Acknowledges what was set. */
  public static final int ACK = 4;

  /**
   * One attribute.
   *
   * @param attribute 15 bits, see {@link ConfigurationAttribute}
   * @param value empty to ask for any
   */
  public record Attribute(int attribute, Octets value) {
    /** A known one. */
    public Attribute(ConfigurationAttribute attribute, Octets value) {
      this(attribute.number(), value);
    }
  }

  /** Keeps its own copy of the attributes. */
  public CpPayload {
    attributes = List.copyOf(attributes);
  }

  /** Not critical, as all that RFC 7296 defines. */
  public CpPayload(int kind, List<Attribute> attributes) {
    this(false, kind, attributes);
  }

  @Override
  public int type() {
    return PayloadType.CONFIGURATION.number();
  }

  /** Values of an attribute, in order. */
  public List<Octets> values(ConfigurationAttribute attribute) {
    return attributes.stream()
        .filter(one -> one.attribute() == attribute.number())
        .map(Attribute::value)
        .toList();
  }
}
