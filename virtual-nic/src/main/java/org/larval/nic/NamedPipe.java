package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes and opens a FIFO (fifo(7)) for reading and writing at once, so that neither end waits for
 * the other and nothing that was written is lost while somebody has it open.
 */
@SuppressWarnings("restricted") // system calls are what it is for
public final class NamedPipe {
  private static final int O_RDWR_NONBLOCK_NOFOLLOW_CLOEXEC = 2 | 0x800 | 0x20000 | 0x80000;
  private static final int OWNER_ONLY = 0600;
  private static final int EEXIST = 17;
  private static final int FILE_TYPE = 0170000;
  private static final int IS_FIFO = 0010000;

  private static final MethodHandle MKFIFO =
      HostFile.call("mkfifo", 0, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle OPEN =
      HostFile.call("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);

  private NamedPipe() {}

  /**
   * Opens a FIFO, and makes it, for its owner only, if there is none.
   *
   * @return its file descriptor, which never blocks and is the caller's to close
   * @throws IOException if it cannot be had, or something else has its name
   */
  public static int open(Path path) throws IOException {
    int descriptor;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = HostFile.state(arena);
      MemorySegment name = arena.allocateFrom(path.toString());
      int made = (int) MKFIFO.invokeExact(state, name, OWNER_ONLY);
      if (made < 0 && HostFile.errno(state) != EEXIST) {
        throw refused(path, "cannot be made", state);
      }
      descriptor = (int) OPEN.invokeExact(state, name, O_RDWR_NONBLOCK_NOFOLLOW_CLOEXEC);
      if (descriptor < 0) {
        throw refused(path, "cannot be opened", state);
      }
    } catch (IOException | RuntimeException problem) {
      throw problem;
    } catch (Throwable problem) {
      throw new IllegalStateException(problem);
    }
    int mode = (int) Files.getAttribute(Path.of("/proc/self/fd/" + descriptor), "unix:mode");
    if ((mode & FILE_TYPE) != IS_FIFO) {
      HostFile.close(descriptor);
      throw new IOException(path + " is something else than a FIFO");
    }
    return descriptor;
  }

  private static IOException refused(Path path, String what, MemorySegment state) {
    return new IOException("the FIFO " + path + " " + what + ": errno " + HostFile.errno(state));
  }
}
