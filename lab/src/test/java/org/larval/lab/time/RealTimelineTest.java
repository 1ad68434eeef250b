package org.larval.lab.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.nic.NamedPipe;

/** Alarms that ring each other without end, as those of a guest that never stops sending. */
class RealTimelineTest {
  private static final int TURNS = 100_000;
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Alarm alarm = new Alarm(now -> Long.MAX_VALUE);
  private volatile int turns;
  private long before;
  private volatile long allocated;

  @Test
  void turnsAllocateNothing() {
    try (RealTimeline timeline = RealTimeline.start()) {
      alarm = timeline.alarm(now -> turn(timeline));
      timeline.onLoop(() -> timeline.ringSoon(alarm));
      await().until(() -> turns == 2 * TURNS);
    }
    assertThat(allocated).isLessThan(TURNS / 10);
  }

  private long turn(RealTimeline timeline) {
    int done = turns + 1;
    turns = done;
    if (done == TURNS) {
      before = THREADS.getCurrentThreadAllocatedBytes();
    }
    if (done == 2 * TURNS) {
      allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      return Long.MAX_VALUE;
    }
    timeline.ringSoon(alarm);
    return Long.MAX_VALUE;
  }

  @Test
  void theLoopStillHasTimeForTasksTimersAndChannels(@TempDir Path folder) throws IOException {
    FileDescriptor pipe = new FileDescriptor(NamedPipe.open(folder.resolve("pipe")));
    AtomicInteger late = new AtomicInteger();
    AtomicInteger heard = new AtomicInteger();
    try (RealTimeline timeline = RealTimeline.start()) {
      alarm =
          timeline.alarm(
              now -> {
                timeline.ringSoon(alarm);
                return Long.MAX_VALUE;
              });
      Alarm second =
          timeline.alarm(
              now -> {
                late.incrementAndGet();
                return Long.MAX_VALUE;
              });
      timeline.onLoop(
          () -> {
            timeline.arm(second, timeline.now() + 10_000_000);
            timeline.ringSoon(alarm);
            watch(timeline, pipe, heard);
          });
      pipe.write(ByteBuffer.allocateDirect(1), 0, 1);
      await().until(() -> heard.get() > 0);
      timeline.runUntil(timeline.now() + 20_000_000);
      timeline.onLoop(() -> late.addAndGet(10));
      assertThat(late).hasValue(11);
    } finally {
      pipe.close();
    }
  }

  private static void watch(RealTimeline timeline, FileDescriptor pipe, AtomicInteger heard) {
    try {
      LoopWatch.on(timeline.loop(), pipe.intValue(), heard::incrementAndGet);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
