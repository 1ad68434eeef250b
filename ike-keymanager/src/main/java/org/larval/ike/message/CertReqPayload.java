package org.larval.ike.message;

/**
 * Authorities that the sender trusts (RFC 7296 section 3.7).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param encoding number of what is wanted, see {@link CertificateEncoding}
 * @param data for X.509 the SHA-1 of each trusted public key, one after the other
 */
public record CertReqPayload(boolean critical, int encoding, Octets data) implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public CertReqPayload(int encoding, Octets data) {
    this(false, encoding, data);
  }

  @Override
  public int type() {
    return PayloadType.CERTIFICATE_REQUEST.number();
  }
}
