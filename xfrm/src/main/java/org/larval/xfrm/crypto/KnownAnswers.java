package org.larval.xfrm.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What libIPSec_MB must answer before a packet is trusted to it: test cases 4, 10 and 16 of the GCM
 * specification, and the example of RFC 8439 section 2.8.2, each both ways.
 */
final class KnownAnswers {
  private static final int GCM_TAG = 16;

  private static final byte[] GCM_PLAIN =
      hex(
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
              + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  private static final byte[] GCM_AAD = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  private static final byte[] GCM_NONCE = hex("cafebabefacedbaddecaf888");
  private static final String GCM_KEY = "feffe9928665731c6d6a8f9467308308";

  private static final byte[] CHACHA_PLAIN =
      ("Ladies and Gentlemen of the class of '99: If I could offer you "
              + "only one tip for the future, sunscreen would be it.")
          .getBytes(StandardCharsets.US_ASCII);

  /** Why the library cannot be used, or null if it answered right. */
  static final @Nullable String VERDICT = judge();

  private KnownAnswers() {}

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static @Nullable String judge() {
    String missing = IpsecMb.missing();
    if (missing != null) {
      return missing;
    }
    try (Arena arena = Arena.ofConfined()) {
      boolean right =
          gcm(
                  arena,
                  hex(GCM_KEY),
                  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                      + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                      + "5bc94fbc3221a5db94fae95ae7121a47")
              && gcm(
                  arena,
                  hex(GCM_KEY + "feffe9928665731c"),
                  "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
                      + "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
                      + "2519498e80f1478f37ba55bd6d27618c")
              && gcm(
                  arena,
                  hex(GCM_KEY + GCM_KEY),
                  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                      + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                      + "76fc6ece0f4e1768cddf8853bb2d551b")
              && chacha(arena);
      return right ? null : "its version " + IpsecMb.version() + " fails the known answers";
    }
  }

  private static MemorySegment put(Arena arena, byte[] bytes, int more) {
    MemorySegment segment = arena.allocate(bytes.length + more, 64);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  private static boolean is(MemorySegment segment, byte[] expected) {
    return Arrays.equals(segment.toArray(ValueLayout.JAVA_BYTE), expected);
  }

  private static boolean gcm(Arena arena, byte[] key, String answer) {
    byte[] sealed = hex(answer);
    int length = GCM_PLAIN.length;
    long keyData = arena.allocate(IpsecMb.keyData(), 64).address();
    long context = arena.allocate(IpsecMb.CONTEXT, 64).address();
    long nonce = put(arena, GCM_NONCE, 4).address();
    long aad = put(arena, GCM_AAD, 0).address();
    MemorySegment tag = arena.allocate(GCM_TAG);
    MemorySegment data = put(arena, GCM_PLAIN, GCM_TAG);
    long at = data.address();
    IpsecMb.expand(key.length, put(arena, key, 0).address(), keyData);
    IpsecMb.seal(
        key.length,
        keyData,
        context,
        at,
        at,
        length,
        nonce,
        aad,
        GCM_AAD.length,
        at + length,
        GCM_TAG);
    if (!is(data, sealed)) {
      return false;
    }
    IpsecMb.open(
        key.length,
        keyData,
        context,
        at,
        at,
        length,
        nonce,
        aad,
        GCM_AAD.length,
        tag.address(),
        GCM_TAG);
    return is(data.asSlice(0, length), GCM_PLAIN)
        && is(tag, Arrays.copyOfRange(sealed, length, sealed.length));
  }

  private static boolean chacha(Arena arena) {
    byte[] sealed =
        hex(
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                + "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
                + "0691");
    byte[] keyBytes = new byte[32];
    for (int i = 0; i < keyBytes.length; i++) {
      keyBytes[i] = (byte) (0x80 + i);
    }
    int length = CHACHA_PLAIN.length;
    long key = put(arena, keyBytes, 0).address();
    long context = arena.allocate(IpsecMb.CHACHA_CONTEXT, 64).address();
    long nonce = put(arena, hex("070000004041424344454647"), 4).address();
    long aad = put(arena, hex("50515253c0c1c2c3c4c5c6c7"), 4).address();
    MemorySegment tag = arena.allocate(16);
    MemorySegment data = put(arena, CHACHA_PLAIN, 16);
    long at = data.address();
    IpsecMb.chacha(true, key, context, at, length, nonce, aad, 12, at + length);
    if (!is(data, sealed)) {
      return false;
    }
    IpsecMb.chacha(false, key, context, at, length, nonce, aad, 12, tag.address());
    return is(data.asSlice(0, length), CHACHA_PLAIN)
        && is(tag, Arrays.copyOfRange(sealed, length, sealed.length));
  }
}
