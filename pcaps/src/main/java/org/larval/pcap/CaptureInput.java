package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a capture file in order, counted, so that every complaint can say where. */
final class CaptureInput {
  private static final int CHUNK = 65_536;

  private final InputStream stream;
  private final String name;
  private final byte[] chunk = new byte[CHUNK];
  private int position;
  private int limit;
  private long offset;

  /** The first byte of the block or record that is being read. */
  private long mark;

  private int magic;

  CaptureInput(InputStream stream, String name) {
    this.stream = stream;
    this.name = name;
  }

  String name() {
    return name;
  }

  /** Notes that a block begins here: complaints name this offset. */
  void begin() {
    mark = offset;
  }

  /** The first four bytes in network order; the reader that it decides for goes on after them. */
  int magic() throws CaptureException {
    byte[] bytes = new byte[4];
    int got = read(bytes, 0, 4);
    if (got == 0) {
      throw damage("the file is empty", "record the capture again");
    }
    if (got < 4) {
      throw damage("the file ends inside its magic number", "record the capture again");
    }
    magic = Unpooled.wrappedBuffer(bytes).getInt(0);
    return magic;
  }

  /** The complaint about a file whose magic number nobody knows. */
  CaptureException notCapture() {
    if (magic >>> 16 == 0x1f8b) {
      return damage("the file is compressed with gzip", "unpack it with gunzip first");
    }
    if (magic == 0x28b5_2ffd) {
      return damage("the file is compressed with zstd", "unpack it with zstd -d first");
    }
    return damage(
        "this is neither pcap nor pcapng",
        "give a capture file, or convert it with editcap -F pcapng");
  }

  /** Reads up to {@code length} bytes; fewer only where the file ends. */
  int read(byte[] into, int from, int length) throws CaptureException {
    int got = 0;
    while (got < length && fill()) {
      int step = Math.min(length - got, limit - position);
      System.arraycopy(chunk, position, into, from + got, step);
      position += step;
      offset += step;
      got += step;
    }
    return got;
  }

  /** Reads exactly {@code length} bytes into a new buffer of their size. */
  ByteBuf bytes(int length, String what) throws CaptureException {
    byte[] bytes = new byte[length];
    int got = read(bytes, 0, length);
    if (got < length) {
      throw cut(what, length, got);
    }
    return Unpooled.wrappedBuffer(bytes);
  }

  /** Passes over exactly {@code length} bytes. */
  void skip(long length, String what) throws CaptureException {
    long left = length;
    while (left > 0 && fill()) {
      int step = (int) Math.min(left, limit - position);
      position += step;
      offset += step;
      left -= step;
    }
    if (left > 0) {
      throw cut(what, length, length - left);
    }
  }

  private boolean fill() throws CaptureException {
    if (position < limit) {
      return true;
    }
    try {
      int got = stream.read(chunk, 0, CHUNK);
      position = 0;
      limit = Math.max(got, 0);
      return got > 0;
    } catch (IOException e) {
      throw new CaptureException(
          name, offset, "reading failed: " + e.getMessage(), "check the disk and the file", e);
    }
  }

  private CaptureException cut(String what, long wanted, long got) {
    return damage(
        "the file ends inside " + what + " (" + got + " of " + wanted + " bytes)",
        "frames before this were read; record again or copy the file completely");
  }

  CaptureException damage(String problem, String remedy) {
    return new CaptureException(name, mark, problem, remedy, (@Nullable Throwable) null);
  }

  void close() {
    try {
      stream.close();
    } catch (IOException e) {
      // nothing that was read becomes wrong by this
    }
  }
}
