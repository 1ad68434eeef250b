package org.larval.ike.message;

/**
 * A message of EAP (RFC 7296 section 3.16, RFC 3748 section 4).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param packet at least 4 octets, as many as its length field says
 */
public record EapPayload(boolean critical, Octets packet) implements Payload {
  /** Octets of code, identifier and length. */
  public static final int HEADER = 4;

  /** Code of a request. */
  public static final int REQUEST = 1;

  /** Code of a response. */
  public static final int RESPONSE = 2;

  /** Code of success. */
  public static final int SUCCESS = 3;

  /** Code of failure. */
  public static final int FAILURE = 4;

  /** Not critical, as all that RFC 7296 defines. */
  public EapPayload(Octets packet) {
    this(false, packet);
  }

  @Override
  public int type() {
    return PayloadType.EAP.number();
  }

  /** {@link #REQUEST} to {@link #FAILURE}, or anything else a peer says. */
  public int code() {
    return packet.at(0);
  }

  /** Ties a response to its request. */
  public int identifier() {
    return packet.at(1);
  }

  /** Number of the method of a request or response that has one; 0 otherwise. */
  public int method() {
    return code() <= RESPONSE && packet.size() > HEADER ? packet.at(HEADER) : 0;
  }
}
