package org.larval.ike.message;

/**
 * A certificate, or what goes with one (RFC 7296 section 3.6).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param encoding number of what it is, see {@link CertificateEncoding}
 * @param data as the encoding defines it
 */
public record CertPayload(boolean critical, int encoding, Octets data) implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public CertPayload(int encoding, Octets data) {
    this(false, encoding, data);
  }

  @Override
  public int type() {
    return PayloadType.CERTIFICATE.number();
  }
}
