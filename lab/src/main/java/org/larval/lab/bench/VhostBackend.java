package org.larval.lab.bench;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.larval.lab.outside.TimelineLoop;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Stopwatch;
import org.larval.nic.NicSettings;
import org.larval.nic.VhostNic;
import org.larval.nic.VhostPort;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * Our vhost-user backend doing what {@code vhost-loop.c} does: it takes, gives or returns bursts of
 * 32 frames and times each full one.
 */
public final class VhostBackend implements Effects {
  /** What is done with frames. */
  public enum Work {
    /** The guest sends, we take. */
    sink,
    /** We send, the guest takes. */
    source,
    /** The guest's frames go back to it. */
    echo
  }

  /**
   * What came of it.
   *
   * @param bursts full ones that were timed
   * @param nanos for a frame, median over the bursts
   * @param in frames taken from the guest
   * @param out frames given to it
   * @param bytes allocated for a frame by the thread that works
   */
  public record Result(long bursts, double nanos, long in, long out, double bytes) {}

  static final int BURST = 32;
  private static final int MOST = 1 << 21;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int PATIENCE = 300;
  private static final long SETTLING = 100_000_000L;
  private static final MacAddress MAC = new MacAddress(0x0200_0000_0001L);

  private final Work work;
  private final int frameBytes;
  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
  private final Packet[] burst = new Packet[BURST];
  private final float[] costs = new float[MOST];
  private final VhostNic nic;
  private final RealTimeline timeline;
  private final Alarm alarm;
  private final Stopwatch watch = Stopwatch.start();
  private int bursts;
  private int taken;
  private long in;
  private long out;
  private long allocated;
  private long counted;
  private boolean counting;

  private VhostBackend(Work work, int frameBytes, RealTimeline timeline) {
    this.work = work;
    this.frameBytes = frameBytes;
    this.timeline = timeline;
    alarm = timeline.alarm(this::turn);
    nic = new VhostNic(NicSettings.of("bench", MAC, 0, 0), 1, 1500, pool, this::again, false);
  }

  private void again() {
    timeline.ringSoon(alarm);
  }

  /**
   * Runs behind a socket for some seconds.
   *
   * @param frontend is started when the socket is there
   * @param stop ends it, while the rings are still served
   */
  public static Result run(
      Path socket, Work work, int frameBytes, int seconds, Runnable frontend, Runnable stop) {
    try (RealTimeline timeline = RealTimeline.start()) {
      VhostBackend backend = new VhostBackend(work, frameBytes, timeline);
      VhostPort port =
          new VhostPort(
              socket, false, backend.nic, new TimelineLoop(timeline), backend::again, backend);
      timeline.onLoop(
          () -> {
            try {
              port.open();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            backend.again();
          });
      frontend.run();
      for (int i = 0; i < PATIENCE && !backend.served(); i++) {
        timeline.runUntil(timeline.now() + SETTLING);
      }
      timeline.runUntil(timeline.now() + seconds * NANOS_PER_SECOND / 2);
      timeline.onLoop(() -> backend.count());
      timeline.runUntil(timeline.now() + seconds * NANOS_PER_SECOND / 2);
      stop.run();
      timeline.runUntil(timeline.now() + SETTLING);
      Result[] result = new Result[1];
      timeline.onLoop(
          () -> {
            result[0] = backend.result();
            port.close();
          });
      return result[0];
    }
  }

  /** Whether frames have crossed; not on the loop. */
  private boolean served() {
    boolean[] answer = new boolean[1];
    timeline.onLoop(() -> answer[0] = in + out > 0);
    return answer[0];
  }

  private void count() {
    counting = true;
    allocated = Rounds.allocatedBytes();
    counted = in + out;
  }

  private long turn(long now) {
    if (nic.running(0)) {
      int done = work == Work.source ? give(now) : take(now);
      if (done == 0) {
        Thread.onSpinWait();
      }
    }
    again();
    return Long.MAX_VALUE;
  }

  private int give(long now) {
    for (int i = 0; i < BURST; i++) {
      Packet packet = pool.make(now, frameBytes);
      packet.buffer().writeZero(frameBytes);
      burst[i] = packet;
    }
    int done = 0;
    long began = watch.nanos();
    nic.cork();
    for (Packet packet : burst) {
      done += nic.deliver(now, packet, this) ? 1 : 0;
    }
    nic.flush(this);
    note(began, done);
    out += done;
    return done;
  }

  private int take(long now) {
    taken = 0;
    long began = watch.nanos();
    nic.cork();
    int done = nic.drain(now, this, BURST);
    nic.flush(this);
    note(began, work == Work.echo ? taken : done);
    in += done;
    out += work == Work.echo ? taken : 0;
    return done;
  }

  private void note(long began, int done) {
    if (done == BURST && counting && bursts < MOST) {
      costs[bursts++] = (float) (watch.nanos() - began) / BURST;
    }
  }

  private Result result() {
    long frames = Math.max(1, in + out - counted);
    double bytes = (double) (Rounds.allocatedBytes() - allocated) / frames;
    float[] sorted = Arrays.copyOf(costs, bursts);
    Arrays.sort(sorted);
    return new Result(bursts, bursts == 0 ? 0 : sorted[bursts / 2], in, out, bytes);
  }

  @Override
  public void send(int port, Packet packet) {
    if (work == Work.echo) {
      taken += nic.deliver(0, packet, this) ? 1 : 0;
    } else {
      packet.release();
    }
  }

  @Override
  public void deliver(Packet packet) {
    packet.release();
  }

  @Override
  public void forward(Packet packet) {
    packet.release();
  }

  @Override
  public void absorb(Packet packet) {
    packet.release();
  }

  @Override
  public void drop(Packet packet, DropReason reason) {
    packet.release();
  }

  @Override
  public void emit(Event event) {}
}
