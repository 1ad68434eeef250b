package org.larval.nic;

/**
 * Where the parts of a NIC stand in one stretch of memory; offsets in bytes from its start.
 *
 * @param queueSize descriptors of each ring, a power of two from 2 to 32768
 * @param bufferSize bytes of each frame buffer with the 12-byte header, a multiple of 64 from 128
 *     to 65536
 * @param received the ring of frames to the guest (queue 0)
 * @param sent the ring of frames from the guest (queue 1)
 * @param length bytes of the whole
 */
public record NicGeometry(
    int queueSize, int bufferSize, RingPlace received, RingPlace sent, long length) {
  /** Descriptors of a ring unless told otherwise. */
  public static final int DEFAULT_QUEUE_SIZE = 256;

  /** Bytes of a buffer in shared memory unless told otherwise: a frame of 1518 bytes fits. */
  public static final int DEFAULT_BUFFER_SIZE = 2048;

  /** Bytes kept free in front for a netfile's header. */
  public static final int HEADER_BYTES = 4096;

  static final int MIN_QUEUE_SIZE = 2;
  static final int MIN_BUFFER_SIZE = 128;
  static final int MAX_BUFFER_SIZE = 65536;

  /** Parts start on cache lines of their own, since the two ends write different parts. */
  static final int ALIGNMENT = 64;

  private static final int PAGE = 4096;

  /**
   * Where the parts of one ring are.
   *
   * @param descriptors the descriptor table
   * @param available the driver's ring
   * @param used the device's ring
   * @param buffers the first of the frame buffers
   */
  public record RingPlace(long descriptors, long available, long used, long buffers) {}

  /**
   * The usual placing: header page, both rings, then the buffers from a page boundary on.
   *
   * @throws IllegalArgumentException if a size is out of range
   */
  public static NicGeometry of(int queueSize, int bufferSize) {
    if (!fitsQueue(queueSize)) {
      throw new IllegalArgumentException(
          "a ring has a power of two from 2 to 32768 of descriptors, not " + queueSize);
    }
    if (!fitsBuffer(bufferSize)) {
      throw new IllegalArgumentException(
          "a buffer has a multiple of 64 from 128 to 65536 of bytes, not " + bufferSize);
    }
    long rings = aligned(ringBytes(queueSize), PAGE);
    long first = HEADER_BYTES;
    long second = first + rings;
    long buffers = (long) queueSize * bufferSize;
    long receivedBuffers = second + rings;
    long sentBuffers = aligned(receivedBuffers + buffers, PAGE);
    return new NicGeometry(
        queueSize,
        bufferSize,
        place(queueSize, first, receivedBuffers),
        place(queueSize, second, sentBuffers),
        aligned(sentBuffers + buffers, PAGE));
  }

  static boolean fitsQueue(long size) {
    return size >= MIN_QUEUE_SIZE && size <= Virtqueue.MAX_SIZE && Long.bitCount(size) == 1;
  }

  static boolean fitsBuffer(long size) {
    return size >= MIN_BUFFER_SIZE && size <= MAX_BUFFER_SIZE && size % ALIGNMENT == 0;
  }

  private static RingPlace place(int size, long at, long buffers) {
    long available = at + aligned(Virtqueue.descriptorBytes(size), ALIGNMENT);
    long used = available + aligned(Virtqueue.availableBytes(size), ALIGNMENT);
    return new RingPlace(at, available, used, buffers);
  }

  /** Bytes of one ring without buffers. */
  static long ringBytes(int size) {
    return aligned(Virtqueue.descriptorBytes(size), ALIGNMENT)
        + aligned(Virtqueue.availableBytes(size), ALIGNMENT)
        + aligned(Virtqueue.usedBytes(size), ALIGNMENT);
  }

  private static long aligned(long bytes, int to) {
    return (bytes + to - 1) & -to;
  }
}
