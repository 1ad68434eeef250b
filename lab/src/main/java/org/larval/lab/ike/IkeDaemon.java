package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.Surroundings;
import org.larval.ike.config.Connection;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;
import org.larval.ike.sa.IkeEngine;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.RealTimeline;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.xfrm.SaMissPolicy;

/**
 * The key manager on real sockets: our IKE engine and our xfrm engine on one event loop, in real
 * time.
 */
public final class IkeDaemon implements AutoCloseable {
  private static final long SECOND = 1_000_000_000L;
  private static final int ESP_AT_LEAST = 8;

  /**
   * How to run.
   *
   * @param socket where commands come in
   * @param trace capture to be written, or null
   * @param keys folder for the keys, or null to keep them secret
   * @param tun name of the TUN device, or null for none
   */
  public record Options(
      Path socket, @Nullable Path trace, @Nullable Path keys, @Nullable String tun) {}

  private final List<Connection> connections;
  private final LabelMatch labels;
  private final RealTimeline timeline = RealTimeline.start();
  private final LogBook book;
  private final UdpPorts udp;
  private final Tunnels tunnels;
  private final @Nullable PacketPort tun;
  private final @Nullable Roads roads;
  private final Wires wires;
  private final Traces traces;
  private final Whereabouts whereabouts;
  private final Happenings out;
  private final IkeEngine engine;
  private final Alarm alarm = timeline.alarm(this::ring);
  private final Alarm everySecond = timeline.alarm(this::lookAround);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final ControlSocket control;
  private boolean closed;

  private IkeDaemon(IkeFile file, Options options, Consumer<String> printer) throws IOException {
    book = new LogBook(printer);
    labels = file.labels();
    SecureRandom random = new Randomness(0, false).secure("ike");
    PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    SaMissPolicy miss = SaMissPolicy.named(file.saMiss());
    tunnels =
        new Tunnels(
            miss == null ? SaMissPolicy.LINUX_DEFAULT : miss, pool, random, new Doors(), this::log);
    traces = Traces.open(timeline.now(), options.trace(), options.keys());
    String device = options.tun();
    tun = device == null ? null : openTun(device, pool);
    boolean carries = tun != null;
    boolean transport =
        file.connections().stream()
            .flatMap(one -> one.children().stream())
            .anyMatch(child -> !child.tunnel());
    int mark = carries && transport ? HostRoutes.MARK : 0;
    wires = carries ? openWires(file, mark, pool) : Wires.NONE;
    tunnels.over(wires);
    roads =
        tun == null || device == null ? null : new Roads(device, transport, line -> log("", line));
    udp =
        new UdpPorts(
            timeline.loop(), file.port(), file.natPort(), mark, this::arrived, this::mishap);
    connections =
        carries ? file.connections().stream().map(wires::passable).toList() : file.connections();
    whereabouts = new Whereabouts(connections, udp, book);
    Waiters waiters = new Waiters();
    out = new Happenings(timeline, connections, book, udp, tunnels, roads, traces, waiters);
    engine =
        new IkeEngine(
            connections,
            options.keys() == null ? file.settings() : file.settings().tellingKeys(),
            file.keyring(),
            random,
            new Machine());
    Orders orders =
        new Orders(
            timeline,
            connections,
            engine,
            tunnels,
            waiters,
            out,
            this::rearm,
            () -> ended.complete(null));
    control = new ControlSocket(options.socket(), orders::answer, book);
  }

  private @Nullable PacketPort openTun(String name, PacketPool pool) {
    try {
      return PacketPort.tun(
          name,
          timeline.loop(),
          pool,
          packet -> {
            tunnels.path().fromHost(timeline.now(), packet);
            rearm();
          });
    } catch (IOException problem) {
      log("", "keys only, no packets: " + problem.getMessage() + " (or say --no-tun)");
      return null;
    }
  }

  private Wires openWires(IkeFile file, int mark, PacketPool pool) {
    boolean ah =
        file.connections().stream()
            .flatMap(one -> one.children().stream())
            .flatMap(child -> child.proposals().stream())
            .anyMatch(proposal -> proposal.protocol() == Protocol.AH.id());
    return Wires.open(
        ah,
        mark,
        timeline.loop(),
        pool,
        packet -> {
          long now = timeline.now();
          traces.packet(now, packet.buffer(), true);
          tunnels.path().fromWire(now, packet);
          rearm();
        },
        line -> log("", line));
  }

  /**
   * Starts.
   *
   * @param printer gets each line of the log
   * @throws IOException in words for the user, if sockets or files cannot be had
   */
  public static IkeDaemon start(IkeFile file, Options options, Consumer<String> printer)
      throws IOException {
    IkeDaemon daemon = new IkeDaemon(file, options, printer);
    try {
      daemon.begin();
    } catch (IOException | RuntimeException problem) {
      daemon.close();
      throw problem;
    }
    return daemon;
  }

