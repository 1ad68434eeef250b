package org.larval.ike.auth;

/**
 * What signatures are made and accepted beyond the sound ones.
 *
 * @param sha1 RSA with SHA-1: method 1 of RFC 7296, the only RSA signature for a peer that does not
 *     announce SIGNATURE_HASH_ALGORITHMS
 * @param pss sign with RSASSA-PSS rather than PKCS#1 v1.5 where RFC 7427 allows both; either is
 *     always accepted
 * @param minimumRsaBits shorter RSA keys are refused, also in certificates
 */
public record SignatureRules(boolean sha1, boolean pss, int minimumRsaBits) {
  /** No SHA-1 at all. */
  public static final SignatureRules STRICT = new SignatureRules(false, true, 2048);

  /** As strongSwan: SHA-1 with method 1 alone, for peers that have nothing better. */
  public static final SignatureRules INTEROPERABLE = new SignatureRules(true, false, 2048);
}
