package org.larval.ike.auth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
import org.larval.ike.message.Octets;

/** CERTREQ payloads for X.509: the SHA-1 of each trusted authority's public key. */
public final class CertificateRequests {
  private static final int SIZE = 20;

  private CertificateRequests() {}

  /** The data of a CERTREQ payload with encoding 4. */
  public static Octets data(Collection<Certificate> anchors) {
    Octets all = Octets.EMPTY;
    for (Certificate one : anchors) {
      all = all.and(hash(one));
    }
    return all;
  }

  private static Octets hash(Certificate authority) {
    try {
      byte[] spki = authority.spki().toArray();
      return Octets.of(MessageDigest.getInstance("SHA-1").digest(spki));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /**
   * Whether a request asks for a chain: one of its certificates, or its issuer, is an authority
   * that the request names; an empty request asks for any.
   *
   * @param data of a CERTREQ payload
   * @param chain our certificate and its authorities
   */
  public static boolean wants(Octets data, List<Certificate> chain) {
    if (data.isEmpty()) {
      return true;
    }
    for (Certificate one : chain) {
      Octets hash = hash(one);
      for (int at = 0; at + SIZE <= data.size(); at += SIZE) {
        if (data.slice(at, SIZE).equals(hash)) {
          return true;
        }
      }
    }
    return false;
  }
}
