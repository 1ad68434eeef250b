package org.larval.ike.crypto;

import java.math.BigInteger;
import java.util.random.RandomGenerator;
import org.bouncycastle.crypto.agreement.DHStandardGroups;
import org.bouncycastle.crypto.params.DHParameters;

/**
 * Diffie-Hellman in the safe-prime groups of RFC 3526. Exponents are short, but longer than twice
 * the strength of the group, as RFC 7919 section 5.2 allows; a full one costs four times as much
 * and adds nothing.
 */
final class Modp {
  private Modp() {}

  private static DHParameters group(KeyExchangeMethod method) {
    return switch (method) {
      case MODP_2048 -> DHStandardGroups.rfc3526_2048;
      case MODP_3072 -> DHStandardGroups.rfc3526_3072;
      case MODP_4096 -> DHStandardGroups.rfc3526_4096;
      case MODP_6144 -> DHStandardGroups.rfc3526_6144;
      case MODP_8192 -> DHStandardGroups.rfc3526_8192;
      default -> throw new IllegalArgumentException(method + " is not a group of RFC 3526");
    };
  }

  private static int exponentSize(KeyExchangeMethod method) {
    return switch (method) {
      case MODP_2048 -> 32;
      case MODP_3072 -> 40;
      case MODP_4096 -> 48;
      case MODP_6144 -> 56;
      default -> 64;
    };
  }

  static KeyExchange.Half half(KeyExchangeMethod method, RandomGenerator random) {
    BigInteger prime = group(method).getP();
    byte[] exponent = new byte[exponentSize(method)];
    random.nextBytes(exponent);
    // the top bit fixes the length, so that the time of the power does not tell it
    exponent[0] |= (byte) 0x80;
    BigInteger secret = new BigInteger(1, exponent);
    int size = method.initiatorSize();
    byte[] ours = fixed(BigInteger.TWO.modPow(secret, prime), size);
    return new KeyExchange.Half() {
      @Override
      public byte[] publicValue() {
        return ours;
      }

      @Override
      public byte[] complete(byte[] peer) throws KeyExchangeException {
        BigInteger theirs = new BigInteger(1, peer);
        if (theirs.compareTo(BigInteger.ONE) <= 0
            || theirs.compareTo(prime.subtract(BigInteger.ONE)) >= 0) {
          throw new KeyExchangeException("a public value outside 2 to p-2 (RFC 6989 section 2.1)");
        }
        return fixed(theirs.modPow(secret, prime), size);
      }
    };
  }

  /** Most significant octet first, with zeroes in front. */
  static byte[] fixed(BigInteger value, int size) {
    byte[] raw = value.toByteArray();
    byte[] out = new byte[size];
    int take = Math.min(raw.length, size);
    System.arraycopy(raw, raw.length - take, out, size - take, take);
    return out;
  }
}
