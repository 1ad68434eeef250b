package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.IkeEvent;
import org.larval.ike.IkeStatus;
import org.larval.ike.Surroundings;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Octets;
import org.larval.ike.sa.IkeEngine;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.RealTimeline;
import org.larval.packet.Event;
import org.larval.packet.EventsOnly;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.xfrm.SaMissPolicy;

/**
 * The key manager on real sockets: our IKE engine and our xfrm engine on one event loop, in real
 * time.
 */
public final class IkeDaemon implements AutoCloseable {
  private static final long SECOND = 1_000_000_000L;

  /** A move that the peer has not answered is tried again after so long. */
  private static final long MOVE_AGAIN = 5 * SECOND;

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

  private final IkeFile file;
  private final List<Connection> connections;
  private final RealTimeline timeline = RealTimeline.start();
  private final LogBook book;
  private final Waiters waiters = new Waiters();
  private final UdpPorts udp;
  private final Tunnels tunnels;
  private final @Nullable PacketPort tun;
  private final @Nullable PacketPort wire;
  private final @Nullable Roads roads;
  private final Traces traces;
  private final IkeEngine engine;
  private final Out out = new Out();
  private final Alarm alarm = timeline.alarm(this::ring);
  private final Alarm everySecond = timeline.alarm(this::lookAround);
  private final Map<String, Long> moved = new HashMap<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final ControlSocket control;

  private IkeDaemon(IkeFile file, Options options, Consumer<String> printer) throws IOException {
    this.file = file;
    book = new LogBook(printer);
    SecureRandom random = new Randomness(0, false).secure("ike");
    PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    udp = new UdpPorts(timeline.loop(), file.port(), file.natPort(), this::arrived, this::mishap);
    SaMissPolicy miss = SaMissPolicy.named(file.saMiss());
    tunnels =
        new Tunnels(miss == null ? SaMissPolicy.LINUX_DEFAULT : miss, pool, random, new Desk());
    tun = openTun(options.tun(), pool);
    wire = tun == null ? null : openWire(pool);
    String device = options.tun();
    boolean carries = tun != null && device != null;
    roads = tun == null || device == null ? null : new Roads(device, line -> log("", line));
    if (tun != null) {
      tunnels.through(tun, wire);
    }
    connections =
        carries ? file.connections().stream().map(this::carried).toList() : file.connections();
    traces = Traces.open(timeline.now(), options.trace(), options.keys());
    engine =
        new IkeEngine(
            connections, settings(options.keys() != null), file.keyring(), random, new Machine());
    control = ControlSocket.open(options.socket(), this::answer, book);
  }

  private @Nullable PacketPort openTun(@Nullable String name, PacketPool pool) {
    if (name == null) {
      return null;
    }
    try {
      return PacketPort.tun(
          name,
          timeline.loop(),
          pool,
          packet -> {
            tunnels.fromHost(timeline.now(), packet);
            rearm();
          });
    } catch (IOException problem) {
      log("", "keys only, no packets: " + problem.getMessage() + " (or say --no-tun)");
      return null;
    }
  }

  private @Nullable PacketPort openWire(PacketPool pool) {
    try {
      return PacketPort.esp(
          timeline.loop(),
          pool,
          packet -> {
            tunnels.fromWire(timeline.now(), packet);
            rearm();
          });
    } catch (IOException problem) {
      log("", "all ESP goes inside UDP: " + problem.getMessage());
      return null;
    }
  }

  /** Where ESP cannot go without UDP, the peer is told that there is a NAT. */
  private Connection carried(Connection connection) {
    boolean v6 =
        Stream.concat(connection.local().stream(), connection.remote().stream())
            .anyMatch(prefix -> prefix.address().v6());
    return wire == null || v6 ? connection.encapsulated() : connection;
  }

