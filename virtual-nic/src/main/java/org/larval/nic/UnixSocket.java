package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket whose messages may carry file descriptors (unix(7), SCM_RIGHTS), through the
 * foreign-function interface, since no library here takes more than one descriptor at a time. It
 * never waits. One thread at a time.
 */
@SuppressWarnings("restricted") // system calls are what it is for
public final class UnixSocket implements AutoCloseable {
  /** How its bytes come. */
  enum Kind {
    /** As a stream. */
    STREAM(1),
    /** In messages that stay whole, over a connection. */
    SEQPACKET(5);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /** Descriptors that one message may carry. */
  static final int MOST_DESCRIPTORS = 8;

  private static final int AF_UNIX = 1;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 8;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int EPROTOTYPE = 91;
  private static final int ADDRESS_BYTES = 110;
  private static final int PATH_AT = 2;
  private static final int BACKLOG = 4;

  // struct msghdr, iovec and cmsghdr on 64-bit Linux
  private static final int MSGHDR_BYTES = 56;
  private static final int IOV_AT = 16;
  private static final int IOVLEN_AT = 24;
  private static final int CONTROL_AT = 32;
  private static final int CONTROLLEN_AT = 40;
  private static final int FLAGS_AT = 48;
  private static final int IOVEC_BYTES = 16;
  private static final int CMSG_HEADER = 16;

  /** Room for twice as many descriptors, so that too many are seen, and closed, as such. */
  private static final int CONTROL_BYTES = CMSG_HEADER + 2 * MOST_DESCRIPTORS * Integer.BYTES;

