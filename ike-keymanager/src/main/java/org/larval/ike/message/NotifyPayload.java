package org.larval.ike.message;

/**
 * A word about an SA or about the exchange (RFC 7296 section 3.10).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param protocol number of the protocol of the SA, see {@link Protocol}; 0 if it is about none
 * @param notification number of what it says, see {@link NotifyType}
 * @param spi of the SA, empty if it is about none or about the IKE SA
 * @param data as the type defines it
 */
public record NotifyPayload(
    boolean critical, int protocol, int notification, Octets spi, Octets data) implements Payload {
  /** About no SA in particular. */
  public NotifyPayload(NotifyType type, Octets data) {
    this(false, 0, type.number(), Octets.EMPTY, data);
  }

  /** About no SA in particular, without data. */
  public NotifyPayload(NotifyType type) {
    this(type, Octets.EMPTY);
  }

  /** About a child SA. */
  public NotifyPayload(NotifyType type, Protocol protocol, Octets spi, Octets data) {
    this(false, protocol.id(), type.number(), spi, data);
  }

  /** Whether it says this. */
  public boolean is(NotifyType type) {
    return notification == type.number();
  }

  @Override
  public int type() {
    return PayloadType.NOTIFY.number();
  }
}
