package org.larval.xfrm.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.AeadAlgorithm;
import org.larval.xfrm.crypto.Algorithms;
import org.larval.xfrm.crypto.AuthAlgorithm;
import org.larval.xfrm.crypto.CompAlgorithm;
import org.larval.xfrm.crypto.CryptAlgorithm;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/** The algorithms of a state: {@code aead}, {@code enc}, {@code auth}, {@code comp}. */
final class AlgorithmGrammar {
  private final Words words;
  private Protection.@Nullable Combined aead;
  private @Nullable CryptAlgorithm crypt;
  private @Nullable Secret cryptKey;
  private Protection.@Nullable Authentication auth;
  private @Nullable CompAlgorithm comp;
  private int column;

  AlgorithmGrammar(Words words) {
    this.words = words;
  }

  /** Takes one algorithm; false, with nothing taken, if the next word begins none. */
  boolean clause() {
    String kind = words.peek();
    switch (kind) {
      case "aead" -> {
        once(kind, aead != null || crypt != null || auth != null);
        aead();
      }
      case "enc" -> {
        once(kind, aead != null || crypt != null);
        enc();
      }
      case "auth", "auth-trunc" -> {
        once(kind, aead != null || auth != null);
        auth(kind.equals("auth-trunc"));
      }
      case "comp" -> {
        once(kind, comp != null);
        String name = name(kind);
        comp = known(name, CompAlgorithm.named(name), List.of("deflate"));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The algorithms that go with a protocol (verify_newsa_info). */
  Protection protection(int protocol) {
    return switch (protocol) {
      case IpProtocol.ESP -> esp();
      case IpProtocol.AH -> {
        if (aead != null || crypt != null || comp != null) {
          throw misplaced("proto ah", "expected auth or auth-trunc alone");
        }
        yield require(auth, "auth or auth-trunc with proto ah");
      }
      default -> {
        if (aead != null || crypt != null || auth != null) {
          throw misplaced("proto comp", "expected comp deflate alone");
        }
        yield new Protection.Compression(require(comp, "comp deflate with proto comp"));
      }
    };
  }

  private Protection esp() {
    if (comp != null) {
      throw misplaced("proto esp", "expected aead, or enc with auth or auth-trunc");
    }
    if (aead != null) {
      return aead;
    }
    return new Protection.Separate(
        require(crypt, "an algorithm: aead, or enc with auth or auth-trunc"),
        require(cryptKey, "a key"),
        auth);
  }

  private void once(String kind, boolean already) {
    if (already) {
      throw new IpXfrmException(
          words.column(),
          kind + " beside another algorithm of its kind",
          "expected aead alone, or enc with auth or auth-trunc");
    }
  }

  private IpXfrmException misplaced(String beside, String remedy) {
    return new IpXfrmException(column, "this algorithm does not go with " + beside, remedy);
  }

  private <T> T require(@Nullable T value, String expected) {
    if (value == null) {
      throw words.unknown("expected " + expected);
    }
    return value;
  }

  private void aead() {
    String name = name("aead");
    AeadAlgorithm algorithm = known(name, AeadAlgorithm.named(name), AeadAlgorithm.labels());
    Secret key = key(algorithm::takesKey, algorithm, algorithm.keyLengthsText());
    int bits = words.u32("the ICV's length in bits");
    if (!algorithm.takesIcv(bits)) {
      throw wrongIcv(bits, algorithm, algorithm.icvText());
    }
    aead = new Protection.Combined(algorithm, key, bits);
  }

  private void enc() {
    String name = name("enc");
    CryptAlgorithm algorithm = known(name, CryptAlgorithm.named(name), CryptAlgorithm.labels());
    cryptKey = key(algorithm::takesKey, algorithm, algorithm.keyLengthsText());
    crypt = algorithm;
  }

  private void auth(boolean truncated) {
    String name = name(truncated ? "auth-trunc" : "auth");
    AuthAlgorithm algorithm = known(name, AuthAlgorithm.named(name), AuthAlgorithm.labels());
    Secret key = key(algorithm::takesKey, algorithm, algorithm.keyLengthsText());
    int bits = truncated ? words.u32("the truncated length in bits") : algorithm.defaultIcvBits();
    if (truncated && bits == 0) {
      // The kernel's own length, as it does.
      bits = algorithm.defaultIcvBits();
    }
    if (!algorithm.takesIcv(bits)) {
      throw wrongIcv(bits, algorithm, algorithm.icvText());
    }
    auth = new Protection.Authentication(algorithm, key, bits, truncated);
  }

  private String name(String kind) {
    words.next(kind);
    String name = words.next("the algorithm's name");
    column = words.lastColumn();
    return fullName(kind, name);
  }

  /** The kernel also knows its older algorithms by their short names (compat). */
  private static String fullName(String kind, String name) {
    return switch (kind) {
      case "auth", "auth-trunc" ->
          switch (name) {
            case "md5", "sha1", "sha256", "rmd160", "sm3" -> "hmac(" + name + ")";
            default -> name;
          };
      case "enc" ->
          switch (name) {
            case "cipher_null" -> "ecb(cipher_null)";
            case "des",
                "des3_ede",
                "cast5",
                "blowfish",
                "aes",
                "serpent",
                "camellia",
                "twofish",
                "sm4" ->
                "cbc(" + name + ")";
            default -> name;
          };
      default -> name;
    };
  }

  private <T> T known(String name, @Nullable T algorithm, List<String> names) {
    if (algorithm == null) {
      String refusal = Algorithms.refusal(name);
      throw words.wrong(
          refusal == null ? "unknown algorithm" : refusal,
          "this house has '" + String.join("', '", names) + "'");
    }
    return algorithm;
  }

  private Secret key(IntPredicate fits, Object algorithm, String lengths) {
    byte[] bytes = keyBytes(words.next("the key, like 0x0123..."));
    Secret key = Secret.copyOf(bytes);
    Arrays.fill(bytes, (byte) 0);
    if (!fits.test(key.length())) {
      throw words.wrong("a key of " + key.length() + " bytes", algorithm + " takes " + lengths);
    }
    return key;
  }

  private IpXfrmException wrongIcv(int bits, Object algorithm, String sizes) {
    return words.wrong(
        "an ICV of " + Integer.toUnsignedString(bits) + " bits", algorithm + " takes " + sizes);
  }

  /** Hex after 0x, else the characters themselves. Never repeats the key in an error. */
  private byte[] keyBytes(String text) {
    if (!text.startsWith("0x") && !text.startsWith("0X")) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return HexFormat.of().parseHex(text, 2, text.length());
    } catch (IllegalArgumentException e) {
      throw new IpXfrmException(
          words.lastColumn(), "the key is not hexadecimal", "expected 0x and pairs of 0-9, a-f");
    }
  }
}
