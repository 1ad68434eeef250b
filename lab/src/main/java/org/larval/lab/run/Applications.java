package org.larval.lab.run;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.larval.guest.Timed;
import org.larval.guest.app.App;
import org.larval.guest.app.DnsFlow;
import org.larval.guest.app.DnsResponder;
import org.larval.guest.app.PingFlow;
import org.larval.guest.app.UdpFlow;
import org.larval.guest.app.UdpSink;
import org.larval.guest.tcp.TcpBulkFlow;
import org.larval.guest.tcp.TcpEchoFlow;
import org.larval.guest.tcp.TcpEchoServer;
import org.larval.guest.tcp.TcpListener;
import org.larval.guest.tcp.TcpSink;
import org.larval.lab.file.LabFile.Traffic;
import org.larval.lab.time.Timeline;
import org.larval.packet.Effects;
import org.larval.packet.Errno;

/** Starts {@code traffic:}: the application that sends, and the one that answers. */
final class Applications {
  private static final long SECOND = 1_000_000_000L;

  private final Timeline timeline;
  private final Ledger ledger;
  private final Map<String, GuestNode> guests;
  private final int onlyFlow;

  /** A guest, a protocol and a port at which somebody listens already. */
  private record Service(String guest, String what, int port) {}

  private final Set<Service> services = new LinkedHashSet<>();

  Applications(Timeline timeline, Ledger ledger, Map<String, GuestNode> guests, int onlyFlow) {
    this.timeline = timeline;
    this.ledger = ledger;
    this.guests = guests;
    this.onlyFlow = onlyFlow;
  }

  /**
   * Starts one entry; its account is opened in any case, so that flows keep their numbers.
   *
   * @param label SID of its socket, 0 for the guest's
   */
  void start(Traffic traffic, int label) {
    boolean answers =
        switch (traffic.kind()) {
          case Traffic.Udp udp -> !guests.containsKey(traffic.to()); // outside, echoes alone tell
          case Traffic.TcpBulk bulk -> false;
          case Traffic.Ping ping -> true;
          case Traffic.TcpEcho echo -> true;
          case Traffic.Dns dns -> true;
        };
    ledger.open(traffic.kind().label(), traffic.from(), traffic.to(), answers);
    if (onlyFlow != 0 && onlyFlow != traffic.flow()) {
      return;
    }
    GuestNode to = guests.get(traffic.to());
    if (to != null) {
      answer(traffic, to);
    }
    GuestNode from = guests.get(traffic.from());
    if (from != null) {
      send(traffic, from, label == 0 ? from.sid() : label);
    }
  }

  /** Starts what serves the traffic; a guest outside has its own programs. */
  private void answer(Traffic traffic, GuestNode to) {
    switch (traffic.kind()) {
      case Traffic.Udp udp -> {
        if (services.add(new Service(to.name(), "udp", udp.port()))) {
          run(traffic, to, new UdpSink(to.stack(), udp.port(), 0, udp.echo(), to.sid()));
        }
      }
      case Traffic.Ping ping -> {}
      case Traffic.Dns dns -> {
        if (services.add(new Service(to.name(), "dns", 53))) {
          run(traffic, to, new DnsResponder(to.stack(), to.sid()));
        }
      }
      case Traffic.TcpEcho echo -> {
        if (services.add(new Service(to.name(), "tcp", echo.port()))) {
          listening(
              traffic,
              to,
              new TcpEchoServer(to.tcp(), null, echo.port(), to.sid(), ledger).listener());
        }
      }
      case Traffic.TcpBulk bulk -> {
        if (services.add(new Service(to.name(), "tcp", bulk.port()))) {
          listening(
              traffic, to, new TcpSink(to.tcp(), null, bulk.port(), to.sid(), ledger).listener());
        }
      }
    }
  }

  private void listening(Traffic traffic, GuestNode guest, TcpListener listener) {
    ended(traffic, guest, listener.error());
  }

