package org.larval.lab.time;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes: one event loop on epoll, or on NIO where epoll is missing. {@link #runUntil}
 * waits on the caller's thread while the lab runs on the loop.
 */
public final class RealTimeline extends Timeline {
  /** A hundred years, as good as for ever. */
  private static final long LONGEST_WAIT = 3_153_600_000_000_000_000L;

  private static final int MOST_RINGS = 64;

  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop loop;

  /** Kept, so that asking for it allocates nothing. */
  private final Runnable round = this::nextRound;

  private Runnable next = () -> {};
  private volatile long epoch;
  private volatile @Nullable CompletableFuture<Void> waiting;
  private volatile boolean interrupted;

  /** A timeline that begins now. */
  public static RealTimeline start() {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    return new RealTimeline(group, group.next());
  }

  private RealTimeline(MultiThreadIoEventLoopGroup group, EventLoop loop) {
    super(loop);
    this.group = group;
    this.loop = loop;
    this.epoch = loop.ticker().nanoTime();
  }

  @Override
  public long now() {
    return loop.ticker().nanoTime() - epoch;
  }

  /**
   * The lab begins now, and not when it was put together: time starts again from 0. On the loop,
   * before anything of the lab has looked at the time and kept it.
   */
  public void begin() {
    epoch = loop.ticker().nanoTime();
  }

  /** The date, in milliseconds since 1970. */
  public static long date() {
    return System.currentTimeMillis();
  }

  @Override
  public boolean virtual() {
    return false;
  }

  /** Runs something on the loop, where the lab lives, and waits for it. */
  public void onLoop(Runnable task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            task.run();
            done.complete(null);
          } catch (Throwable problem) {
            done.completeExceptionally(problem);
          }
        });
    await(done);
  }

  /** The loop on which the lab lives, for channels that bring it frames from outside. */
  public EventLoop loop() {
    return loop;
  }

  @Override
  public void runUntil(long until) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    waiting = done;
    checkRings();
    if (interrupted) {
      return;
    }
    long wait = Math.clamp(until - now(), 0, LONGEST_WAIT);
    ScheduledFuture<?> end = loop.schedule(() -> done.complete(null), wait, TimeUnit.NANOSECONDS);
    await(done);
    end.cancel(false);
    checkRings();
  }

  /** Ends {@link #runUntil}, that of another thread now and all later ones. */
  public void interrupt() {
    interrupted = true;
    failed();
  }

  /**
   * Tasks that a task asks for run before the loop looks at its channels; what is asked for at the
   * end of its round does not.
   */
  @Override
  boolean passSoon(Runnable pass, boolean again) {
    if (!(loop instanceof SingleThreadEventLoop single) || loop.isShuttingDown()) {
      return false;
    }
    if (again) {
      next = pass;
      single.executeAfterEventLoopIteration(round);
    } else {
      loop.execute(pass);
    }
    return true;
  }

  private void nextRound() {
    if (!loop.isShuttingDown()) {
      loop.execute(next);
    }
  }

  /** Some alarms ring each other without end: a guest outside that never stops sending. */
  @Override
  int mostRings() {
    return MOST_RINGS;
  }

  @Override
  void failed() {
    CompletableFuture<Void> done = waiting;
    if (done != null) {
      done.complete(null);
    }
  }

  private static void await(CompletableFuture<Void> done) {
    try {
      done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
