package org.larval.lab.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.guest.app.App;
import org.larval.guest.app.UdpSink;
import org.larval.guest.tcp.TcpSink;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.Outside;
import org.larval.lab.file.Where;
import org.larval.lab.outside.NetfilePlug;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.GuestReport;
import org.larval.lab.report.RunReport;
import org.larval.nic.Netfile;
import org.larval.nic.NicCounters;
import org.larval.nic.RingFault;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;
import org.larval.wire.Prefix;

/** A guest of ours in a process of its own, at its end of a netfile. */
public final class GuestProcess implements AutoCloseable {
  private static final String NAME = "guest";
  private static final long SECOND = 1_000_000_000L;

  /** How long an answer to the last message is waited for. */
  private static final long PATIENCE = 2 * SECOND;

  /** Where to send. */
  public record Target(IpAddress address, int port) {}

  /**
   * What the guest is and does.
   *
   * @param gateway for its default route, or null
   * @param count of pings, and of datagrams
   * @param every nanoseconds from one to the next
   * @param bytes to each of {@code sends}
   * @param readsTcp ports whose connections are read and thrown away
   * @param echoesUdp ports whose datagrams go back
   * @param lasts nanoseconds; {@link Long#MAX_VALUE} for no end, -1 until all is sent
   */
  public record Task(
      Path netfile,
      List<Prefix> addresses,
      @Nullable IpAddress gateway,
      List<IpAddress> pings,
      List<Target> datagrams,
      int count,
      long every,
      List<Target> sends,
      long bytes,
      List<Integer> readsTcp,
      List<Integer> echoesUdp,
      long lasts) {}

  private final Task task;
  private final MacAddress mac;
  private final LabRun run;
  private final Map<Integer, TcpSink> sinks = new LinkedHashMap<>();
  private final Map<Integer, UdpSink> echoes = new LinkedHashMap<>();

  private GuestProcess(Task task, MacAddress mac, LabRun run) {
    this.task = task;
    this.mac = mac;
    this.run = run;
  }

  /**
   * Attaches to the netfile and begins.
   *
   * @throws IOException if the file cannot be used, yet or at all
   * @throws IllegalArgumentException if a port cannot be listened at
   */
  public static GuestProcess start(Task task, RunOptions options) throws IOException {
    MacAddress mac;
    int mtu;
    try (Netfile file = NetfilePlug.opened(task.netfile(), Netfile.End.GUEST)) {
      mac = file.mac();
      mtu = file.mtu();
    }
    LabRun run = LabRun.start(lab(task, mac, mtu), options.playing(NAME));
    GuestProcess process = new GuestProcess(task, mac, run);
    try {
      process.serve();
      return process;
    } catch (RuntimeException problem) {
      process.close();
      throw problem;
    }
  }

  private void serve() {
    for (int port : task.readsTcp()) {
      served(port, run.start(NAME, shell -> new Reading(shell, port)));
    }
    for (int port : task.echoesUdp()) {
      served(
          port,
          run.start(
              NAME,
              shell -> {
                UdpSink sink = new UdpSink(shell.stack(), port, 0, true, 0);
                echoes.put(port, sink);
                return sink;
              }));
    }
    run.onLoop(run.built()::hear); // not before somebody listens at the ports
  }

  private static void served(int port, Errno answer) {
    if (answer != Errno.OK) {
      throw new IllegalArgumentException("port " + port + " cannot be listened at: " + answer);
    }
  }

  /** A discard service. */
  private final class Reading implements App {
    private final Shell shell;
    private final int port;

    Reading(Shell shell, int port) {
      this.shell = shell;
      this.port = port;
    }

    @Override
    public Errno start(long now, Effects out) {
      TcpSink sink = new TcpSink(shell.tcp(), null, port, 0);
      sinks.put(port, sink);
      return sink.listener().error();
    }

    @Override
    public void stop(Effects out) {}
  }