  private void ended(Traffic traffic, GuestNode guest, Errno error) {
    if (error != Errno.OK) {
      ledger.died(timeline.now(), traffic.flow(), error);
      if (error == Errno.EACCES) {
        String denial = guest.denial();
        FlowAccount account = ledger.flow(traffic.flow());
        if (guest.name().equals(traffic.from())) {
          account.denied(denial);
        } else {
          account.serverDenied(denial);
        }
      }
    }
  }

  private void send(Traffic traffic, GuestNode from, int sid) {
    switch (traffic.kind()) {
      case Traffic.Udp udp -> run(traffic, from, udp(traffic, udp, from, sid));
      case Traffic.Ping ping -> run(traffic, from, ping(traffic, ping, from, sid));
      case Traffic.Dns dns -> run(traffic, from, dns(traffic, dns, from, sid));
      case Traffic.TcpEcho echo -> echo(traffic, echo, from, sid);
      case Traffic.TcpBulk bulk -> bulk(traffic, bulk, from, sid);
    }
  }

  private void run(Traffic traffic, GuestNode guest, App app) {
    ended(traffic, guest, app.start(timeline.now(), guest.effects()));
  }

  private static App udp(Traffic traffic, Traffic.Udp udp, GuestNode from, int sid) {
    return new UdpFlow(
        from.stack(),
        new UdpFlow.Settings(
            traffic.flow(),
            traffic.target(),
            udp.port(),
            udp.every(),
            udp.count(),
            udp.size(),
            udp.connected(),
            traffic.blocking(),
            traffic.start(),
            udp.firstAfter(),
            sid,
            udp.diesOnEagain()));
  }

  private static App ping(Traffic traffic, Traffic.Ping ping, GuestNode from, int sid) {
    return new PingFlow(
        from.stack(),
        new PingFlow.Settings(
            traffic.flow(),
            traffic.target(),
            ping.every(),
            ping.count(),
            ping.size(),
            traffic.blocking(),
            traffic.start(),
            sid,
            false));
  }

  private static App dns(Traffic traffic, Traffic.Dns dns, GuestNode from, int sid) {
    return new DnsFlow(
        from.stack(),
        new DnsFlow.Settings(
            traffic.flow(),
            traffic.target(),
            dns.every(),
            dns.count(),
            traffic.blocking(),
            traffic.start(),
            sid));
  }

  private void echo(Traffic traffic, Traffic.TcpEcho echo, GuestNode from, int sid) {
    TcpEchoFlow flow =
        new TcpEchoFlow(
            from.tcp(),
            new TcpEchoFlow.Plan(
                traffic.flow(),
                sid,
                null,
                traffic.target(),
                echo.port(),
                !traffic.blocking(),
                traffic.start(),
                echo.exchanges(),
                echo.giveUp(),
                2 * SECOND,
                SECOND / 100),
            ledger);
    from.stack().timed(alarmed(flow::deadline, flow::onDeadline));
  }

  private void bulk(Traffic traffic, Traffic.TcpBulk bulk, GuestNode from, int sid) {
    TcpBulkFlow flow =
        new TcpBulkFlow(
            from.tcp(),
            traffic.flow(),
            sid,
            traffic.target(),
            bulk.port(),
            bulk.bytes(),
            traffic.start(),
            ledger);
    if (!guests.containsKey(traffic.to())) {
      flow = flow.receiverElsewhere();
    }
    from.stack().timed(alarmed(flow::deadline, flow::onDeadline));
  }

  /** What an application does when its deadline comes. */
  @FunctionalInterface
  private interface OnDeadline {
    void run(long now, Effects out);
  }

  private static Timed alarmed(LongSupplier deadline, OnDeadline action) {
    return new Timed() {
      @Override
      public long deadline() {
        return deadline.getAsLong();
      }

      @Override
      public void onDeadline(long now, Effects out) {
        action.run(now, out);
      }
    };
  }
}
