package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.lab.bench.Testpmd;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.outside.TimelineLoop;
import org.larval.lab.report.NicsReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.RealTimeline;
import org.larval.nic.MemifNic;
import org.larval.nic.MemifPort;
import org.larval.nic.NicSettings;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * DPDK's own memif driver as the client of our server: it sends, it receives, it forwards, and both
 * sides count the same frames, but for those that stood in a ring when it was stopped. In a lab it
 * answers pings, also after it was killed and started again.
 */
@Tag("interop")
class MemifTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int BURST = 32;

  /**
   * Frames that one side does not count: both rings at the end, and what testpmd throws away before
   * it begins, which it does twice.
   */
  private static final long UNCOUNTED = 4 << MemifClient.LOG2;

  @TempDir private Path folder;

  @BeforeEach
  void hasClient() throws IOException {
    assumeTrue(Testpmd.missing().isEmpty(), Testpmd.missing());
    assumeTrue(MemifClient.installed(), "DPDK's net_memif is not installed (librte-net-memif23)");
  }

  /** Takes, gives or returns frames, again and again. */
  private static final class Server implements Effects, AutoCloseable {
    private final RealTimeline timeline;
    private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    private final String forwarding;
    private final Alarm alarm;
    private final MemifNic nic;
    private final MemifPort port;

    Server(RealTimeline timeline, Path socket, String forwarding) {
      this.timeline = timeline;
      this.forwarding = forwarding;
      alarm = timeline.alarm(this::turn);
      NicSettings settings = NicSettings.of("server", new MacAddress(0x0200_0000_0001L), 0, 0);
      nic = new MemifNic(settings, pool, this::again, true);
      TimelineLoop loop = new TimelineLoop(timeline);
      port = new MemifPort(socket, 0, new byte[0], nic, loop, this::again, this);
      timeline.onLoop(
          () -> {
            try {
              port.open();
            } catch (IOException problem) {
              throw new UncheckedIOException(problem);
            }
            again();
          });
    }

    private void again() {
      timeline.ringSoon(alarm);
    }

    private long turn(long now) {
      nic.cork();
      int taken = nic.drain(now, this, BURST); // rings again if there is more
      for (int i = 0; i < BURST && nic.running() && forwarding.equals("rxonly"); i++) {
        Packet packet = pool.make(now, 200);
        packet.buffer().writeZero(200);
        nic.deliver(now, packet, this);
      }
      nic.flush(this);
      if (forwarding.equals("rxonly") || taken > 0) {
        again();
      }
      return Long.MAX_VALUE;
    }

    @Override
    public void send(int to, Packet packet) {
      if (forwarding.equals("io")) {
        nic.deliver(0, packet, this);
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

    @Override
    public void close() {
      timeline.onLoop(port::close);
      assertThat(pool.live()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"txonly", "rxonly", "io"})
  @Timeout(60)
  void bothSidesCountTheSame(String forwarding) throws Exception {
    Path socket = folder.resolve("s");
    try (RealTimeline timeline = RealTimeline.start();
        Server server = new Server(timeline, socket, forwarding);
        MemifClient client = MemifClient.start(folder, socket, forwarding, "")) {
      timeline.runUntil(timeline.now() + 5 * SECOND);
      MemifClient.Counts theirs = client.stop();
      timeline.runUntil(timeline.now() + SECOND / 10);
      long in = server.nic.counters().framesIn();
      long out = server.nic.counters().framesOut();
      System.out.printf(
          "memif %s: it sent %d, we took %d; we sent %d, it received %d%n",
          forwarding, theirs.sent(), in, out, theirs.received());
      assertThat(server.nic.fault()).isNull();
      assertThat(in + out).isGreaterThan(1000);
      assertThat(theirs.sent() - in).isBetween(0L, UNCOUNTED);
      assertThat(out - theirs.received()).isBetween(0L, UNCOUNTED);
    }
  }

  @Test
  @Timeout(120)
  void killedAndStartedAgain() throws Exception {
    Path socket = folder.resolve("b");
    String lab =
        """
        lab: memif
        time: real
        until: 100s
        guests:
          a: {nic: 10.0.0.1/24}
          b: {nic: 10.0.0.2/24, outside: {memif: {socket: %s, id: 3, secret: swordfish}}}
        links: [{between: [a, b]}]
        traffic: [{from: a, to: b, ping: yes, every: 20ms, count: 4000}]
        """
            .formatted(socket);
    String more = ",id=3,secret=swordfish";
    try (LabRun run = LabRun.start(LabFileReader.parse("lab.yaml", lab), RunOptions.PLAIN)) {
      try (MemifClient stranger =
          MemifClient.start(folder, socket, "icmpecho", ",id=3,secret=cod")) {
        run.runFor(Duration.ofSeconds(3));
        stranger.kill();
        assertThat(answers(run)).isZero();
      }
      long answers = 0;
      for (int life = 0; life < 2; life++) {
        try (MemifClient client = MemifClient.start(folder, socket, "icmpecho", more)) {
          long had = answers;
          await(run, () -> answers(run) >= had + 50);
          NicsReport.Nic nic = standing(run);
          assertThat(nic.state()).isEqualTo("up");
          assertThat(nic.queues()).allMatch(queue -> queue.size() == 1 << MemifClient.LOG2);
          client.kill();
          await(run, () -> standing(run).state().equals("down"));
          answers = answers(run);
        }
      }
      run.stop();
      assertThat(run.report().packets().balances()).isTrue();
      assertThat(run.report().flows().getFirst().delivered()).isGreaterThanOrEqualTo(90);
      assertThat(run.report().outside().getFirst().fault()).isNull();
      assertThat(String.join("; ", run.report().happened()))
          .containsSubsequence(
              "disconnected: the client does not know the secret",
              "its driver runs queue pair 0: memif 2.0",
              "disconnected: the client closed the connection",
              "its driver runs queue pair 0: memif 2.0",
              "disconnected: the client closed the connection");
    }
  }

  private static NicsReport.Nic standing(LabRun run) {
    return run.nics().nics().getLast();
  }

  /** Frames that came from the client. */
  private static long answers(LabRun run) {
    return standing(run).queues().getLast().frames();
  }

  private static void await(LabRun run, BooleanSupplier done) {
    for (int i = 0; i < 150 && !done.getAsBoolean(); i++) {
      run.runFor(Duration.ofMillis(200));
    }
    assertThat(done.getAsBoolean()).isTrue();
  }
}
