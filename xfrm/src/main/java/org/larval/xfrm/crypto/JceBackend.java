package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * SunJCE, which every JDK has. What it lacks as a whole (CCM, XCBC, CMAC, short check values of
 * GCM) is put together from its AES, which runs on the processor's instructions in constant time;
 * only Camellia and RIPEMD-160 come from Bouncy Castle.
 */
final class JceBackend implements CryptoBackend {
  private static final int MIN_GCM_ICV = 96;
  private static final int DES_KEY = 8;

  private final Scratch scratch = new Scratch();

  @Override
  public String label() {
    return "SunJCE";
  }

  @Override
  public @Nullable String refuses(Protection protection) {
    return switch (protection) {
      case Protection.Combined combined -> null;
      case Protection.Authentication auth -> null;
      case Protection.Compression comp -> "comp " + comp.algorithm() + " encrypts nothing";
      case Protection.Separate separate ->
          separate.algorithm() == CryptAlgorithm.DES3_CBC && isSingleDes(separate.key())
              ? "a key for cbc(des3_ede) with two equal thirds side by side is single DES, which"
                  + " RFC 8221 forbids; expected three different thirds"
              : null;
    };
  }

  /** RFC 2451 section 2.3: with K1 = K2 or K2 = K3 two of the three passes undo each other. */
  private static boolean isSingleDes(Secret key) {
    Secret first = key.part(0, DES_KEY, "DES");
    Secret second = key.part(DES_KEY, DES_KEY, "DES");
    Secret third = key.part(2 * DES_KEY, DES_KEY, "DES");
    boolean single = sameDes(first, second) || sameDes(second, third);
    first.destroy();
    second.destroy();
    third.destroy();
    return single;
  }

  /** DES does not look at the lowest bit of a byte. */
  private static boolean sameDes(Secret a, Secret b) {
    byte[] left = withoutParity(a);
    byte[] right = withoutParity(b);
    boolean same = MessageDigest.isEqual(left, right);
    Arrays.fill(left, (byte) 0);
    Arrays.fill(right, (byte) 0);
    return same;
  }

  private static byte[] withoutParity(Secret key) {
    byte[] bytes = key.getEncoded();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] &= (byte) 0xfe;
    }
    return bytes;
  }

  @Override
  public EspCipher esp(Protection protection, boolean extended) {
    String refusal = refuses(protection);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    try {
      return switch (protection) {
        case Protection.Combined combined -> combined(combined, extended);
        case Protection.Separate separate ->
            new SeparateCipher(
                separate.algorithm(),
                body(separate),
                separate.auth() == null ? null : icv(separate.auth()),
                extended);
        default ->
            throw new IllegalArgumentException("ESP needs aead, or enc with auth or auth-trunc");
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks an algorithm of every JDK", e);
    }
  }

  private EspCipher combined(Protection.Combined combined, boolean extended)
      throws GeneralSecurityException {
    return switch (combined.algorithm()) {
      case AES_GCM ->
          combined.icvBits() < MIN_GCM_ICV
              ? new JceShortGcm(combined, extended, scratch)
              : new JceAead(combined, extended, scratch);
      case CHACHA20_POLY1305 -> new JceAead(combined, extended, scratch);
      case AES_CCM -> new JceCcm(combined, extended, scratch);
      case AES_GMAC -> new JceGmac(combined, extended, scratch);
    };
  }

  private BodyCipher body(Protection.Separate separate) throws GeneralSecurityException {
    Secret key = separate.key();
    int block = separate.algorithm().block();
    return switch (separate.algorithm()) {
      case NULL -> new NullBody();
      case AES_CBC -> new JceBlockBody(key, "AES", block, scratch);
      case AES_CTR -> new JceCounterBody(key, scratch);
      case CAMELLIA_CBC -> new CamelliaBody(key, scratch);
      case DES3_CBC -> new JceBlockBody(key, "DESede", block, scratch);
    };
  }

  private Icv icv(Protection.Authentication auth) throws GeneralSecurityException {
    return switch (auth.algorithm()) {
      case HMAC_SHA1 -> new HmacIcv(auth, "HmacSHA1", scratch);
      case HMAC_SHA256 -> new HmacIcv(auth, "HmacSHA256", scratch);
      case HMAC_SHA384 -> new HmacIcv(auth, "HmacSHA384", scratch);
      case HMAC_SHA512 -> new HmacIcv(auth, "HmacSHA512", scratch);
      case HMAC_RMD160 -> new RipemdIcv(auth, scratch);
      case AES_XCBC -> AesIcv.xcbc(auth, scratch);
      case AES_CMAC -> AesIcv.cmac(auth, scratch);
      case NULL -> new NoIcv(auth, scratch);
    };
  }

  @Override
  public Icv ah(Protection.Authentication protection) {
    try {
      return icv(protection);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks an algorithm of every JDK", e);
    }
  }

  @Override
  public IvSource ivs(Protection protection, RandomGenerator random) {
    if (protection instanceof Protection.Separate separate) {
      return switch (separate.algorithm()) {
        case NULL -> IvSource.none();
        case AES_CTR -> IvSource.counter(random.nextLong());
        case AES_CBC, CAMELLIA_CBC, DES3_CBC -> unpredictable(separate.algorithm(), random);
      };
    }
    return IvSource.counter(random.nextLong());
  }

  private static IvSource unpredictable(CryptAlgorithm algorithm, RandomGenerator random) {
    try {
      return new CbcIvs(algorithm.block(), random);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks an algorithm of every JDK", e);
    }
  }
}
