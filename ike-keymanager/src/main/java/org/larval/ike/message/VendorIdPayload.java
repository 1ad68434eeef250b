package org.larval.ike.message;

/**
 * Whose implementation this is (RFC 7296 section 3.12).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param id anything
 */
public record VendorIdPayload(boolean critical, Octets id) implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public VendorIdPayload(Octets id) {
    this(false, id);
  }

  @Override
  public int type() {
    return PayloadType.VENDOR_ID.number();
  }
}