  private static LabFile lab(Task task, MacAddress mac, int mtu) {
    Where where = new Where(task.netfile().toString(), 1, 1);
    List<LabFile.Route> routes = new ArrayList<>();
    IpAddress gateway = task.gateway();
    if (gateway != null) {
      routes.add(new LabFile.Route(Prefix.any(gateway.v6()), gateway));
    }
    LabFile.Guest guest =
        LabFile.Guest.plain(
            where,
            NAME,
            new LabFile.Nic("eth0", mac, task.addresses(), mtu),
            routes,
            new Outside(where, new Attachment.Netfile(task.netfile().toString()), null));
    List<LabFile.Traffic> traffic = new ArrayList<>();
    for (IpAddress ping : task.pings()) {
      traffic.add(
          flow(where, traffic, ping, new LabFile.Traffic.Ping(task.every(), task.count(), 56)));
    }
    for (Target to : task.datagrams()) {
      traffic.add(
          flow(
              where,
              traffic,
              to.address(),
              new LabFile.Traffic.Udp(
                  to.port(), task.every(), task.count(), 100, false, false, 0, false)));
    }
    for (Target to : task.sends()) {
      traffic.add(
          flow(
              where,
              traffic,
              to.address(),
              new LabFile.Traffic.TcpBulk(to.port(), task.bytes(), Long.MAX_VALUE)));
    }
    return LabFile.of(where, NAME, guest, traffic);
  }

  private static LabFile.Traffic flow(
      Where where, List<LabFile.Traffic> before, IpAddress to, LabFile.Traffic.Kind kind) {
    return new LabFile.Traffic(
        where, before.size() + 1, null, null, NAME, to.toString(), to, 0, true, null, kind);
  }

  /** Lets time pass, in nanoseconds. */
  public void runFor(long nanos) {
    run.runFor(nanos);
  }

  /** Whether its time is up. */
  public boolean over() {
    return task.lasts() < 0 ? done() : run.now() >= task.lasts();
  }

  /** Whether everything was sent, and answered or given up. */
  public boolean done() {
    boolean[] all = {true};
    run.onLoop(
        () -> {
          for (FlowAccount flow : run.ledger().flows()) {
            all[0] &= over(flow, flow.number() > task.pings().size() + task.datagrams().size());
          }
        });
    return all[0];
  }

  private boolean over(FlowAccount flow, boolean bulk) {
    FlowReport report = FlowReport.of(flow);
    if (report.failure() != null || report.died() != null) {
      return true;
    }
    if (bulk) {
      return report.offered() > 0 && report.delivered() == report.offered();
    }
    return report.delivered() == task.count()
        || run.now() > task.every() * (task.count() - 1) + PATIENCE;
  }

  /** Detaches from the netfile and tells what was done. */
  public GuestReport stop() {
    RunReport[] report = new RunReport[1];
    NicCounters[] counters = new NicCounters[1];
    RingFault[] fault = new RingFault[1];
    run.stop();
    run.onLoop(
        () -> {
          report[0] = run.report();
          counters[0] = run.built().node(NAME).counters();
          fault[0] = run.built().node(NAME).fault();
        });
    List<GuestReport.Served> served = new ArrayList<>();
    sinks.forEach(
        (port, sink) ->
            served.add(new GuestReport.Served("tcp", port, sink.bytes(), sink.ended())));
    echoes.forEach(
        (port, sink) ->
            served.add(new GuestReport.Served("udp-echo", port, sink.bytes(), sink.datagrams())));
    return new GuestReport(
        task.netfile().toString(),
        mac.toString(),
        task.addresses().stream().map(Prefix::toString).toList(),
        report[0].endedMs(),
        new GuestReport.Nic(
            counters[0].framesOut(),
            counters[0].bytesOut(),
            counters[0].framesIn(),
            counters[0].bytesIn(),
            counters[0].ringFull(),
            counters[0].badSize(),
            counters[0].brokenDrops(),
            fault[0] == null ? null : fault[0].label()),
        report[0].packets(),
        report[0].flows(),
        served);
  }

  @Override
  public void close() {
    run.close();
  }
}
