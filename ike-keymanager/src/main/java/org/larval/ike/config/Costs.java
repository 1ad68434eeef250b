package org.larval.ike.config;

/**
 * What computing takes, in nanoseconds, so that a negotiation in virtual time is not free. The
 * result is there at once, its effects come that much later.
 *
 * @param exchange a Diffie-Hellman key pair or an agreement, each; also one ML-KEM operation
 * @param sign a signature
 * @param verify a verification, of a whole chain
 * @param message everything else about one message: decoding, deriving keys, sealing
 */
public record Costs(long exchange, long sign, long verify, long message) {
  /** Free: real time brings its own. */
  public static final Costs NONE = new Costs(0, 0, 0, 0);

  /** Of one core of a server: X25519 60 us, ECDSA P-256 60 and 120 us, 50 us a message. */
  public static final Costs SERVER = new Costs(60_000, 60_000, 120_000, 50_000);
}
