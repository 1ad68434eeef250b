package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.lab.time.RealTimeline;
import org.larval.packet.Event;
import org.larval.packet.EventsOnly;
import org.larval.wire.IpAddress;

/** What the IKE engine wants done or known, done and made known on this machine. */
final class Happenings implements EventsOnly {
  private final RealTimeline timeline;
  private final List<Connection> connections;
  private final LogBook book;
  private final UdpPorts udp;
  private final Tunnels tunnels;
  private final @Nullable Roads roads;
  private final Traces traces;
  private final Waiters waiters;

  /**
   * What happens.
   *
   * @param roads of the TUN device, or null if no packets are carried
   */
  Happenings(
      RealTimeline timeline,
      List<Connection> connections,
      LogBook book,
      UdpPorts udp,
      Tunnels tunnels,
      @Nullable Roads roads,
      Traces traces,
      Waiters waiters) {
    this.timeline = timeline;
    this.connections = connections;
    this.book = book;
    this.udp = udp;
    this.tunnels = tunnels;
    this.roads = roads;
    this.traces = traces;
    this.waiters = waiters;
  }

  @Override
  public void emit(Event event) {
    if (event instanceof IkeEvent of) {
      happened(timeline.now(), of);
    }
  }

  private boolean carries() {
    return roads != null;
  }

  private void log(String connection, String line) {
    book.write(timeline.now(), connection, line);
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
        if (roads != null) {
          tunnels.move(now, move.before(), move.after());
          roads.move(move.after());
        }
      }
      case IkeEvent.Trap trap -> trap(now, trap);
      case IkeEvent.ChildUp up -> {
        if (roads != null) {
          roads.open(up.child(), up.replaces());
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
        if (roads != null) {
          roads.close(down.child());
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
    if (carries()) {
      tunnels.install(now, child, inbound);
    }
  }

  private void remove(long now, ChildParameters child, boolean inbound) {
    if (carries()) {
      tunnels.remove(now, child, inbound);
    }
  }

  private void trap(long now, IkeEvent.Trap trap) {
    Connection connection = Orders.named(connections, trap.connection());
    Child child = connection == null ? null : connection.child(trap.child());
    if (connection == null || child == null || roads == null) {
      return;
    }
    IpAddress peer = connection.peer();
    IpAddress here = connection.here();
    here = here == null && peer != null ? Whereabouts.source(peer) : here;
    boolean fresh = tunnels.trap(now, connection, child, here);
    if (fresh && here != null && peer != null) {
      roads.trap(child, here, peer);
    }
  }
}
