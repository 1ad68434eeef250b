package org.larval.nic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A loop for tests: turns by hand; a descriptor of a plain file cannot be waited for, as on epoll.
 */
final class PollLoop implements VhostLoop {
  private final Map<Integer, Runnable> watched = new LinkedHashMap<>();
  private final List<Runnable> soon = new ArrayList<>();
  private long now;

  @Override
  public Watch watch(int descriptor, Runnable readable) throws IOException {
    if (Files.isRegularFile(Path.of("/proc/self/fd/" + descriptor))) {
      throw new IOException("a plain file");
    }
    watched.put(descriptor, readable);
    return () -> watched.remove(descriptor);
  }

  @Override
  public void after(long nanos, Runnable call) {
    soon.add(call);
  }

  /** Nanoseconds, which pass with each turn. */
  long now() {
    return now;
  }

  /** Calls whoever waits for something that is there. Returns how many. */
  int turn(int milliseconds) {
    now += 1_000_000;
    int[] descriptors = watched.keySet().stream().mapToInt(Integer::intValue).toArray();
    boolean[] ready = Posix.readable(descriptors, milliseconds);
    int called = 0;
    for (int i = 0; i < ready.length; i++) {
      Runnable readable = watched.get(descriptors[i]);
      if (ready[i] && readable != null) {
        called++;
        readable.run();
      }
    }
    List<Runnable> due = List.copyOf(soon);
    soon.clear();
    due.forEach(Runnable::run);
    return called;
  }
}
