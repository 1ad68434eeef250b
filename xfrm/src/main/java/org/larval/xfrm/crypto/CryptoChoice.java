package org.larval.xfrm.crypto;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which crypto library to use. The bytes on the wire are the same with each. */
public enum CryptoChoice {
  /** The fastest that is there and answers right. */
  AUTO("auto"),
  /** The JDK's own. */
  JCE("jce"),
  /** Intel's libIPSec_MB. */
  IPSEC_MB("ipsec-mb");

  private static final System.Logger LOG = System.getLogger(CryptoChoice.class.getName());

  private final String word;

  CryptoChoice(String word) {
    this.word = word;
  }

  /** The choice of a word, or null. */
  public static @Nullable CryptoChoice named(String word) {
    for (CryptoChoice choice : values()) {
      if (choice.word.equals(word)) {
        return choice;
      }
    }
    return null;
  }

  /** All words. */
  public static List<String> words() {
    return Arrays.stream(values()).map(CryptoChoice::word).toList();
  }

  /** As the command line has it. */
  public String word() {
    return word;
  }

  /** Why it cannot be had on this machine, or null if it can. */
  public @Nullable String missing() {
    return this == IPSEC_MB ? IpsecMbBackend.missing() : null;
  }

  /** See {@link CryptoBackend#prefersNativeMemory}. */
  public boolean prefersNativeMemory() {
    return this == IPSEC_MB || this == AUTO && IpsecMbBackend.missing() == null;
  }

  /**
   * A backend for the calling thread.
   *
   * @throws IllegalStateException if it is {@link #missing}
   */
  public CryptoBackend open() {
    return switch (this) {
      case JCE -> CryptoBackend.jce();
      case IPSEC_MB -> new IpsecMbBackend();
      case AUTO -> {
        String missing = IpsecMbBackend.missing();
        CryptoBackend backend = missing == null ? new IpsecMbBackend() : CryptoBackend.jce();
        LOG.log(
            System.Logger.Level.DEBUG,
            "crypto by {0}{1}",
            backend.label(),
            missing == null ? "" : "; libIPSec_MB: " + missing);
        yield backend;
      }
    };
  }

  @Override
  public String toString() {
    return word;
  }
}
