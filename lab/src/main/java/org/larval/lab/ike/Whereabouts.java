package org.larval.lab.ike;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeStatus;
import org.larval.ike.config.Connection;
import org.larval.ike.sa.IkeEngine;
import org.larval.packet.Effects;
import org.larval.wire.IpAddress;

/** The addresses of this machine that IKE uses, and what is done when they change (RFC 4555). */
final class Whereabouts {
  private static final long SECOND = 1_000_000_000L;

  /** A move that the peer has not answered is tried again after so long. */
  private static final long MOVE_AGAIN = 5 * SECOND;

  private final List<Connection> connections;
  private final UdpPorts udp;
  private final LogBook book;
  private final Map<String, Long> moved = new HashMap<>();

  Whereabouts(List<Connection> connections, UdpPorts udp, LogBook book) {
    this.connections = connections;
    this.udp = udp;
    this.book = book;
  }

  /**
   * Binds what is there.
   *
   * @throws IOException in words for the user, if nothing can be bound
   */
  void bind(long now) throws IOException {
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
      book.write(now, "", refusal);
    }
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

  /** Has the machine other addresses now? */
  void lookAround(long now, IkeEngine engine, Effects out) {
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
        book.write(now, sa.connection(), "this machine is at " + here + " now");
        int count = engine.move(now, sa.connection(), here, out);
        assert count >= 0;
      }
    }
  }

  /** The address that packets to a peer would have as their source, or null. */
  static @Nullable IpAddress source(IpAddress peer) {
    try (DatagramSocket probe = new DatagramSocket()) {
      probe.connect(new InetSocketAddress(UdpPorts.of(peer), Endpoint.IKE));
      IpAddress source = UdpPorts.of(probe.getLocalAddress());
      return source.isAny() ? null : source;
    } catch (SocketException | UncheckedIOException e) {
      return null;
    }
  }
}
