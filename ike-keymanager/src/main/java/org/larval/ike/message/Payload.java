package org.larval.ike.message;

/**
 * A payload (RFC 7296 section 3.2): its own file for each, and one for those that are not known.
 */
public sealed interface Payload
    permits AuthPayload,
        CertPayload,
        CertReqPayload,
        CpPayload,
        DeletePayload,
        EapPayload,
        IdPayload,
        KePayload,
        NoncePayload,
        NotifyPayload,
        SaPayload,
        SkPayload,
        SkfPayload,
        TsPayload,
        UnknownPayload,
        VendorIdPayload {
  /** Octets of the header that all payloads have. */
  int HEADER = 4;

  /** Its number, see {@link PayloadType}. */
  int type();

  /** Whether a receiver that does not know it must refuse the message. */
  boolean critical();
}