  private void begin() throws IOException {
    whereabouts.bind(timeline.now());
    if (roads != null) {
      roads.begin();
    }
    timeline.onLoop(
        () -> {
          engine.load(timeline.now(), out);
          timeline.arm(everySecond, timeline.now() + SECOND);
          rearm();
        });
    log("", "listening at " + udp.addresses());
  }

  /** Waits for the end. */
  public void join() {
    ended.join();
  }

  private void log(String connection, String line) {
    book.write(timeline.now(), connection, line);
  }

  // On the loop.

  /** A bug: told, and gone on. */
  private void mishap(Throwable problem) {
    StringBuilder text = new StringBuilder("a mistake in the program, please report it: ");
    text.append(problem);
    for (StackTraceElement frame : problem.getStackTrace()) {
      text.append(" < ").append(frame);
      if (text.length() > 1000) {
        break;
      }
    }
    log("", text.toString());
  }

  private void rearm() {
    timeline.arm(alarm, Math.min(engine.deadline(), tunnels.deadline()));
  }

  private long ring(long now) {
    try {
      if (engine.deadline() <= now) {
        engine.onDeadline(now, out);
      }
      if (tunnels.deadline() <= now) {
        tunnels.onDeadline(now);
      }
    } catch (RuntimeException problem) {
      mishap(problem);
    }
    return Math.min(engine.deadline(), tunnels.deadline());
  }

  private long lookAround(long now) {
    whereabouts.lookAround(now, engine, out);
    traces.flush();
    rearm();
    return now + SECOND;
  }

  private void arrived(Endpoint local, Endpoint remote, ByteBuf payload) {
    long now = timeline.now();
    traces.datagram(now, remote, local, payload, true);
    int length = payload.readableBytes();
    boolean esp =
        local.port() == Endpoint.NAT
            && length > ESP_AT_LEAST
            && payload.getInt(payload.readerIndex()) != 0;
    if (esp) {
      tunnels.path().fromPeer(now, local, remote, payload);
    } else {
      byte[] octets = new byte[length];
      payload.readBytes(octets);
      engine.onDatagram(now, local, remote, Octets.of(octets), out);
    }
    rearm();
  }

  /** Tells the peers, then closes everything; a second caller waits for the first. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    timeline.onLoop(
        () -> {
          for (Connection one : connections) {
            int count = engine.terminate(timeline.now(), one.name(), out);
            assert count >= 0;
          }
          rearm();
        });
    long patience = timeline.now() + SECOND;
    while (timeline.now() < patience && !idle()) {
      timeline.runUntil(timeline.now() + SECOND / 50);
    }
    control.close();
    udp.close();
    timeline.onLoop(() -> tunnels.close(timeline.now()));
    if (roads != null) {
      roads.close();
    }
    if (tun != null) {
      timeline.onLoop(tun::close);
    }
    timeline.onLoop(wires::close);
    timeline.close();
    traces.close();
    ended.complete(null);
  }

  private boolean idle() {
    boolean[] none = new boolean[1];
    timeline.onLoop(() -> none[0] = engine.status().isEmpty());
    return none[0];
  }

  /** The doors of the data path. It asks IKE later, since IKE may be in the midst of telling it. */
  private final class Doors implements DataPath.Exits {
    @Override
    public void host(Packet packet) {
      PacketPort device = tun;
      if (device == null) {
        packet.release();
      } else {
        device.write(packet);
      }
    }

    @Override
    public void wire(Packet packet) {
      traces.packet(timeline.now(), packet.buffer(), false);
      wires.write(packet);
    }

    @Override
    public void udp(Endpoint local, Endpoint remote, ByteBuf esp) {
      traces.datagram(timeline.now(), local, remote, esp, false);
      udp.send(local, remote, esp);
    }

    @Override
    public void acquire(IkeAcquire acquire) {
      later(now -> engine.onAcquire(now, acquire, out));
    }

    @Override
    public void expired(int spi, boolean hard) {
      later(now -> engine.onExpire(now, spi, hard, out));
    }

    @Override
    public boolean awaits(int spi) {
      return engine.awaits(spi);
    }

    private void later(LongConsumer work) {
      timeline
          .loop()
          .execute(
              () -> {
                work.accept(timeline.now());
                rearm();
              });
    }
  }

  /** What IKE asks the machine. */
  private final class Machine implements Surroundings {
    @Override
    public @Nullable IpAddress sourceFor(IpAddress peer) {
      return Whereabouts.source(peer);
    }

    @Override
    public boolean polmatch(String flow, String policy) {
      return labels.polmatch(flow, policy);
    }

    @Override
    public long lastInbound(ChildParameters child) {
      return tunnels.lastInbound(child);
    }

    @Override
    public long date(long now) {
      return RealTimeline.date();
    }
  }
}