  private Settings settings(boolean keys) {
    Settings from = file.settings();
    return keys
        ? new Settings(
            from.retransmission(),
            from.cookieThreshold(),
            from.cookieThresholdPerSource(),
            from.blockThresholdPerSource(),
            from.halfOpenLimit(),
            from.halfOpenTimeout(),
            from.fragmentSize(),
            from.reassemblyLimit(),
            from.keepalive(),
            from.rekeyedDelay(),
            from.retryInterval(),
            from.makeBeforeBreak(),
            from.window(),
            true,
            from.costs())
        : from;
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
    String refusal = null;
    int bound = 0;
    for (IpAddress address : wanted(UdpPorts.machine())) {
      String why = udp.open(address);
      bound += why == null ? 1 : 0;
      refusal = why == null ? refusal : why;
    }
    if (bound == 0) {
      throw new IOException(
          refusal == null
              ? "no address of 'local-addrs' is one of this machine's"
              : refusal + "; end the daemon that has it, or run as root");
    }
    if (refusal != null) {
      log("", refusal);
    }
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

  /** Those addresses of the machine that some connection may have. */
  private List<IpAddress> wanted(List<IpAddress> machine) {
    return machine.stream()
        .filter(
            address ->
                connections.isEmpty()
                    || connections.stream()
                        .anyMatch(
                            one ->
                                one.mobike()
                                    || one.local().isEmpty()
                                    || one.local().stream()
                                        .anyMatch(prefix -> prefix.contains(address))))
        .filter(address -> !address.isLoopback() || named(address))
        .toList();
  }

  private boolean named(IpAddress address) {
    return connections.stream()
        .flatMap(one -> one.local().stream())
        .anyMatch(prefix -> prefix.contains(address));
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

  /** Has the machine other addresses now? */
  private long lookAround(long now) {
    List<IpAddress> machine = UdpPorts.machine();
    udp.follow(wanted(machine));
    for (IkeStatus sa : engine.status()) {
      boolean movable = sa.initiator() && sa.state().equals("ESTABLISHED");
      if (!movable || machine.contains(sa.local().address())) {
        continue;
      }
      IpAddress here = source(sa.remote().address());
      Long last = moved.get(sa.connection());
      if (here != null
          && !here.equals(sa.local().address())
          && udp.addresses().contains(here)
          && (last == null || now - last > MOVE_AGAIN)) {
        moved.put(sa.connection(), now);
        log(sa.connection(), "this machine is at " + here + " now");
        int count = engine.move(now, sa.connection(), here, out);
        assert count >= 0;
      }
    }
    traces.flush();
    rearm();
    return now + SECOND;
  }

  private static @Nullable IpAddress source(IpAddress peer) {
    try (DatagramSocket probe = new DatagramSocket()) {
      probe.connect(new InetSocketAddress(UdpPorts.of(peer), Endpoint.IKE));
      IpAddress source = UdpPorts.of(probe.getLocalAddress());
      return source.isAny() ? null : source;
    } catch (SocketException | UncheckedIOException e) {
      return null;
    }
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
      tunnels.fromPeer(now, local, remote, payload);
    } else {
      byte[] octets = new byte[length];
      payload.readBytes(octets);
      engine.onDatagram(now, local, remote, Octets.of(octets), out);
    }
    rearm();
  }

  private @Nullable Connection connection(String name) {
    for (Connection one : connections) {
      if (one.name().equals(name)) {
        return one;
      }
    }
    return null;
  }

  private void happened(long now, IkeEvent event) {
    switch (event) {
      case IkeEvent.Send send -> {
        ByteBuf datagram = Unpooled.wrappedBuffer(send.datagram().toArray());
        traces.datagram(now, send.local(), send.remote(), datagram, false);
        if (!udp.send(send.local(), send.remote(), datagram)) {
          log("", "no socket at " + send.local() + " to send from");
        }
      }
      case IkeEvent.Log line -> log(line.connection(), line.line());
      case IkeEvent.InstallInbound install -> install(now, install.child(), true);
      case IkeEvent.InstallOutbound install -> install(now, install.child(), false);
      case IkeEvent.RemoveInbound remove -> remove(now, remove.child(), true);
      case IkeEvent.RemoveOutbound remove -> remove(now, remove.child(), false);
      case IkeEvent.Move move -> {
        if (tun != null) {
          tunnels.move(now, move.before(), move.after());
        }
      }
      case IkeEvent.Trap trap -> trap(now, trap);
      case IkeEvent.ChildUp up -> {
        if (roads != null && up.child().tunnel()) {
          roads.open(
              up.child().localSelectors(),
              up.child().remoteSelectors(),
              up.child().remote().address());
        }
        log(
            up.child().connection(),
            "child %s %s: in %08x, out %08x, %s === %s"
                .formatted(
                    up.child().child(),
                    up.replaces() == 0 ? "is established" : "is rekeyed",
                    up.child().inboundSpi(),
                    up.child().outboundSpi(),
                    up.child().localSelectors().stream().map(StatusReport::text).toList(),
                    up.child().remoteSelectors().stream().map(StatusReport::text).toList()));
      }
      case IkeEvent.ChildDown down -> {
        if (roads != null && down.child().tunnel()) {
          roads.close(down.child().remoteSelectors(), down.child().remote().address());
        }
        log(down.child().connection(), "child " + down.child().child() + " ends: " + down.reason());
      }
      case IkeEvent.IkeUp up -> {
        if (!up.rekeyed()) {
          log(up.connection(), "is established");
        }
      }
      case IkeEvent.IkeDown down -> {} // the engine's own line says it
      case IkeEvent.AcquireFailed failed -> tunnels.acquireFailed(now, failed.acquire());
      case IkeEvent.VirtualIp virtual -> {
        if (roads != null) {
          roads.address(virtual.address(), virtual.given());
        }
        log(
            virtual.connection(),
            virtual.address() + (virtual.given() ? " is ours" : " is given back"));
      }
      case IkeEvent.Keys keys -> writeKeys(() -> traces.keys(keys));
    }
    waiters.hear(event);
  }

  private interface KeyWriting {
    void write() throws IOException;
  }

  private void writeKeys(KeyWriting writing) {
    try {
      writing.write();
    } catch (IOException problem) {
      log("", "keys cannot be written: " + problem.getMessage());
    }
  }

  private void install(long now, ChildParameters child, boolean inbound) {
    writeKeys(() -> traces.keys(child, inbound));
    if (tun != null) {
      tunnels.install(now, child, inbound);
    }
  }

  private void remove(long now, ChildParameters child, boolean inbound) {
    if (tun != null) {
      tunnels.remove(now, child, inbound);
    }
  }

  private void trap(long now, IkeEvent.Trap trap) {
    Connection connection = connection(trap.connection());
    Child child = connection == null ? null : connection.child(trap.child());
    if (connection == null || child == null || roads == null) {
      return;
    }
    IpAddress peer = connection.peer();
    IpAddress here = connection.here();
    here = here == null && peer != null ? source(peer) : here;
    boolean fresh = tunnels.trap(now, connection, child, here);
    if (fresh && here != null && peer != null) {
      roads.open(Tunnels.ranges(child.local(), here), Tunnels.ranges(child.remote(), peer), peer);
    }
  }

  // Commands, each on a thread of its own.

  private IkeReport answer(IkeRequest request) {
    CompletableFuture<IkeReport> answer = new CompletableFuture<>();
    timeline.onLoop(
        () -> {
          begin(request, answer);
          rearm();
        });
    try {
      return request.patience() <= 0
          ? answer.get()
          : answer.get(request.patience(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      timeline.onLoop(() -> waiters.giveUp(answer, "nothing has come of it in time; see the log"));
      return answer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return IkeReport.failed("interrupted");
    } catch (ExecutionException e) {
      return IkeReport.failed(String.valueOf(e.getCause()));
    }
  }

  private void begin(IkeRequest request, CompletableFuture<IkeReport> answer) {
    long now = timeline.now();
    String name = request.connection();
    if (request.verb() == IkeRequest.Verb.STATUS) {
      answer.complete(StatusReport.of(engine.status(), tunnels));
      return;
    }
    if (request.verb() == IkeRequest.Verb.DOWN) {
      answer.complete(IkeReport.done("going down"));
      ended.complete(null);
      return;
    }
    Connection only = name == null && connections.size() == 1 ? connections.getFirst() : null;
    if (only != null) {
      boolean first = request.verb() == IkeRequest.Verb.INITIATE && !only.children().isEmpty();
      begin(
          new IkeRequest(
              request.verb(),
              only.name(),
              request.child() == null && first
                  ? only.children().getFirst().name()
                  : request.child(),
              request.patience()),
          answer);
      return;
    }
    Connection connection = name == null ? null : connection(name);
    String child = request.child();
    if (name == null || connection == null || child != null && connection.child(child) == null) {
      answer.complete(
          IkeReport.failed(
              name == null
                  ? "which of them? "
                      + String.join(", ", connections.stream().map(Connection::name).toList())
                  : "there is no " + (connection == null ? name : name + "/" + child)));
      return;
    }
    if (request.patience() > 0) {
      waiters.add(request, answer);
    }
    int begun =
        switch (request.verb()) {
          case INITIATE -> initiate(now, name, child, answer);
          case REKEY ->
              child == null
                  ? engine.rekeyIke(now, name, out)
                  : engine.rekeyChild(now, name, child, out);
          case REAUTH -> engine.reauthenticate(now, name, out);
          case TERMINATE ->
              child == null
                  ? engine.terminate(now, name, out)
                  : engine.terminateChild(now, name, child, out);
          default -> 0;
        };
    if (begun == 0) {
      waiters.giveUp(answer, "there is nothing to do that to");
      answer.complete(IkeReport.failed("there is nothing to do that to"));
    } else if (request.patience() <= 0) {
      answer.complete(IkeReport.done("begun"));
    }
  }

  private int initiate(
      long now, String name, @Nullable String child, CompletableFuture<IkeReport> answer) {
    for (IkeStatus sa : engine.status()) {
      if (sa.connection().equals(name) && sa.state().equals("ESTABLISHED")) {
        boolean there =
            child == null
                || sa.children().stream()
                    .anyMatch(
                        one ->
                            one.parameters().child().equals(child)
                                && one.state().equals("INSTALLED"));
        if (there) {
          answer.complete(
              IkeReport.done((child == null ? name : child) + " is established already"));
          return 1;
        }
      }
    }
    return engine.initiate(now, name, child, out) ? 1 : 0;
  }

  /** Tells the peers, then closes everything. */
  @Override
  public void close() throws IOException {
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
    if (wire != null) {
      timeline.onLoop(wire::close);
    }
    timeline.close();
    traces.close();
    ended.complete(null);
  }

  private boolean idle() {
    boolean[] none = new boolean[1];
    timeline.onLoop(() -> none[0] = engine.status().isEmpty());
    return none[0];
  }

  /** The way out of the IKE engine. */
  private final class Out implements EventsOnly {

    @Override
    public void emit(Event event) {
      if (event instanceof IkeEvent of) {
        happened(timeline.now(), of);
      }
    }
  }

  /** What the data path asks IKE for: later, since IKE may be in the midst of telling it things. */
  private final class Desk implements Tunnels.Desk {
    @Override
    public void acquire(IkeAcquire acquire) {
      later(now -> engine.onAcquire(now, acquire, out));
    }

    @Override
    public void expired(int spi, boolean hard) {
      later(now -> engine.onExpire(now, spi, hard, out));
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

    @Override
    public void send(Endpoint local, Endpoint remote, ByteBuf esp) {
      traces.datagram(timeline.now(), local, remote, esp, false);
      udp.send(local, remote, esp);
    }

    @Override
    public void log(String connection, String line) {
      IkeDaemon.this.log(connection, line);
    }
  }

  /** What IKE asks the machine. */
  private final class Machine implements Surroundings {
    @Override
    public @Nullable IpAddress sourceFor(IpAddress peer) {
      return source(peer);
    }

    @Override
    public boolean polmatch(String flow, String policy) {
      // without a policy to ask, a label is for itself alone
      return flow.equals(policy);
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
