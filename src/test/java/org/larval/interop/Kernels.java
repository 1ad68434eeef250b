package org.larval.interop;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/**
 * Leave to run kernels in QEMU on this machine, which several test processes ask for: many share
 * it, but where times are measured one runs alone. At most one leave for each process.
 */
final class Kernels implements AutoCloseable {
  private final FileChannel file;
  private final FileLock lock;

  private Kernels(boolean shared) throws IOException {
    Files.createDirectories(LinuxGuest.folder());
    file =
        FileChannel.open(
            LinuxGuest.folder().resolve("running"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    lock = file.lock(0, Long.MAX_VALUE, shared);
  }

  /** Waits until nobody wants to be alone. */
  static Kernels together() throws IOException {
    return new Kernels(true);
  }

  /** Waits until no kernel runs. */
  static Kernels alone() throws IOException {
    return new Kernels(false);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    file.close();
  }
}
