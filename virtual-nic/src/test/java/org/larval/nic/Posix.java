package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** System calls that a frontend makes, for tests that play one. */
@SuppressWarnings("restricted")
final class Posix {
  private static final int O_RDWR_CREAT = 0102;
  private static final int EFD_NONBLOCK = 0x800;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle EVENTFD =
      call("eventfd", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle PIPE = call("pipe", ValueLayout.ADDRESS);
  private static final MethodHandle POLL =
      call("poll", ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
  private static final MethodHandle TRUNCATE =
      call("ftruncate", ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));

  private Posix() {}

  private static MethodHandle call(String name, java.lang.foreign.MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
  }

  private static int checked(String what, int answer) throws IOException {
    if (answer < 0) {
      throw new IOException(what + " failed");
    }
    return answer;
  }

  static int eventfd() throws IOException {
    try {
      return checked("eventfd", (int) EVENTFD.invokeExact(0, EFD_NONBLOCK));
    } catch (IOException problem) {
      throw problem;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Reading end and writing end. */
  static int[] pipe() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment two = arena.allocate(8, 4);
      int made = checked("pipe", (int) PIPE.invokeExact(two));
      assert made == 0;
      return two.toArray(ValueLayout.JAVA_INT);
    } catch (IOException problem) {
      throw problem;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  static int open(Path path, boolean write) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path.toString());
      return checked("open", (int) OPEN.invokeExact(name, write ? O_RDWR_CREAT : 0, 0600));
    } catch (IOException problem) {
      throw problem;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  static void truncate(int descriptor, long bytes) throws IOException {
    try {
      int done = checked("ftruncate", (int) TRUNCATE.invokeExact(descriptor, bytes));
      assert done == 0;
    } catch (IOException problem) {
      throw problem;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Which of the descriptors can be read, or hung up, now or within some milliseconds. */
  static boolean[] readable(int[] descriptors, int milliseconds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(8L * descriptors.length + 8, 8);
      for (int i = 0; i < descriptors.length; i++) {
        all.set(ValueLayout.JAVA_INT, 8L * i, descriptors[i]);
        all.set(ValueLayout.JAVA_SHORT, 8L * i + 4, (short) 1);
      }
      int ready = (int) POLL.invokeExact(all, (long) descriptors.length, milliseconds);
      boolean[] result = new boolean[descriptors.length];
      for (int i = 0; i < descriptors.length && ready > 0; i++) {
        result[i] = all.get(ValueLayout.JAVA_SHORT, 8L * i + 6) != 0;
      }
      return result;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** How many descriptors this process has open. */
  static int openDescriptors() {
    String[] names = new java.io.File("/proc/self/fd").list();
    return names == null ? 0 : names.length;
  }
}