  private static final MethodHandle SOCKET =
      HostFile.call("socket", 0, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle BIND =
      HostFile.call("bind", 0, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle CONNECT =
      HostFile.call("connect", 0, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle LISTEN =
      HostFile.call("listen", 0, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle ACCEPT =
      HostFile.call(
          "accept4",
          0,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);
  private static final MethodHandle RECEIVE = message("recvmsg");
  private static final MethodHandle SEND = message("sendmsg");

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = HostFile.state(arena);
  private final MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);
  private final MemorySegment vector = arena.allocate(IOVEC_BYTES, 8);
  private final MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
  private final MemorySegment bytes = arena.allocate(VhostMessage.LONGEST);
  private final int[] descriptors = new int[2 * MOST_DESCRIPTORS];
  private final int number;
  private int descriptorCount;
  private boolean truncated;
  private boolean closed;

  private UnixSocket(int number) {
    this.number = number;
  }

  private static MethodHandle message(String name) {
    return HostFile.call(
        name,
        0,
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT));
  }

  /**
   * Listens at a path for streams. A socket left over by a process that is gone gives way.
   *
   * @throws IOException in words for the user
   */
  public static UnixSocket listen(Path path) throws IOException {
    return listen(path, Kind.STREAM);
  }

  /** The same for sockets of another kind. */
  static UnixSocket listen(Path path, Kind kind) throws IOException {
    if (Files.exists(path)) {
      try (UnixSocket other = connect(path, kind)) {
        throw new IOException(path + ": somebody listens there already (" + other.number + ")");
      } catch (NobodyListens left) {
        Files.delete(path);
      }
    }
    UnixSocket socket = open(kind);
    try (Arena local = Arena.ofConfined()) {
      MemorySegment address = address(local, path);
      socket.check(
          (int) BIND.invokeExact(socket.state, socket.number, address, ADDRESS_BYTES), path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      socket.check((int) LISTEN.invokeExact(socket.state, socket.number, BACKLOG), path);
      return socket;
    } catch (Throwable problem) {
      socket.close();
      throw io(problem);
    }
  }

  /** There is no socket at the path, or nobody behind it. */
  static final class NobodyListens extends IOException {
    private static final long serialVersionUID = 1;

    NobodyListens(Path path, int errno) {
      super(path + ": nobody listens there (errno " + errno + ")");
    }
  }

  /**
   * Connects to a path, for a stream.
   *
   * @throws IOException in words for the user
   */
  public static UnixSocket connect(Path path) throws IOException {
    return connect(path, Kind.STREAM);
  }

  /** The same to a socket of another kind. */
  static UnixSocket connect(Path path, Kind kind) throws IOException {
    UnixSocket socket = open(kind);
    try (Arena local = Arena.ofConfined()) {
      MemorySegment address = address(local, path);
      int answer = (int) CONNECT.invokeExact(socket.state, socket.number, address, ADDRESS_BYTES);
      if (answer < 0 && socket.errno() == EPROTOTYPE) {
        throw new IOException(path + ": somebody listens there with another kind of socket");
      }
      if (answer < 0) {
        throw new NobodyListens(path, socket.errno());
      }
      return socket;
    } catch (Throwable problem) {
      socket.close();
      throw io(problem);
    }
  }

  private static UnixSocket open(Kind kind) throws IOException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment state = HostFile.state(local);
      int type = kind.number | SOCK_NONBLOCK | SOCK_CLOEXEC;
      int number = (int) SOCKET.invokeExact(state, AF_UNIX, type, 0);
      if (number < 0) {
        throw new IOException("no socket can be had: errno " + HostFile.errno(state));
      }
      return new UnixSocket(number);
    } catch (Throwable problem) {
      throw io(problem);
    }
  }

  private static MemorySegment address(Arena local, Path path) throws IOException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length >= ADDRESS_BYTES - PATH_AT) {
      throw new IOException(path + ": a socket's path has at most 107 bytes; give a shorter one");
    }
    MemorySegment address = local.allocate(ADDRESS_BYTES);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, PATH_AT, name.length);
    return address;
  }

  private void check(int answer, Path path) throws IOException {
    if (answer < 0) {
      throw new IOException(path + ": no socket can be made there: errno " + errno());
    }
  }

  private int errno() {
    return HostFile.errno(state);
  }

  private static IOException io(Throwable problem) {
    if (problem instanceof IOException already) {
      return already;
    }
    if (problem instanceof RuntimeException bug) {
      throw bug;
    }
    if (problem instanceof Error bug) {
      throw bug;
    }
    return new IOException(problem);
  }

  /** The next connection, or null if there is none. */
  public @Nullable UnixSocket accept() {
    try {
      int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
      int accepted =
          (int) ACCEPT.invokeExact(state, number, MemorySegment.NULL, MemorySegment.NULL, flags);
      return accepted < 0 ? null : new UnixSocket(accepted);
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /**
   * Receives what is there.
   *
   * @return bytes copied into {@code to}, 0 if there are none yet, -1 if the other end is gone or
   *     sent an empty message
   */
  int receive(byte[] to, int at, int most) {
    descriptorCount = 0;
    truncated = false;
    try {
      prepare(Math.min(most, (int) bytes.byteSize()), CONTROL_BYTES);
      while (true) {
        long got =
            (long) RECEIVE.invokeExact(state, number, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got >= 0) {
          takeDescriptors(); // an empty message may bring some, too
          MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, to, at, (int) got);
          return got == 0 ? -1 : (int) got;
        }
        int errno = errno();
        if (errno != EINTR) {
          return errno == EAGAIN ? 0 : -1;
        }
      }
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  private void prepare(int length, int controlLength) {
    vector.set(ValueLayout.ADDRESS, 0, bytes);
    vector.set(ValueLayout.JAVA_LONG, 8, length);
    message.fill((byte) 0);
    message.set(ValueLayout.ADDRESS, IOV_AT, vector);
    message.set(ValueLayout.JAVA_LONG, IOVLEN_AT, 1);
    message.set(ValueLayout.ADDRESS, CONTROL_AT, controlLength == 0 ? MemorySegment.NULL : control);
    message.set(ValueLayout.JAVA_LONG, CONTROLLEN_AT, controlLength);
  }

  private void takeDescriptors() {
    truncated = (message.get(ValueLayout.JAVA_INT, FLAGS_AT) & MSG_CTRUNC) != 0;
    long filled = message.get(ValueLayout.JAVA_LONG, CONTROLLEN_AT);
    long at = 0;
    while (at + CMSG_HEADER <= filled) {
      long length = control.get(ValueLayout.JAVA_LONG, at);
      if (length < CMSG_HEADER || length > filled - at) {
        return;
      }
      boolean rights =
          control.get(ValueLayout.JAVA_INT, at + 8) == SOL_SOCKET
              && control.get(ValueLayout.JAVA_INT, at + 12) == SCM_RIGHTS;
      for (long fd = at + CMSG_HEADER; rights && fd + 4 <= at + length; fd += 4) {
        descriptors[descriptorCount++] = control.get(ValueLayout.JAVA_INT, fd);
      }
      at += length + 7 & ~7L;
    }
  }

  /** The descriptors that came with the last bytes received; the caller closes them. */
  int[] takenDescriptors() {
    int[] taken = java.util.Arrays.copyOf(descriptors, descriptorCount);
    descriptorCount = 0;
    return taken;
  }

  /** Whether more came with the last bytes received than there was room for. */
  boolean truncated() {
    return truncated;
  }

  /** Sends all of it, with descriptors, which stay the caller's. False if it cannot be sent now. */
  boolean send(byte[] from, int... withDescriptors) {
    try {
      MemorySegment.copy(from, 0, bytes, ValueLayout.JAVA_BYTE, 0, from.length);
      int payload = withDescriptors.length * Integer.BYTES;
      prepare(from.length, withDescriptors.length == 0 ? 0 : CMSG_HEADER + payload + 7 & ~7);
      if (withDescriptors.length > 0) {
        control.set(ValueLayout.JAVA_LONG, 0, CMSG_HEADER + payload);
        control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
        control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
        for (int i = 0; i < withDescriptors.length; i++) {
          control.set(ValueLayout.JAVA_INT, CMSG_HEADER + 4L * i, withDescriptors[i]);
        }
      }
      return (long) SEND.invokeExact(state, number, message, MSG_NOSIGNAL | MSG_DONTWAIT)
          == from.length;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Its file descriptor, for a selector; it stays the socket's. */
  public int descriptor() {
    return number;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      HostFile.close(number);
      arena.close();
    }
  }
}
