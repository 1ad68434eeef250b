package org.larval.lab.ike;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Connection;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** The raw sockets that the daemon has, by protocol and family: ESP and AH without UDP. */
final class Wires {
  /** No raw sockets. */
  static final Wires NONE = new Wires(List.of());

  private record Wire(int protocol, boolean v6, PacketPort port) {}

  private final List<Wire> wires;

  private Wires(List<Wire> wires) {
    this.wires = wires;
  }

  /**
   * Opens those that can be had.
   *
   * @param ah whether AH is wanted too
   * @param mark of the packets that they send
   * @param complaints hears of those that cannot be had
   */
  static Wires open(
      boolean ah,
      int mark,
      EventLoop loop,
      PacketPool pool,
      PacketPort.Receiver receiver,
      Consumer<String> complaints) {
    List<Wire> wires = new ArrayList<>();
    for (int protocol :
        ah ? new int[] {IpProtocol.ESP, IpProtocol.AH} : new int[] {IpProtocol.ESP}) {
      for (boolean v6 : new boolean[] {false, true}) {
        try {
          wires.add(
              new Wire(protocol, v6, PacketPort.raw(protocol, v6, mark, loop, pool, receiver)));
        } catch (IOException problem) {
          complaints.accept(
              problem.getMessage()
                  + (protocol == IpProtocol.ESP ? "; ESP goes inside UDP there" : ""));
        }
      }
    }
    return new Wires(wires);
  }

  /** Whether packets of a protocol can go without UDP. */
  boolean carries(int protocol, boolean v6) {
    return port(protocol, v6) != null;
  }

  /** Where ESP cannot go without UDP, the peer is told that there is a NAT. */
  Connection passable(Connection connection) {
    List<Prefix> all =
        Stream.concat(connection.local().stream(), connection.remote().stream()).toList();
    for (boolean v6 : new boolean[] {false, true}) {
      boolean may = all.isEmpty() || all.stream().anyMatch(one -> one.address().v6() == v6);
      if (may && !carries(IpProtocol.ESP, v6)) {
        return connection.encapsulated();
      }
    }
    return connection;
  }

  private @Nullable PacketPort port(int protocol, boolean v6) {
    for (int i = 0; i < wires.size(); i++) {
      Wire one = wires.get(i);
      if (one.protocol() == protocol && one.v6() == v6) {
        return one.port();
      }
    }
    return null;
  }

  /** Sends a packet as it is; its end here. */
  void write(Packet packet) {
    int at = packet.buffer().readerIndex();
    boolean v6 = packet.buffer().getUnsignedByte(at) >>> 4 == 6;
    PacketPort port = port(packet.buffer().getUnsignedByte(at + (v6 ? 6 : 9)), v6);
    if (port == null) {
      packet.release();
    } else {
      port.write(packet);
    }
  }

  void close() {
    wires.forEach(one -> one.port().close());
  }
}
