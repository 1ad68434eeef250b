package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * An open file of the host, by the foreign-function interface: reading, writing and closing it, and
 * what its calls say against themselves. One thread may read while another writes.
 */
@SuppressWarnings("restricted") // system calls are what it is for
final class HostFile implements AutoCloseable {
  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_GET_SEALS = 1034;
  private static final int F_SEAL_SHRINK = 2;
  private static final int O_ACCMODE = 3;
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle READ = transfer("read");
  private static final MethodHandle WRITE = transfer("write");
  private static final MethodHandle CLOSE = call("close", 0, ValueLayout.JAVA_INT);
  private static final MethodHandle CONTROL =
      call("fcntl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private final Arena arena = Arena.ofShared();
  private final MemorySegment inbound = state(arena);
  private final MemorySegment outbound = state(arena);
  private final int descriptor;

  /** Takes over a descriptor; the caller does not close it any more. */
  HostFile(int descriptor) {
    this.descriptor = descriptor;
  }

  /** A call that answers an int; its first argument here is memory of {@link #state}. */
  static MethodHandle call(String name, int variadicFrom, MemoryLayout... arguments) {
    return call(name, variadicFrom, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
  }

  /** The same with any answer; {@code variadicFrom} is 0 for a call that is not variadic. */
  static MethodHandle call(String name, int variadicFrom, FunctionDescriptor shape) {
    Linker linker = Linker.nativeLinker();
    Linker.Option errno = Linker.Option.captureCallState("errno");
    MemorySegment symbol = linker.defaultLookup().findOrThrow(name);
    return variadicFrom == 0
        ? linker.downcallHandle(symbol, shape, errno)
        : linker.downcallHandle(symbol, shape, Linker.Option.firstVariadicArg(variadicFrom), errno);
  }

  private static MethodHandle transfer(String name) {
    return call(
        name,
        0,
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG));
  }

  /** Where a call leaves its errno. */
  static MemorySegment state(Arena arena) {
    return arena.allocate(CALL_STATE);
  }

  /** What a call has left there. */
  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** The same, in words for the user. */
  static IOException refused(MemorySegment state, String what, String right, String remedy) {
    int errno = errno(state);
    return new IOException(
        what + (errno == EPERM ? ": it needs " + right : ": errno " + errno + remedy));
  }

  private static int control(int descriptor, int command, int argument) {
    try (Arena local = Arena.ofConfined()) {
      return (int) CONTROL.invokeExact(state(local), descriptor, command, argument);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether a file can never become shorter (fcntl(2), F_SEAL_SHRINK). */
  static boolean sealedAgainstShrinking(int descriptor) {
    int seals = control(descriptor, F_GET_SEALS, 0);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
  }

  /**
   * Whether its owner may read and write it. To open it again by its name asks for our rights, not
   * for those of whoever sent it.
   */
  static boolean readWrite(int descriptor) {
    int flags = control(descriptor, F_GETFL, 0);
    return flags >= 0 && (flags & O_ACCMODE) == O_RDWR;
  }

  /** From now on reading and writing do not wait. */
  static void neverWaits(int descriptor) {
    int set = control(descriptor, F_SETFL, control(descriptor, F_GETFL, 0) | O_NONBLOCK);
    assert set <= 0;
  }

  int descriptor() {
    return descriptor;
  }

  /**
   * Reads.
   *
   * @param address native memory of at least {@code room} bytes, which the caller owns
   * @return bytes, 0 if there is nothing and it does not wait, or -1 once it is closed
   */
  int read(long address, int room) {
    try {
      while (true) {
        long got = (long) READ.invokeExact(inbound, descriptor, address, (long) room);
        if (got >= 0) {
          return (int) got;
        }
        if (!interrupted(inbound)) {
          return emptiness(inbound);
        }
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether a call is to be made again. */
  static boolean interrupted(MemorySegment state) {
    return errno(state) == EINTR;
  }

  /** 0 if a call found nothing for the moment, -1 if it never will find anything. */
  static int emptiness(MemorySegment state) {
    return errno(state) == EAGAIN ? 0 : -1;
  }

  /** Writes; false if the host did not take all. */
  boolean write(long address, int length) {
    try {
      return (long) WRITE.invokeExact(outbound, descriptor, address, (long) length) == length;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Closes a descriptor that is not held by an object of this class. */
  static void close(int descriptor) {
    try (Arena local = Arena.ofConfined()) {
      int ignored = (int) CLOSE.invokeExact(state(local), descriptor);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    close(descriptor);
    arena.close();
  }
}
