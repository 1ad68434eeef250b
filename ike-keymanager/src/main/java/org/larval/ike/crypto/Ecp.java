package org.larval.ike.crypto;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bouncycastle.asn1.teletrust.TeleTrusTNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * Diffie-Hellman on the curves of RFC 5903 and RFC 6954: public values are x and y without a prefix
 * octet, the shared secret is x.
 */
final class Ecp {
  private static final Map<KeyExchangeMethod, X9ECParameters> CURVES =
      new EnumMap<>(KeyExchangeMethod.class);

  static {
    CURVES.put(KeyExchangeMethod.ECP_256, CustomNamedCurves.getByName("secp256r1"));
    CURVES.put(KeyExchangeMethod.ECP_384, CustomNamedCurves.getByName("secp384r1"));
    CURVES.put(KeyExchangeMethod.ECP_521, CustomNamedCurves.getByName("secp521r1"));
    CURVES.put(KeyExchangeMethod.BRAINPOOL_224, TeleTrusTNamedCurves.getByName("brainpoolP224r1"));
    CURVES.put(KeyExchangeMethod.BRAINPOOL_256, TeleTrusTNamedCurves.getByName("brainpoolP256r1"));
    CURVES.put(KeyExchangeMethod.BRAINPOOL_384, TeleTrusTNamedCurves.getByName("brainpoolP384r1"));
    CURVES.put(KeyExchangeMethod.BRAINPOOL_512, TeleTrusTNamedCurves.getByName("brainpoolP512r1"));
  }

  private Ecp() {}

  static KeyExchange.Half half(KeyExchangeMethod method, RandomGenerator random) {
    X9ECParameters curve = CURVES.get(method);
    if (curve == null) {
      throw new IllegalArgumentException(method + " is not a curve");
    }
    BigInteger secret = scalar(curve.getN(), random);
    ECPoint point = new FixedPointCombMultiplier().multiply(curve.getG(), secret).normalize();
    int size = method.initiatorSize() / 2;
    byte[] ours = new byte[2 * size];
    put(point.getAffineXCoord().toBigInteger(), ours, 0, size);
    put(point.getAffineYCoord().toBigInteger(), ours, size, size);
    return new KeyExchange.Half() {
      @Override
      public byte[] publicValue() {
        return ours;
      }

      @Override
      public byte[] complete(byte[] peer) throws KeyExchangeException {
        ECPoint shared = peerPoint(curve, peer).multiply(secret).normalize();
        if (shared.isInfinity()) {
          throw new KeyExchangeException("a public value of small order");
        }
        byte[] out = new byte[size];
        put(shared.getAffineXCoord().toBigInteger(), out, 0, size);
        return out;
      }
    };
  }

  /** RFC 6989 section 2.3: coordinates below p, on the curve; the cofactor is 1. */
  private static ECPoint peerPoint(X9ECParameters curve, byte[] peer) throws KeyExchangeException {
    int size = peer.length / 2;
    BigInteger x = new BigInteger(1, Arrays.copyOf(peer, size));
    BigInteger y = new BigInteger(1, Arrays.copyOfRange(peer, size, peer.length));
    BigInteger prime = curve.getCurve().getField().getCharacteristic();
    if (x.compareTo(prime) >= 0 || y.compareTo(prime) >= 0) {
      throw new KeyExchangeException("a coordinate that is not below p (RFC 6989 section 2.3)");
    }
    ECPoint point = curve.getCurve().createPoint(x, y);
    if (point.isInfinity() || !point.isValid()) {
      throw new KeyExchangeException("a point that is not on the curve (RFC 6989 section 2.3)");
    }
    return point;
  }

  /** 1 to n-1 with 64 bits to spare, so that no value is likelier (FIPS 186-4 B.4.1). */
  private static BigInteger scalar(BigInteger order, RandomGenerator random) {
    byte[] raw = new byte[(order.bitLength() + 64 + 7) / 8];
    random.nextBytes(raw);
    BigInteger value = new BigInteger(1, raw).mod(order.subtract(BigInteger.ONE));
    Arrays.fill(raw, (byte) 0);
    return value.add(BigInteger.ONE);
  }

  private static void put(BigInteger value, byte[] target, int offset, int size) {
    System.arraycopy(Modp.fixed(value, size), 0, target, offset, size);
  }
}
