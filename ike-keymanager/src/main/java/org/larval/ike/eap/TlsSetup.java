package org.larval.ike.eap;

import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.SigningKey;

/**
 * What one end of EAP-TLS has and wants.
 *
 * @param key of the first certificate
 * @param chain our certificate and its authorities
 * @param checks what is believed of the other end's
 * @param other who the other end must be; {@link Identity#ANYBODY} for whoever has a certificate
 * @param now the time of day
 * @param random for everything that TLS draws
 * @param versions {@code TLSv1.3} and {@code TLSv1.2}, or one of them
 * @param fragmentSize most octets of TLS in a packet, 64 or more
 */
public record TlsSetup(
    SigningKey key,
    List<Certificate> chain,
    CertificateChecks checks,
    Identity other,
    Instant now,
    RandomGenerator random,
    List<String> versions,
    int fragmentSize) {
  /** Both versions. */
  public static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

  /** strongSwan's default. */
  public static final int FRAGMENT_SIZE = 1024;

  /** Keeps its own copies. */
  public TlsSetup {
    chain = List.copyOf(chain);
    versions = List.copyOf(versions);
    if (fragmentSize < 64 || fragmentSize > 16_384) {
      throw new IllegalArgumentException("a fragment size of 64 to 16384 octets");
    }
  }
}
