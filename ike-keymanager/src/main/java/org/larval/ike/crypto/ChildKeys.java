package org.larval.ike.crypto;

/**
 * The keys of a pair of child SAs (RFC 7296 section 2.17); initiator is who began the exchange that
 * made them. It prints sizes only.
 *
 * @param initiatorEncryption for what the initiator sends, salt at the end; empty for AH
 * @param initiatorIntegrity empty beside an AEAD
 * @param responderEncryption for what the responder sends
 * @param responderIntegrity empty beside an AEAD
 */
public record ChildKeys(
    Secret initiatorEncryption,
    Secret initiatorIntegrity,
    Secret responderEncryption,
    Secret responderIntegrity) {
  /** Overwrites all of them. */
  public void destroy() {
    initiatorEncryption.destroy();
    initiatorIntegrity.destroy();
    responderEncryption.destroy();
    responderIntegrity.destroy();
  }
}
