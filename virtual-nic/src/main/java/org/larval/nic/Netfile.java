package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.MacAddress;

/**
 * A file that holds a NIC: header, two rings and their buffers, mapped by the process of a guest
 * and by that of the lab. {@code docs/netfile.md} specifies it for other implementations.
 *
 * <p>The name is lguest's, whose guests found their network in a shared page of a file.
 *
 * <p>The file outlives its ends: an end that opens it takes the rings up where they stand. Each end
 * holds a lock while it has the file open, which the system releases when its process dies. Locks
 * are POSIX ones: in one process, open a file once, for {@link End#BOTH} if need be.
 */
public final class Netfile implements AutoCloseable {
  /** Whose end of the NIC a process plays. */
  public enum End {
    /** The driver's. */
    GUEST,
    /** The device's. */
    LAB,
    /** Both, in one process. */
    BOTH
  }

  private final Path path;
  private final End end;
  private final NetfileHeader header;
  private final FileChannel channel;

  /** Kept because the JDK's own table of locks holds them weakly. */
  private final FileLock lock;

  private final Arena arena;
  private final MemorySegment memory;

  private Netfile(
      Path path,
      End end,
      NetfileHeader header,
      FileChannel channel,
      FileLock lock,
      Arena arena,
      MemorySegment memory) {
    this.path = path;
    this.end = end;
    this.header = header;
    this.channel = channel;
    this.lock = lock;
    this.arena = arena;
    this.memory = memory;
  }

  /**
   * Makes a netfile, readable by its owner only, or formats an empty file.
   *
   * @param mtu bytes of the longest IP packet, from 68 to {@code bufferSize} - 26
   * @throws FileAlreadyExistsException if there is a file that is not empty
   * @throws IllegalArgumentException if the MTU does not fit the geometry
   */
  public static void format(Path path, MacAddress mac, NicGeometry geometry, int mtu)
      throws IOException {
    if (mtu < NetfileHeader.MIN_MTU || mtu > NetfileHeader.maxMtu(geometry.bufferSize())) {
      throw new IllegalArgumentException(
          "an MTU of " + mtu + " does not fit buffers of " + geometry.bufferSize() + " bytes");
    }
    NetfileHeader header =
        new NetfileHeader(geometry, mac, mtu, NetfileHeader.DEMANDED | NetfileHeader.EVENT_IDX);
    try (FileChannel channel =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      FileLock both = lock(path, channel, End.BOTH);
      if (channel.size() != 0) {
        throw new FileAlreadyExistsException(path.toString(), null, "the file is not empty");
      }
      writeAll(channel, ByteBuffer.allocate(1), geometry.length() - 1);
      writeAll(channel, header.encode(), 0);
      writeAll(channel, ByteBuffer.wrap(NetfileHeader.MAGIC), 0); // last: now it is a netfile
      both.release();
    }
  }

  /**
   * Opens a netfile for an end.
   *
   * @throws MalformedNetfile if the header is not right
   * @throws NetfileInUse if another process plays the same end, or formats the file
   * @throws IOException if the file cannot be opened
   */
  public static Netfile open(Path path, End end) throws IOException {
    if (!Files.isRegularFile(path) && Files.exists(path)) {
      throw new MalformedNetfile(path.toString(), NetfileFlaw.NOT_A_FILE, 0);
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Arena arena = Arena.ofShared();
    Netfile made = null;
    try {
      FileLock lock = lock(path, channel, end);
      NetfileHeader header = read(path, channel);
      long length = header.geometry().length();
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, length, arena);
      VarHandle.fullFence();
      made = new Netfile(path, end, header, channel, lock, arena, memory);
      return made;
    } finally {
      if (made == null) {
        arena.close();
        channel.close();
      }
    }
  }

  private static NetfileHeader read(Path path, FileChannel channel) throws IOException {
    long length = channel.size();
    if (length == 0) {
      throw new MalformedNetfile(path.toString(), NetfileFlaw.NOT_FORMATTED, 0);
    }
    ByteBuffer bytes = ByteBuffer.allocate(NetfileHeader.BYTES);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, bytes.position()) < 0) {
        throw new MalformedNetfile(path.toString(), NetfileFlaw.TOO_SHORT, bytes.position());
      }
    }
    return NetfileHeader.decode(path.toString(), bytes.flip(), length);
  }

  private static FileLock lock(Path path, FileChannel channel, End end) throws IOException {
    int at = end == End.LAB ? NetfileHeader.AT_LAB_LOCK : NetfileHeader.AT_GUEST_LOCK;
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock(at, end == End.BOTH ? 2 : 1, false);
    } catch (OverlappingFileLockException here) {
      throw new IOException(path + " is open for the same end in this process", here);
    }
    if (lock == null) {
      throw new NetfileInUse(path + " is in use by another process for the same end");
    }
    return lock;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The ends that this process plays. */
  public End end() {
    return end;
  }

  /** Sizes and places. */
  public NicGeometry geometry() {
    return header.geometry();
  }

  /** The guest's Ethernet address. */
  public MacAddress mac() {
    return header.mac();
  }

  /** Bytes of the longest IP packet. */
  public int mtu() {
    return header.mtu();
  }

  boolean eventIndex() {
    return (header.features() & NetfileHeader.EVENT_IDX) != 0;
  }

  MemorySegment memory() {
    return memory;
  }

  /**
   * Unmaps and closes, on the thread that uses the NIC. One still in use over it stops with {@link
   * RingFault#MEMORY_GONE}.
   */
  @Override
  public void close() throws IOException {
    arena.close();
    channel.close();
  }

  @Override
  public String toString() {
    return path + (lock.isValid() ? " (" : " (closed, ") + end + ", " + mac() + ")";
  }
}
