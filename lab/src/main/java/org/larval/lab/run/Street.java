package org.larval.lab.run;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.Timeline;
import org.larval.net.Bridge;
import org.larval.net.Impairments;
import org.larval.net.Link;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.pcap.LinkType;

/**
 * Everything between the NICs: links and bridges, joined as the lab file says.
 *
 * <pre>
 *   NIC --> wire --> bridge --> wire --> NIC
 * </pre>
 */
final class Street {
  private final Timeline timeline;
  private final Ledger ledger;
  private final PacketPool pool;
  private final Captures captures;
  private final Map<String, Crossing> crossings = new LinkedHashMap<>();
  private final Map<LabFile.End, Wire> fromNic = new LinkedHashMap<>();
  private final Map<LabFile.End, Socket> toNic = new LinkedHashMap<>();
  private final Wire[][] wires;

  /** The end of a wire at a NIC, which is plugged in later. */
  private static final class Socket implements Arrival {
    private final LabFile.End end;
    private @Nullable Arrival nic;

    Socket(LabFile.End end) {
      this.end = end;
    }

    @Override
    public void arrive(long now, Packet frame) {
      Arrival plugged = nic;
      if (plugged == null) {
        throw new IllegalStateException("no NIC is plugged in at " + end);
      }
      plugged.arrive(now, frame);
    }
  }

  /** A bridge with the wires that leave its ports. */
  private final class Crossing extends RoomEffects {
    private final Bridge bridge;
    private final Wire[] outward;

    Crossing(String name, int ports) {
      super(Street.this.timeline, Street.this.ledger, name);
      bridge = new Bridge(name, ports, pool);
      outward = new Wire[ports];
    }

    @Override
    public void send(int port, Packet packet) {
      outward[port].enter(timeline.now(), packet);
    }

    void arrive(long now, int port, Packet frame) {
      bridge.onPacket(now, port, frame, this);
    }
  }

  Street(
      LabFile file,
      Timeline timeline,
      Randomness randomness,
      Ledger ledger,
      PacketPool pool,
      Captures captures) {
    this.timeline = timeline;
    this.ledger = ledger;
    this.pool = pool;
    this.captures = captures;
    wires = new Wire[file.links().size()][];
    for (String bridge : file.bridges()) {
      long ports =
          file.links().stream()
              .mapToLong(
                  link ->
                      (link.a().node().equals(bridge) ? 1 : 0)
                          + (link.b().node().equals(bridge) ? 1 : 0))
              .sum();
      if (ports > 0) {
        crossings.put(bridge, new Crossing(bridge, (int) ports));
      }
    }
    Map<String, Integer> nextPort = new LinkedHashMap<>();
    List<LabFile.Link> links = file.links();
    for (int i = 0; i < links.size(); i++) {
      wires[i] = join(links.get(i), i, nextPort, randomness);
    }
  }

  private Wire[] join(
      LabFile.Link link, int number, Map<String, Integer> nextPort, Randomness randomness) {
    Link both =
        Link.between(
            link.a().node(),
            link.b().node(),
            pool,
            randomness.stream("link " + number + " " + link.label()));
    both.impair(0, link.impairments());
    int portA = link.a().nic() >= 0 ? -1 : nextPort.merge(link.a().node(), 1, Integer::sum) - 1;
    int portB = link.b().nic() >= 0 ? -1 : nextPort.merge(link.b().node(), 1, Integer::sum) - 1;
    Wire forth = new Wire(both.forth(), timeline, ledger, arrival(link.b(), portB));
    Wire back = new Wire(both.back(), timeline, ledger, arrival(link.a(), portA));
    leave(link.a(), portA, forth);
    leave(link.b(), portB, back);
    for (Wire wire : List.of(forth, back)) {
      Captures.Port port =
          captures.open(link.capture(), wire.direction().name(), LinkType.ETHERNET);
      if (port != null) {
        wire.direction().tap(captures.tap(port));
      }
    }
    return new Wire[] {forth, back};
  }

  private Arrival arrival(LabFile.End end, int port) {
    if (end.nic() < 0) {
      Crossing crossing = crossing(end.node());
      return (now, frame) -> crossing.arrive(now, port, frame);
    }
    return toNic.computeIfAbsent(end, Socket::new);
  }

  private void leave(LabFile.End end, int port, Wire wire) {
    if (end.nic() < 0) {
      crossing(end.node()).outward[port] = wire;
    } else {
      fromNic.put(end, wire);
    }
  }

  private Crossing crossing(String bridge) {
    Crossing crossing = crossings.get(bridge);
    if (crossing == null) {
      throw new IllegalStateException("no bridge " + bridge);
    }
    return crossing;
  }

  /** Plugs a NIC in: where its received frames go. Answers where its sent frames go. */
  Arrival plug(LabFile.End end, Arrival received) {
    toNic.computeIfAbsent(end, Socket::new).nic = received;
    Wire wire = fromNic.get(end);
    RoomEffects unplugged = new RoomEffects(timeline, ledger, end.node()) {};
    return wire == null ? (now, frame) -> unplugged.drop(frame, DropReason.LINK_DOWN) : wire::enter;
  }

  /** Both directions of a link of the lab file. */
  void impair(long now, int link, Impairments impairments) {
    for (Wire wire : wires[link]) {
      wire.direction().impair(now, impairments);
    }
  }

  /** Frames that arrived at the far end of a link so far, over all links. */
  long hops() {
    long hops = 0;
    for (Wire[] both : wires) {
      for (Wire wire : both) {
        hops += wire.direction().counters().framesOut();
      }
    }
    return hops;
  }

  /** Drops what is under way. */
  void end(long now) {
    for (Wire[] both : wires) {
      for (Wire wire : both) {
        wire.direction().end(now, wire.effects());
      }
    }
  }
}
