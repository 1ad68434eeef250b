package org.larval.lab.bench;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The least that a simulation on Netty's loop can do: as many links as the street has, each with a
 * queue and one timer of the loop; when it fires, the burst moves to the next link. No bytes are
 * looked at.
 */
final class BareLoop implements Contender {
  private static final int INSTANTS = 1000;

  private final String name;
  private final MockTicker ticker = Ticker.newMockTicker();
  private final Loop loop = new Loop(ticker);
  private final Hose[] hoses;
  private long hops;

  /** One link. */
  private final class Hose implements Runnable {
    private final Object[] queue = new Object[64];
    private final long delay;
    private int head;
    private int tail;
    private @Nullable Hose next;

    Hose(long delay) {
      this.delay = delay;
    }

    void enter(Object packet) {
      if (head == tail) {
        loop.schedule(this, delay, TimeUnit.NANOSECONDS);
      }
      queue[tail++ & 63] = packet;
    }

    @Override
    public void run() {
      Hose to = next;
      int end = tail;
      while (head != end && to != null) {
        to.enter(queue[head++ & 63]);
        hops++;
      }
    }
  }

  private static final class Loop extends ManualIoEventLoop {
    Loop(Ticker ticker) {
      super(null, Thread.currentThread(), LocalIoHandler.newFactory(), ticker);
    }

    long due() {
      return nextScheduledTaskDeadlineNanos();
    }
  }

  /** Four links to a segment in a circle, with two bursts under way, as in the street. */
  BareLoop(int segments, int burst) {
    name = "bare loop, " + 4 * segments + " links, bursts of " + burst;
    hoses = new Hose[4 * segments];
    for (int i = 0; i < hoses.length; i++) {
      hoses[i] = new Hose(StreetLabs.delay(i / 4));
    }
    for (int i = 0; i < hoses.length; i++) {
      hoses[i].next = hoses[(i & ~3) | (i + 1 & 3)];
    }
    for (int i = 0; i < hoses.length; i += 2) {
      for (int packet = 0; packet < burst; packet++) {
        hoses[i].enter(new Object());
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long run() {
    long before = hops;
    for (int i = 0; i < INSTANTS; i++) {
      ticker.advance(Math.max(0, loop.due() - ticker.nanoTime()), TimeUnit.NANOSECONDS);
      loop.runNow();
    }
    return hops - before;
  }
}
