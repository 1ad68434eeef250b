package org.larval.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A doorbell of the kernel's: an eventfd(2) that the other process handed over. Whatever descriptor
 * it really is, it is set to never wait.
 */
final class EventFd implements Doorbell, AutoCloseable {
  private static final int BYTES = Long.BYTES;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
  private final HostFile file;
  private boolean closed;

  /** Takes a descriptor over. */
  EventFd(int number) {
    file = new HostFile(number);
    one.set(ValueLayout.JAVA_LONG, 0, 1);
    HostFile.neverWaits(number);
  }

  /** Rings. A doorbell that is full has rung already. */
  @Override
  public void ring() {
    file.write(one.address(), BYTES);
  }

  /** Silences it; whether it had rung. */
  boolean hear() {
    return file.read(count.address(), BYTES) == BYTES;
  }

  int descriptor() {
    return file.descriptor();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      file.close();
      arena.close();
    }
  }
}
