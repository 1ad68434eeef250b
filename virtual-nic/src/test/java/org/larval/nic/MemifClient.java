package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A memif client with one file of memory: both rings, then buffers of 256 bytes for each.
 * Well-behaved unless a test sends something else.
 */
final class MemifClient implements AutoCloseable {
  static final int ID = 7;
  static final byte[] SECRET = {'s', 'w', 'o', 'r', 'd'};

  static final int LOG2 = 7;
  static final int SIZE = 1 << LOG2;
  static final int BUFFER = 256;
  static final long LENGTH = 1 << 18;
  static final int COOKIE = 0x3e31f20;

  private static final VarHandle U16 = ValueLayout.JAVA_SHORT.varHandle();
  private static final int DISCONNECT = 8;

  /** A ring by its place in the file, and the place of its buffers. */
  enum Ring {
    /** To the client. */
    DOWN(4096, 131_072),
    /** From it; the flag of ADD_RING is its number. */
    UP(0, 32_768);

    final long at;
    final long buffers;

    Ring(long at, long buffers) {
      this.at = at;
      this.buffers = buffers;
    }
  }

  final UnixSocket socket;
  final int file;
  final MemorySegment memory;
  final int kick = Posix.eventfd();
  private final int call = Posix.eventfd();
  private final EventFd bell = new EventFd(call);
  private final Arena arena = Arena.ofShared();
  private final List<Integer> descriptors = new ArrayList<>();
  private final byte[] answer = new byte[256];

  MemifClient(Path folder, Path path) throws IOException {
    Path backing = folder.resolve("memif" + System.identityHashCode(this));
    file = own(Posix.open(backing, true));
    own(kick);
    Posix.truncate(file, LENGTH);
    try (FileChannel channel =
        FileChannel.open(backing, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH, arena);
    }
    for (Ring ring : Ring.values()) {
      memory.set(ValueLayout.JAVA_INT, ring.at, COOKIE);
      for (int i = 0; i < SIZE; i++) {
        describe(ring, i, 0, 0, BUFFER, ring.buffers + (long) i * BUFFER);
      }
    }
    socket = UnixSocket.connect(path, UnixSocket.Kind.SEQPACKET);
  }

  /** A descriptor that this closes at its end. */
  int own(int descriptor) {
    descriptors.add(descriptor);
    return descriptor;
  }

  // --- messages ---

  static ByteBuffer message(int type) {
    return ByteBuffer.allocate(128).order(ByteOrder.nativeOrder()).putShort((short) type);
  }

  void say(ByteBuffer message, int... with) {
    byte[] bytes = new byte[message.capacity()];
    message.get(0, bytes);
    raw(bytes, with);
  }

  void raw(byte[] bytes, int... with) {
    socket.send(bytes, with);
  }

  static ByteBuffer init(int version, int id, int mode, byte[] secret) {
    ByteBuffer init = message(3).putShort((short) version).putInt(id).put((byte) mode);
    return init.put(Arrays.copyOf(secret, 24));
  }

  void init() {
    say(init(0x200, ID, 0, SECRET));
  }

  void region(int index, long size, int... with) {
    say(message(4).putShort((short) index).putLong(size), with);
  }

  void region() {
    region(0, LENGTH, file);
  }

  static ByteBuffer ring(Ring ring, int index, int region, long offset, int log2, int header) {
    ByteBuffer add = message(5).putShort((short) ring.ordinal()).putShort((short) index);
    add.putShort((short) region).putInt((int) offset).put((byte) log2);
    return add.putShort((short) header);
  }

  void ring(Ring ring) {
    say(ring(ring, 0, 0, ring.at, LOG2, 0), ring == Ring.UP ? kick : call);
  }

  void connect() {
    say(message(6).put(new byte[] {'t', 'e', 's', 't'}));
  }

  /** All of it. */
  void setUp() {
    init();
    region();
    ring(Ring.UP);
    ring(Ring.DOWN);
    connect();
  }

  /** The next message that is there; empty if none is. */
  ByteBuffer next() {
    int got = socket.receive(answer, 0, answer.length);
    return ByteBuffer.wrap(answer, 0, Math.max(0, got)).order(ByteOrder.nativeOrder());
  }

  /** The reason that the server gave at the end; empty if it gave none. */
  String reason() {
    for (ByteBuffer message = next(); message.hasRemaining(); message = next()) {
      if (message.getShort(0) == DISCONNECT) {
        byte[] words = new byte[96];
        message.get(6, words);
        return new String(words, StandardCharsets.US_ASCII).trim();
      }
    }
    return "";
  }

  // --- rings ---

  void describe(Ring ring, int slot, int flags, int region, int length, long offset) {
    long at = ring.at + 128 + 16L * (slot & (SIZE - 1));
    memory.set(ValueLayout.JAVA_SHORT, at, (short) flags);
    memory.set(ValueLayout.JAVA_SHORT, at + 2, (short) region);
    memory.set(ValueLayout.JAVA_INT, at + 4, length);
    memory.set(ValueLayout.JAVA_INT, at + 8, (int) offset);
  }

  int length(Ring ring, int slot) {
    return memory.get(ValueLayout.JAVA_INT, ring.at + 128 + 16L * slot + 4);
  }

  int descriptorFlags(Ring ring, int slot) {
    return memory.get(ValueLayout.JAVA_SHORT, ring.at + 128 + 16L * slot);
  }

  void head(Ring ring, int value) {
    U16.setRelease(memory, ring.at + 6, (short) value);
  }

  int head(Ring ring) {
    return (short) U16.getAcquire(memory, ring.at + 6) & 0xffff;
  }

  int tail(Ring ring) {
    return (short) U16.getAcquire(memory, ring.at + 64) & 0xffff;
  }

  int flags(Ring ring) {
    return (short) U16.getAcquire(memory, ring.at + 4);
  }

  void flags(Ring ring, int value) {
    U16.setRelease(memory, ring.at + 4, (short) value);
  }

  void ringKick() {
    new EventFd(kick).ring();
  }

  /** Whether the server rang since the last question. */
  boolean called() {
    return bell.hear();
  }

  @Override
  public void close() {
    socket.close();
    bell.close();
    descriptors.forEach(HostFile::close);
    descriptors.clear();
    arena.close();
  }
}
