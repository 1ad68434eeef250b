package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of a capture on their way to a file: one buffer that is written when it is full. */
final class CaptureOutput {
  private static final int CHUNK = 65_536;

  private final OutputStream stream;
  private final String name;

  /** What waits to be written; little-endian writes go here directly. */
  final ByteBuf bytes = Unpooled.buffer(CHUNK + CaptureReader.MAX_FRAME / 4);

  private boolean closed;

  /** Writes to a stream, which is closed at the end. */
  CaptureOutput(OutputStream stream, String name) {
    this.stream = stream;
    this.name = name;
  }

  /** Replaces a file. */
  static CaptureOutput create(Path file) throws IOException {
    return new CaptureOutput(Files.newOutputStream(file), file.toString());
  }

  /** To call before each record. */
  void ready() {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
    if (bytes.writerIndex() >= CHUNK) {
      drain();
    }
  }

  private void drain() {
    try {
      stream.write(bytes.array(), bytes.arrayOffset(), bytes.writerIndex());
      bytes.clear();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  void flush() {
    drain();
    try {
      stream.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (stream) {
      drain();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(
        new IOException(name + ": the capture could not be written: " + e.getMessage(), e));
  }
}
