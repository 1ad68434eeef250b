package org.larval.net;

import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;
import org.larval.wire.EthernetView;
import org.larval.wire.MacAddress;

/**
 * A learning bridge: frames to a station seen lately go to its port, all others to every port but
 * the one they came from. It mirrors a Linux bridge without spanning tree ({@code net/bridge}), and
 * differs in that stations are learned per VLAN.
 *
 * <pre>
 *   malformed, or the source is a group or all zero -> MALFORMED
 *   learn source, VLAN, port
 *   01:80:c2:00:00:01 to :0f (pause, LLDP, 802.1X)  -> BRIDGE_RESERVED
 *   known station  at the ingress port              -> BRIDGE_LOOP
 *                  elsewhere                        -> BRIDGED, one port
 *   group or unknown station                        -> FLOODED, or BRIDGE_NO_PORT
 * </pre>
 *
 * <p>VLAN tags pass unchanged; the outermost one counts. <b>There is no spanning tree:</b> bridges
 * in a circle would copy one broadcast for ever, so whoever puts a lab together must refuse
 * circles.
 */
public final class Bridge {
  /** How long a station is remembered after it was last seen: 300 s, as IEEE 802.1D and Linux. */
  public static final long AGE_NANOS = 300_000_000_000L;

  /** How many stations are remembered; a new one replaces the one not seen for longest. */
  public static final int STATIONS = 4096;

  /** The largest number of ports, as Linux' BR_MAX_PORTS. */
  public static final int MAX_PORTS = 1024;

  private static final long RESERVED_GROUPS = 0x0180_c200_0000L;

  private final String name;
  private final int ports;
  private final PacketPool pool;
  private final MacTable stations;
  private final EthernetView frame = new EthernetView();
  private final FrameCounters counters = new FrameCounters();
  private long flooded;
  private long moved;

  /** A bridge that remembers {@link #STATIONS} stations for {@link #AGE_NANOS}. */
  public Bridge(String name, int ports, PacketPool pool) {
    this(name, ports, pool, STATIONS, AGE_NANOS);
  }

  /**
   * A bridge.
   *
   * @param name the place in trails
   * @param ports how many, 1 to {@link #MAX_PORTS}; they are numbered from 0
   * @param pool makes the copies of a flood
   * @param maxStations how many stations are remembered, 1 to 1,048,576
   * @param ageNanos how long a station is remembered after it was last seen
   */
  public Bridge(String name, int ports, PacketPool pool, int maxStations, long ageNanos) {
    if (ports < 1 || ports > MAX_PORTS) {
      throw new IllegalArgumentException("a bridge has 1 to 1024 ports, not " + ports);
    }
    this.name = name;
    this.ports = ports;
    this.pool = pool;
    stations = new MacTable(maxStations, ageNanos);
  }

  /** A frame came in by a port; the reader index is at its Ethernet header. */
  public void onPacket(long now, int port, Packet packet, Effects out) {
    counters.in(packet.length());
    if (frame.wrap(packet.buffer(), packet.buffer().readerIndex(), packet.length()) != null) {
      drop(packet, DropReason.MALFORMED, out);
      return;
    }
    long source = frame.source();
    if (source == 0 || MacAddress.isGroup(source)) {
      drop(packet, DropReason.MALFORMED, out);
      return;
    }
    int vlan = frame.vlan();
    int before = stations.learn(now, MacTable.key(source, vlan), port);
    if (before != MacTable.UNKNOWN && before != port) {
      moved++;
    }
    long target = frame.target();
    if (MacAddress.isGroup(target)) {
      if (target > RESERVED_GROUPS && target <= (RESERVED_GROUPS | 0xf)) {
        drop(packet, DropReason.BRIDGE_RESERVED, out);
      } else {
        flood(now, port, packet, out);
      }
      return;
    }
    int known = stations.port(now, MacTable.key(target, vlan));
    if (known == MacTable.UNKNOWN) {
      flood(now, port, packet, out);
    } else if (known == port) {
      drop(packet, DropReason.BRIDGE_LOOP, out);
    } else {
      send(now, known, packet, StepAction.BRIDGED, out);
    }
  }

  /** Copies go to all ports but the last, which gets the frame itself. */
  private void flood(long now, int ingress, Packet packet, Effects out) {
    int last = ingress == ports - 1 ? ports - 2 : ports - 1;
    if (last < 0) {
      drop(packet, DropReason.BRIDGE_NO_PORT, out);
      return;
    }
    flooded++;
    for (int port = 0; port < last; port++) {
      if (port != ingress) {
        counters.copied();
        send(now, port, pool.copy(now, packet), StepAction.FLOODED, out);
      }
    }
    send(now, last, packet, StepAction.FLOODED, out);
  }

  private void send(long now, int port, Packet packet, StepAction how, Effects out) {
    counters.out(packet.length());
    packet.step(now, name, how, null, port);
    out.send(port, packet);
  }

  private void drop(Packet packet, DropReason reason, Effects out) {
    counters.dropped(reason, packet.length());
    out.drop(packet, reason);
  }

  /** Nothing is ever due: stations age by the time of the next frame. */
  public void onDeadline(long now, Effects out) {}

  /** {@link Long#MAX_VALUE}. */
  public long deadline() {
    return Long.MAX_VALUE;
  }

  /** A port lost its carrier: the stations behind it are forgotten. */
  public void portDown(int port) {
    stations.forget(port);
  }

  /** The port behind which a station was seen lately, or -1. VLAN -1 or 0 for frames without. */
  public int portOf(long now, MacAddress station, int vlan) {
    return stations.port(now, MacTable.key(station.bits(), vlan));
  }

  /** How many stations are remembered. */
  public int stations(long now) {
    return stations.size(now);
  }

  /** The place in trails. */
  public String name() {
    return name;
  }

  /** How many ports it has. */
  public int ports() {
    return ports;
  }

  /** Frames and bytes so far. */
  public FrameCounters counters() {
    return counters;
  }

  /** Frames that went to all ports; their copies are counted as such. */
  public long flooded() {
    return flooded;
  }

  /** How often a station appeared at another port than before. */
  public long moved() {
    return moved;
  }

  @Override
  public String toString() {
    return name;
  }
}
