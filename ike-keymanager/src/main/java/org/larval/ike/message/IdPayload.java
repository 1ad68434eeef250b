package org.larval.ike.message;

/**
 * Who an end is (RFC 7296 section 3.5).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param ofInitiator IDi, otherwise IDr
 * @param kind number of the kind of identity, see {@link IdType}
 * @param reserved 24 bits that mean nothing, but are signed
 * @param data as the kind defines it
 */
public record IdPayload(boolean critical, boolean ofInitiator, int kind, int reserved, Octets data)
    implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public IdPayload(boolean ofInitiator, IdType kind, Octets data) {
    this(false, ofInitiator, kind.number(), 0, data);
  }

  @Override
  public int type() {
    return (ofInitiator
            ? PayloadType.IDENTIFICATION_INITIATOR
            : PayloadType.IDENTIFICATION_RESPONDER)
        .number();
  }

  /** What AUTH covers of it: everything but the header that all payloads have. */
  public Octets signed() {
    return Octets.number((long) kind << 24 | reserved, 4).and(data);
  }
}
