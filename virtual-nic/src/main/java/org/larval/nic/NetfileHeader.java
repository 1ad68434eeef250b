package org.larval.nic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.larval.nic.NicGeometry.RingPlace;
import org.larval.wire.MacAddress;

/**
 * The first page of a netfile, as {@code docs/netfile.md} specifies it. It is read once into
 * private memory and checked there; nothing of it is read again.
 */
record NetfileHeader(NicGeometry geometry, MacAddress mac, int mtu, long features) {
  /** VIRTIO_NET_F_MTU. */
  static final long MTU = 1L << 3;

  /** VIRTIO_NET_F_MAC. */
  static final long MAC = 1L << 5;

  /** VIRTIO_RING_F_EVENT_IDX: the only feature that is a choice. */
  static final long EVENT_IDX = 1L << 29;

  /** VIRTIO_F_VERSION_1. */
  static final long VERSION_1 = 1L << 32;

  /** VIRTIO_F_IN_ORDER. */
  static final long IN_ORDER = 1L << 35;

  static final long DEMANDED = MTU | MAC | VERSION_1 | IN_ORDER;

  static final int BYTES = NicGeometry.HEADER_BYTES;

  /** The bytes "larvalNF". */
  static final byte[] MAGIC = {'l', 'a', 'r', 'v', 'a', 'l', 'N', 'F'};

  static final int VERSION = 1;
  static final int MIN_MTU = 68;
  static final long MAX_FILE = 8L << 30;

  static final int AT_VERSION = 8;
  static final int AT_HEADER = 12;
  static final int AT_LENGTH = 16;
  static final int AT_FEATURES = 24;
  static final int AT_MAC = 32;
  static final int AT_MTU = 38;
  static final int AT_QUEUE = 40;
  static final int AT_BUFFER = 44;
  static final int AT_RECEIVED = 48;
  static final int AT_SENT = 80;
  static final int AT_GUEST_LOCK = 112;
  static final int AT_LAB_LOCK = 113;
  static final int AT_RESERVED = 112;

  private static final int PARTS = 8;

  /** The header's bytes, without the magic, which is written last. */
  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(AT_VERSION, VERSION);
    bytes.putInt(AT_HEADER, BYTES);
    bytes.putLong(AT_LENGTH, geometry.length());
    bytes.putLong(AT_FEATURES, features);
    for (int i = 0; i < 6; i++) {
      bytes.put(AT_MAC + i, (byte) (mac.bits() >>> (40 - 8 * i)));
    }
    bytes.putShort(AT_MTU, (short) mtu);
    bytes.putInt(AT_QUEUE, geometry.queueSize());
    bytes.putInt(AT_BUFFER, geometry.bufferSize());
    encode(bytes, AT_RECEIVED, geometry.received());
    encode(bytes, AT_SENT, geometry.sent());
    return bytes;
  }

  private static void encode(ByteBuffer bytes, int at, RingPlace place) {
    bytes.putLong(at, place.descriptors());
    bytes.putLong(at + 8, place.available());
    bytes.putLong(at + 16, place.used());
    bytes.putLong(at + 24, place.buffers());
  }

  /**
   * Checks a header.
   *
   * @param file the name for messages
   * @param bytes {@link #BYTES} bytes in private memory
   * @param actual the file's length
   * @throws MalformedNetfile on the first flaw
   */
  static NetfileHeader decode(String file, ByteBuffer bytes, long actual) throws MalformedNetfile {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int wrong = 0;
    long seen = 0;
    for (int i = 0; i < MAGIC.length; i++) {
      seen |= in.get(i);
      wrong |= in.get(i) ^ MAGIC[i];
    }
    check(seen != 0, file, NetfileFlaw.NOT_FORMATTED, 0);
    check(wrong == 0, file, NetfileFlaw.MAGIC, 0);
    check(in.getInt(AT_VERSION) == VERSION, file, NetfileFlaw.VERSION, AT_VERSION);
    check(in.getInt(AT_HEADER) == BYTES, file, NetfileFlaw.HEADER_LENGTH, AT_HEADER);
    long length = in.getLong(AT_LENGTH);
    check(length == actual && length <= MAX_FILE, file, NetfileFlaw.FILE_LENGTH, AT_LENGTH);
    long features = in.getLong(AT_FEATURES);
    check((features & DEMANDED) == DEMANDED, file, NetfileFlaw.FEATURES_MISSING, AT_FEATURES);
    check(
        (features & ~(DEMANDED | EVENT_IDX)) == 0, file, NetfileFlaw.FEATURES_UNKNOWN, AT_FEATURES);
    long mac = (in.getShort(AT_MAC) & 0xffffL) | (in.getInt(AT_MAC + 2) & 0xffff_ffffL) << 16;
    mac = Long.reverseBytes(mac) >>> 16;
    check(mac != 0 && (mac >>> 40 & 1) == 0, file, NetfileFlaw.MAC, AT_MAC);
    int mtu = in.getShort(AT_MTU) & 0xffff;
    int queue = in.getInt(AT_QUEUE);
    check(NicGeometry.fitsQueue(queue), file, NetfileFlaw.QUEUE_SIZE, AT_QUEUE);
    int buffer = in.getInt(AT_BUFFER);
    check(NicGeometry.fitsBuffer(buffer), file, NetfileFlaw.BUFFER_SIZE, AT_BUFFER);
    check(mtu >= MIN_MTU && mtu <= maxMtu(buffer), file, NetfileFlaw.MTU, AT_MTU);
    checkPlaces(file, in, queue, buffer, length);
    for (int i = AT_RESERVED; i < BYTES; i++) {
      check(in.get(i) == 0, file, NetfileFlaw.RESERVED, i);
    }
    NicGeometry geometry =
        new NicGeometry(queue, buffer, place(in, AT_RECEIVED), place(in, AT_SENT), length);
    return new NetfileHeader(geometry, new MacAddress(mac), mtu, features);
  }

  /** What is left of a buffer after the ring's header and the Ethernet header. */
  static int maxMtu(int bufferSize) {
    return bufferSize - FrameMemory.HEADER - NicState.MIN_FRAME;
  }

  private static RingPlace place(ByteBuffer in, int at) {
    return new RingPlace(
        in.getLong(at), in.getLong(at + 8), in.getLong(at + 16), in.getLong(at + 24));
  }

  private static void checkPlaces(String file, ByteBuffer in, int queue, int buffer, long length)
      throws MalformedNetfile {
    long[] bytes = {
      Virtqueue.descriptorBytes(queue),
      Virtqueue.availableBytes(queue),
      Virtqueue.usedBytes(queue),
      (long) queue * buffer
    };
    for (int i = 0; i < PARTS; i++) {
      int field = AT_RECEIVED + 8 * i;
      long start = in.getLong(field);
      check(start % NicGeometry.ALIGNMENT == 0, file, NetfileFlaw.MISALIGNED, field);
      boolean inside = start >= BYTES && start <= length && bytes[i % 4] <= length - start;
      check(inside, file, NetfileFlaw.OUTSIDE, field);
      for (int j = 0; j < i; j++) {
        long other = in.getLong(AT_RECEIVED + 8 * j);
        boolean apart = start >= other + bytes[j % 4] || other >= start + bytes[i % 4];
        check(apart, file, NetfileFlaw.OVERLAP, field);
      }
    }
  }

  private static void check(boolean right, String file, NetfileFlaw flaw, int offset)
      throws MalformedNetfile {
    if (!right) {
      throw new MalformedNetfile(file, flaw, offset);
    }
  }
}
