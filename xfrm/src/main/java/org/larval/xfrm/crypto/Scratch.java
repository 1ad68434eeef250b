package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;

/**
 * A work surface for ciphers, which like their output apart from their input. One for all SAs of a
 * guest, since only one packet is worked on at a time.
 */
final class Scratch {
  /** How much goes into the {@link #sink} at a time; whole blocks of every cipher. */
  static final int SINK = 2048;

  private static final int FIRST = 2048;

  private final byte[] sink = new byte[SINK];
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

  /** The array behind a part of a packet, or a copy if there is none; it begins at {@link #at}. */
  byte[] array(ByteBuf data, int index, int length) {
    if (data.hasArray()) {
      return data.array();
    }
    byte[] copy = input(length);
    data.getBytes(index, copy, 0, length);
    return copy;
  }

  /** Where in {@link #array} the byte at this index of the packet stands. */
  static int at(ByteBuf data, int index) {
    return data.hasArray() ? data.arrayOffset() + index : 0;
  }

  /** Where output goes that nobody wants: all but the last block of a CBC-MAC. */
  byte[] sink() {
    return sink;
  }
}
