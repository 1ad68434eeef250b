package org.larval.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A doorbell of the kernel's: an eventfd(2) that the other process handed over. Whatever descriptor
 * it really is, ringing and hearing do not wait longer than the descriptor's owner lets a write of
 * 8 bytes wait, so {@link #nonBlocking} comes first.
 */
@SuppressWarnings("restricted") // system calls are what it is for
final class EventFd implements Doorbell, AutoCloseable {
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_GET_SEALS = 1034;
  private static final int F_SEAL_SHRINK = 2;
  private static final int O_ACCMODE = 3;
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle READ = transfer("read");
  private static final MethodHandle WRITE = transfer("write");
  private static final MethodHandle CONTROL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("fcntl"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
  private final int number;
  private boolean closed;

  /** Takes a descriptor over and sets it to never wait. */
  EventFd(int number) {
    this.number = number;
    one.set(ValueLayout.JAVA_LONG, 0, 1);
    nonBlocking();
  }

  private static MethodHandle transfer(String call) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(call),
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG));
  }

  /** Whether a file can never become shorter (fcntl(2), F_SEAL_SHRINK). */
  static boolean sealedAgainstShrinking(int descriptor) {
    try {
      int seals = (int) CONTROL.invokeExact(descriptor, F_GET_SEALS, 0);
      return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /**
   * Whether its owner may read and write it. To open it again by its name asks for our rights, not
   * for those of whoever sent it.
   */
  static boolean readWrite(int descriptor) {
    try {
      int flags = (int) CONTROL.invokeExact(descriptor, F_GETFL, 0);
      return flags >= 0 && (flags & O_ACCMODE) == O_RDWR;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  private void nonBlocking() {
    try {
      int flags = (int) CONTROL.invokeExact(number, F_GETFL, 0);
      int set = (int) CONTROL.invokeExact(number, F_SETFL, flags | O_NONBLOCK);
      assert set <= 0;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Rings. A doorbell that is full has rung already. */
  @Override
  public void ring() {
    try {
      long ignored = (long) WRITE.invokeExact(number, one, 8L);
      assert ignored <= 8;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Silences it; whether it had rung. */
  boolean hear() {
    try {
      return (long) READ.invokeExact(number, count, 8L) == 8;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  int descriptor() {
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
