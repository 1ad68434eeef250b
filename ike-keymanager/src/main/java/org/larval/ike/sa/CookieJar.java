package org.larval.ike.sa;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.message.Octets;

/**
 * Cookies that cost no state (RFC 7296 section 2.6): a hash of what the initiator sent, where it
 * came from, and a secret. The secret changes; the one before it is still good for a while.
 */
final class CookieJar {
  private static final long LIFETIME = 60_000_000_000L;
  private static final int SECRET = 32;

  private final RandomGenerator random;
  private final byte[] secret = new byte[SECRET];
  private byte @Nullable [] previous;
  private int version;
  private long since = Long.MIN_VALUE;

  CookieJar(RandomGenerator random) {
    this.random = random;
  }

  /** The cookie that an initiator must repeat. */
  Octets bake(long now, Octets nonce, Endpoint source, long spi) {
    renew(now);
    return cookie(version, secret, nonce, source, spi);
  }

  /** Whether a cookie is one of ours for this initiator. */
  boolean ours(long now, Octets cookie, Octets nonce, Endpoint source, long spi) {
    renew(now);
    if (cookie.isEmpty()) {
      return false;
    }
    int baked = cookie.at(0);
    byte @Nullable [] with =
        baked == (version & 0xff) ? secret : baked == (version - 1 & 0xff) ? previous : null;
    return with != null
        && MessageDigest.isEqual(
            cookie(baked, with, nonce, source, spi).toArray(), cookie.toArray());
  }

  private void renew(long now) {
    if (since != Long.MIN_VALUE && now - since < LIFETIME) {
      return;
    }
    // older than two lifetimes: the one before is too old as well
    previous = since == Long.MIN_VALUE || now - since >= 2 * LIFETIME ? null : secret.clone();
    random.nextBytes(secret);
    version++;
    since = now;
  }

  private static Octets cookie(
      int version, byte[] secret, Octets nonce, Endpoint source, long spi) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(nonce.toArray());
      sha.update(source.octets().toArray());
      sha.update(Octets.number(spi, 8).toArray());
      sha.update(secret);
      byte[] cookie = Arrays.copyOf(new byte[] {(byte) version}, 1 + sha.getDigestLength());
      System.arraycopy(sha.digest(), 0, cookie, 1, sha.getDigestLength());
      return Octets.of(cookie);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
