package org.larval.guest.tcp;

import io.netty.buffer.ByteBuf;

/**
 * Bytes of a stream, found by their sequence number. The array's length is a power of two, so that
 * a sequence number's low bits are its place, across the wrap too. It grows when it must.
 */
final class ByteRing {
  private static final int FIRST_CAPACITY = 512;
  private static final byte[] NOTHING = new byte[0];

  private byte[] bytes = NOTHING;

  /** Makes room for {@code span} bytes from sequence number {@code start} on and keeps them. */
  void reserve(int start, int span) {
    if (span <= bytes.length) {
      return;
    }
    int capacity = Math.max(FIRST_CAPACITY, Integer.highestOneBit(span - 1) << 1);
    byte[] larger = new byte[capacity];
    int old = bytes.length;
    for (int done = 0; done < old; ) {
      int from = start + done & old - 1;
      int to = start + done & capacity - 1;
      int run = Math.min(old - done, Math.min(old - from, capacity - to));
      System.arraycopy(bytes, from, larger, to, run);
      done += run;
    }
    bytes = larger;
  }

  /** Copies into the ring. */
  void put(int sequence, byte[] from, int offset, int length) {
    for (int done = 0; done < length; ) {
      int at = sequence + done & bytes.length - 1;
      int run = Math.min(length - done, bytes.length - at);
      System.arraycopy(from, offset + done, bytes, at, run);
      done += run;
    }
  }

  /** Copies into the ring from an absolute index. */
  void put(int sequence, ByteBuf from, int index, int length) {
    for (int done = 0; done < length; ) {
      int at = sequence + done & bytes.length - 1;
      int run = Math.min(length - done, bytes.length - at);
      from.getBytes(index + done, bytes, at, run);
      done += run;
    }
  }

  /** Copies out of the ring. */
  void get(int sequence, byte[] into, int offset, int length) {
    for (int done = 0; done < length; ) {
      int at = sequence + done & bytes.length - 1;
      int run = Math.min(length - done, bytes.length - at);
      System.arraycopy(bytes, at, into, offset + done, run);
      done += run;
    }
  }

  /** Copies out of the ring to an absolute index. */
  void get(int sequence, ByteBuf into, int index, int length) {
    for (int done = 0; done < length; ) {
      int at = sequence + done & bytes.length - 1;
      int run = Math.min(length - done, bytes.length - at);
      into.setBytes(index + done, bytes, at, run);
      done += run;
    }
  }

  /** Gives the memory back. */
  void free() {
    bytes = NOTHING;
  }
}
