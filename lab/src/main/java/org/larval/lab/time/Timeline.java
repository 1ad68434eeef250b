package org.larval.lab.time;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries time to the rooms. Everything of a lab runs on one Netty event loop; the loop's own timer
 * is armed only for the earliest alarm, so a burst of packets that are due together costs one timer
 * of the loop. {@link VirtualTimeline} drives its loop by hand, {@link RealTimeline} has an epoll
 * loop; the rooms cannot tell them apart.
 */
public abstract sealed class Timeline implements AutoCloseable
    permits VirtualTimeline, RealTimeline {
  private final Agenda agenda = new Agenda();
  private final ArrayDeque<Alarm> soon = new ArrayDeque<>();
  private final EventExecutor loop;

  /** Kept, so that asking for them allocates nothing. */
  private final Runnable timer = this::timerFired;

  private final Runnable pass = this::passBegins;

  private boolean passing;
  private long armedFor = Long.MAX_VALUE;
  private @Nullable ScheduledFuture<?> armed;
  private boolean running;
  private long instants;
  private volatile @Nullable Throwable problem;

  Timeline(EventExecutor loop) {
    this.loop = loop;
  }

  /** Nanoseconds since the lab began. */
  public abstract long now();

  /** Whether time is made here. */
  public abstract boolean virtual();

  /**
   * Lets time pass until the moment, or until nothing is due any more. What an alarm's ring throws
   * is thrown from here.
   *
   * @param until nanoseconds since the lab began
   */
  public abstract void runUntil(long until);

  /** How many times the loop's timer fired: the number of distinct instants with work. */
  public long instants() {
    return instants;
  }

  /** An alarm for an engine, not armed yet. */
  public Alarm alarm(Alarm.Ring ring) {
    return new Alarm(ring);
  }

  /** Arms an alarm for a moment, instead of the one it had; a past moment means now. */
  public void arm(Alarm alarm, long deadline) {
    agenda.arm(alarm, deadline);
    if (!running) {
      armLoop(false);
    }
  }

  /**
   * Rings an alarm in this very instant, after everything that already waits for it; once, however
   * often it is asked for before.
   */
  public void ringSoon(Alarm alarm) {
    if (alarm.soon) {
      return;
    }
    alarm.soon = true;
    soon.addLast(alarm);
    if (!running) {
      armLoop(false);
    }
  }

  /** The earliest moment at which something is due, or {@link Long#MAX_VALUE}. */
  public long next() {
    return soon.isEmpty() ? agenda.next() : now();
  }

  private void armLoop(boolean again) {
    // a lab is put together on another thread: for that one the timer does
    if (!soon.isEmpty() && loop.inEventLoop() && (passing || passSoon(pass, again))) {
      passing = true;
      return;
    }
    long next = next();
    if (next >= armedFor) {
      return;
    }
    if (armed != null) {
      armed.cancel(false);
    }
    armedFor = next;
    armed = loop.schedule(timer, Math.max(0, next - now()), TimeUnit.NANOSECONDS);
  }

  /**
   * Runs something on the loop in this instant, without a timer.
   *
   * @param again whether it has just run, so that the loop must first look at its channels
   * @return false if it takes a timer here
   */
  boolean passSoon(Runnable task, boolean again) {
    return false;
  }

  private void timerFired() {
    armedFor = Long.MAX_VALUE;
    armed = null;
    runDue();
  }

  private void passBegins() {
    passing = false;
    runDue();
  }

  private void runDue() {
    running = true;
    instants++;
    try {
      long now = now();
      for (int i = 0; i < mostRings(); i++) {
        Alarm alarm = soon.pollFirst();
        if (alarm != null) {
          alarm.soon = false;
          rearm(alarm, alarm.ring.ring(now));
        } else if (!ringDue(now)) {
          return;
        }
      }
      // those that ring each other without end must not keep deadlines from being met
      for (int i = 0; i < mostRings() && ringDue(now); i++) {}
    } catch (RuntimeException | Error thrown) {
      // Netty would keep it in a future that nobody reads
      if (problem == null) {
        problem = thrown;
        failed();
      }
    } finally {
      running = false;
      if (next() != Long.MAX_VALUE) {
        armLoop(true);
      }
    }
  }

  private boolean ringDue(long now) {
    Alarm alarm = agenda.pollDue(now);
    if (alarm == null) {
      return false;
    }
    rearm(alarm, alarm.ring.ring(now));
    return true;
  }

  /** How many alarms ring before the loop looks at its channels again, and at its clock. */
  int mostRings() {
    return Integer.MAX_VALUE;
  }

  /** A ring threw; whoever waits for time to pass should wait no longer. */
  void failed() {}

  /** Throws what the first failing ring threw, if any has. */
  void checkRings() {
    switch (problem) {
      case null -> {}
      case RuntimeException thrown -> throw thrown;
      case Error thrown -> throw thrown;
      default -> throw new IllegalStateException(problem);
    }
  }

  private void rearm(Alarm alarm, long deadline) {
    agenda.arm(alarm, deadline);
  }

  @Override
  public abstract void close();
}
