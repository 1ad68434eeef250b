package org.larval.lab.bench;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * An end of Agrona's one-to-one ring in a mapped file. Messages are copied in and out of it, as our
 * frames are. The JVM must open {@link #OPENED} to it.
 */
final class AgronaEnd implements RingEnd, MessageHandler {
  /** An option for its JVM. */
  static final String OPENED = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED";

  private static final int FRAME = 1;

  private final MappedByteBuffer mapped;
  private final OneToOneRingBuffer ring;
  private final UnsafeBuffer frame;
  private final boolean sends;
  private final int bytes;

  AgronaEnd(Path path, boolean sends, int bytes) throws IOException {
    this.sends = sends;
    this.bytes = bytes;
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, length(bytes));
    }
    ring = new OneToOneRingBuffer(new UnsafeBuffer(mapped));
    frame = new UnsafeBuffer(new byte[bytes]);
  }

  static void format(Path path, int bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.allocate(1), length(bytes) - 1L);
    }
  }

  /** Room for as many frames as our ring holds: the next power of two. */
  private static int length(int bytes) {
    int one =
        RecordDescriptor.HEADER_LENGTH + bytes + RecordDescriptor.ALIGNMENT - 1
            & -RecordDescriptor.ALIGNMENT;
    int all = Integer.highestOneBit(one * NetfileEnd.FRAMES - 1) << 1;
    return all + RingBufferDescriptor.TRAILER_LENGTH;
  }

  @Override
  public int turn() {
    if (!sends) {
      return ring.read(this, BURST);
    }
    int done = 0;
    while (done < BURST && ring.write(FRAME, frame, 0, bytes)) {
      done++;
    }
    return done;
  }

  @Override
  public void onMessage(int type, MutableDirectBuffer buffer, int index, int length) {
    if (length != bytes) {
      throw new IllegalStateException("a frame of " + length + " bytes arrived");
    }
    buffer.getBytes(index, frame, 0, length);
  }

  @Override
  public void close() {
    BufferUtil.free(mapped);
  }
}
