package org.larval.xfrm.crypto;

/**
 * A work surface for ciphers, which like their output apart from their input. One for all SAs of a
 * guest, since only one packet is worked on at a time.
 */
final class Scratch {
  private static final int FIRST = 2048;

  private byte[] bytes = new byte[FIRST];
  private byte[] input = new byte[FIRST];

  /** An array of at least this many bytes; what stood there before may be gone. */
  byte[] atLeast(int length) {
    if (bytes.length < length) {
      bytes = new byte[Math.max(length, bytes.length * 2)];
    }
    return bytes;
  }

  /** Another such array, for input that is not on the heap. */
  byte[] input(int length) {
    if (input.length < length) {
      input = new byte[Math.max(length, input.length * 2)];
    }
    return input;
  }
}
