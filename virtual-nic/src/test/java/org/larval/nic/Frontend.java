package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.larval.packet.PacketPool;

/**
 * A vhost-user frontend with one file of memory, laid out as {@link NicGeometry} says; guest
 * addresses are offsets in it. Well-behaved unless a test sends something else.
 */
final class Frontend implements AutoCloseable {
  static final int SIZE = 8;
  static final int BUFFER = 256;
  static final NicGeometry GEOMETRY = NicGeometry.of(SIZE, BUFFER);

  /** Where the frontend says that it has mapped the file. */
  static final long USER = 0x7f12_0000_0000L;

  final UnixSocket socket;
  final Arena arena = Arena.ofShared();
  final int file;
  final MemorySegment memory;
  final Virtqueue received;
  final Virtqueue sent;
  final int kick = Posix.eventfd();
  private final List<Integer> descriptors = new ArrayList<>();
  private final byte[] answer = new byte[4096];

  Frontend(Path folder, Path path) throws IOException {
    Path backing = folder.resolve("memory" + System.identityHashCode(this));
    file = Posix.open(backing, true);
    Posix.truncate(file, GEOMETRY.length());
    try (FileChannel channel =
        FileChannel.open(backing, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, GEOMETRY.length(), arena);
    }
    received = Rings.received(memory, GEOMETRY);
    sent = Rings.sent(memory, GEOMETRY);
    descriptors.add(file);
    descriptors.add(kick);
    socket = UnixSocket.connect(path);
  }

  /** A descriptor that this closes at its end. */
  int own(int descriptor) {
    descriptors.add(descriptor);
    return descriptor;
  }

  void send(VhostRequest request, ByteBuffer payload, int... with) {
    byte[] bytes = new byte[payload.capacity()];
    payload.get(0, bytes);
    send(request.number(), VhostMessage.VERSION, bytes, with);
  }

  void send(int request, int flags, byte[] payload, int... with) {
    raw(VhostMessage.encode(request, flags, payload), with);
  }

  void raw(byte[] bytes, int... with) {
    socket.send(bytes, with);
  }

  static ByteBuffer number(long value) {
    return VhostMessage.buffer(8).putLong(value);
  }

  static ByteBuffer pair(int index, int value) {
    return VhostMessage.buffer(8).putInt(index).putInt(value);
  }

  /** A memory table of regions: guest address, size, user address, offset in the file. */
  static ByteBuffer table(long... fields) {
    ByteBuffer table = VhostMessage.buffer(8 + 8 * fields.length);
    table.putInt(fields.length / 4).putInt(0);
    for (long field : fields) {
      table.putLong(field);
    }
    return table;
  }

  void features() {
    send(VhostRequest.SET_OWNER, VhostMessage.buffer(0));
    send(
        VhostRequest.SET_FEATURES,
        number(VhostFeatures.VERSION_1 | VhostFeatures.PROTOCOL_FEATURES));
    send(VhostRequest.SET_PROTOCOL_FEATURES, number(VhostFeatures.PROTOCOL_REPLY_ACK));
  }

  void memory() {
    send(VhostRequest.SET_MEM_TABLE, table(0, GEOMETRY.length(), USER, 0), file);
  }

  static ByteBuffer address(int index, long descriptors, long used, long available) {
    return VhostMessage.buffer(40)
        .putInt(index)
        .putInt(0)
        .putLong(descriptors)
        .putLong(used)
        .putLong(available)
        .putLong(0);
  }

  private static NicGeometry.RingPlace standing(int index) {
    return index == 0 ? GEOMETRY.received() : GEOMETRY.sent();
  }

  void place(int index) {
    NicGeometry.RingPlace place = standing(index);
    send(VhostRequest.SET_VRING_NUM, pair(index, SIZE));
    send(VhostRequest.SET_VRING_BASE, pair(index, (index == 0 ? received : sent).usedIndex()));
    send(
        VhostRequest.SET_VRING_ADDR,
        address(index, USER + place.descriptors(), USER + place.used(), USER + place.available()));
  }

  void start(int index) {
    send(VhostRequest.SET_VRING_KICK, number(index), kick);
    send(VhostRequest.SET_VRING_ENABLE, pair(index, 1));
  }

  /** All of it. */
  void setUp() {
    features();
    memory();
    place(0);
    place(1);
    start(0);
    start(1);
  }

  /** The guest's driver over the same memory. */
  VirtualNic driver(PacketPool pool) {
    NicSettings settings = new NicSettings("guest", Frames.MAC, 0, 0, SIZE, BUFFER);
    EventFd bell = new EventFd(kick);
    return VirtualNic.over(
        memory, GEOMETRY, Netfile.End.GUEST, false, settings, pool, bell, Doorbell.NONE);
  }

  /** Bytes of an answer that is there, or none. */
  byte[] answer() {
    int got = socket.receive(answer, 0, answer.length);
    return got <= 0 ? new byte[0] : java.util.Arrays.copyOf(answer, got);
  }

  /** Whether the backend has closed the connection. */
  boolean closed() {
    return socket.receive(answer, 0, answer.length) < 0;
  }

  @Override
  public void close() {
    socket.close();
    descriptors.forEach(HostFile::close);
    descriptors.clear();
    arena.close();
  }
}
