package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;

/** Small work on bytes that must not tell by its time what the bytes are. */
final class Bytes {
  private Bytes() {}

  /** Compares all of a check value in a packet with a computed one, however early they differ. */
  static boolean same(ByteBuf data, int at, byte[] expected, int from, int length) {
    int difference = 0;
    for (int i = 0; i < length; i++) {
      difference |= data.getByte(at + i) ^ expected[from + i];
    }
    return difference == 0;
  }

  /** Writes big-endian. */
  static void putInt(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }

  /** Adds an array of the same length without carry. */
  static void xor(byte[] into, byte[] other) {
    for (int i = 0; i < into.length; i++) {
      into[i] ^= other[i];
    }
  }
}
