package org.larval.xfrm.crypto;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's algorithms that this house leaves out on purpose, and why. RFC 8221 and RFC 9395 say
 * which of them are broken; the others are sound but nobody negotiates them.
 */
public final class Algorithms {
  private static final String SMALL_BLOCKS = "its blocks of 64 bits repeat after some gigabytes";

  /** One algorithm under all its names. */
  private record Left(List<String> names, String reason) {}

  private static final List<Left> LEFT =
      List.of(
          new Left(
              List.of("cbc(des)", "des"),
              "is broken: keys of 56 bits can be searched through, RFC 8221 says MUST NOT"),
          new Left(
              List.of("cbc(blowfish)", "blowfish"),
              "is broken: " + SMALL_BLOCKS + ", RFC 8221 says MUST NOT"),
          new Left(
              List.of("hmac(md5)", "md5"), "is built on a broken hash, RFC 8221 says MUST NOT"),
          new Left(List.of("cbc(cast5)", "cast5"), "is deprecated by RFC 9395: " + SMALL_BLOCKS),
          new Left(List.of("hmac(sm3)"), "was never given a number in IKEv2; left out"),
          new Left(List.of("cbc(sm4)"), "was never given a number in IKEv2; left out"),
          new Left(
              List.of("cbc(serpent)", "serpent", "cbc(twofish)", "twofish"),
              "was never given a number in IKEv2; left out"));

  private Algorithms() {}

  /**
   * Why an algorithm of the kernel is refused here, in words for the user.
   *
   * @param name as {@code ip xfrm} takes it, the short old ones included
   * @return a sentence that begins with the name, or null if there is nothing to say about it
   */
  public static @Nullable String refusal(String name) {
    for (Left left : LEFT) {
      if (left.names.contains(name)) {
        return name + " " + left.reason;
      }
    }
    return null;
  }
}
