package org.larval.lab.time;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * Time that is made: when nothing is left to do, it jumps to the next deadline. It runs on the
 * thread that calls {@link #runUntil}, on a Netty loop driven by hand with a mock ticker. The
 * loop's I/O handler would wait on the system clock, so only the non-blocking {@code runNow} is
 * used.
 */
public final class VirtualTimeline extends Timeline {
  private final Loop loop;
  private final MockTicker ticker;
  private final long epoch;

  /** A timeline that stands at 0, driven by the current thread. */
  public VirtualTimeline() {
    this(Ticker.newMockTicker());
  }

  private VirtualTimeline(MockTicker ticker) {
    this(ticker, new Loop(ticker));
  }

  private VirtualTimeline(MockTicker ticker, Loop loop) {
    super(loop);
    this.loop = loop;
    this.ticker = ticker;
    this.epoch = ticker.nanoTime();
  }

  @Override
  public long now() {
    return ticker.nanoTime() - epoch;
  }

  @Override
  public boolean virtual() {
    return true;
  }

  @Override
  public void runUntil(long until) {
    checkRings();
    while (true) {
      long next = next();
      if (next > until) {
        break;
      }
      long now = now();
      if (next > now) {
        ticker.advance(next - now, TimeUnit.NANOSECONDS);
      }
      loop.runNow();
      checkRings();
    }
    if (until != Long.MAX_VALUE && until > now()) {
      ticker.advance(until - now(), TimeUnit.NANOSECONDS);
    }
  }

  /** Nothing to close: the loop owns neither thread nor file, and its shutdown would wait. */
  @Override
  public void close() {}

  private static final class Loop extends ManualIoEventLoop {
    Loop(Ticker ticker) {
      super(null, Thread.currentThread(), LocalIoHandler.newFactory(), ticker);
    }
  }
}
