package org.larval.ike.crypto;

import java.util.random.RandomGenerator;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc7748.X448;

/** X25519 and X448 (RFC 7748, 8031); a result of zeroes alone is refused. */
final class Montgomery {
  private Montgomery() {}

  static KeyExchange.Half half(KeyExchangeMethod method, RandomGenerator random) {
    boolean small = method == KeyExchangeMethod.X25519;
    int size = small ? X25519.POINT_SIZE : X448.POINT_SIZE;
    byte[] secret = new byte[size];
    random.nextBytes(secret);
    byte[] ours = new byte[size];
    if (small) {
      X25519.scalarMultBase(secret, 0, ours, 0);
    } else {
      X448.scalarMultBase(secret, 0, ours, 0);
    }
    return new KeyExchange.Half() {
      @Override
      public byte[] publicValue() {
        return ours;
      }

      @Override
      public byte[] complete(byte[] peer) throws KeyExchangeException {
        byte[] shared = new byte[size];
        boolean sound =
            small
                ? X25519.calculateAgreement(secret, 0, peer, 0, shared, 0)
                : X448.calculateAgreement(secret, 0, peer, 0, shared, 0);
        if (!sound) {
          throw new KeyExchangeException("a public value of small order (RFC 8031 section 2.1)");
        }
        return shared;
      }
    };
  }
}
