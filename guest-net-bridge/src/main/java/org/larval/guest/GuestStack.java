package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.FlowLog;
import org.larval.packet.Gate;
import org.larval.packet.Jiffies;
import org.larval.packet.Origin;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;

/**
 * A guest's IP stack, both families: Ethernet frames in, Ethernet frames out, sockets on top. One
 * thread; no clock. Every call may answer with effects; afterwards {@link #deadline} may be
 * earlier.
 *
 * <p>This class is the front door; each idea of the stack has a file of its own: neighbours,
 * routes, fragments, ICMP, sockets. It is longer than others because all that a lab calls stands
 * here.
 */
public final class GuestStack implements IpOutput {
  private final GuestConfig config;
  private final PacketPool pool;
  private final FlowLog flowLog;
  private final List<NetDevice> devices = new ArrayList<>();
  private final List<Timed> timed = new ArrayList<>();
  private final EthernetView ethernet = new EthernetView();
  private final IpHeader outer = new IpHeader();
  private final Sleepers sleepers = new Sleepers();
  private SecurityPath security = SecurityPath.NONE;
  private final OwnPackets headers;
  private boolean loopbackProtected;

  final Alarms alarms = new Alarms();
  final Gates gates = new Gates();
  final Jiffies jiffies;
  final GuestConfig.Limits limits;
  final RoutingTable routes;
  final PathMtus pathMtus;
  final Neighbours neighbours;
  final Arp arp;
  final NeighbourDiscovery neighbourDiscovery;
  final Loopback loopback;
  final Fragmenter fragmenter;
  final Reassembler reassembler;
  final IpInput ipInput;
  final Forwarder forwarder;
  final LocalDelivery localDelivery;
  final IcmpInput icmpInput;
  final IcmpErrors icmpErrors;
  final UdpTable udp;
  final PingTable pings;
  private final NatKeepalives keepalives;

  /**
   * A stack with all NICs up.
   *
   * @param random a stream of its own: identifications, ephemeral ports
   * @param flowLog where it writes what became of application messages
   */
  public GuestStack(GuestConfig config, PacketPool pool, RandomGenerator random, FlowLog flowLog) {
    this.config = config;
    this.pool = pool;
    this.flowLog = flowLog;
    jiffies = config.jiffies();
    limits = config.limits();
    for (int i = 0; i < config.nics().size(); i++) {
      devices.add(new NetDevice(config.name(), i, config.nics().get(i)));
    }
    headers = new OwnPackets(this, random);
    pathMtus = new PathMtus(limits.pathMtus(), alarms);
    routes = new RoutingTable(this, devices, config.routes());
    neighbours = new Neighbours(this, limits.neighbours());
    arp = new Arp(this);
    neighbourDiscovery = new NeighbourDiscovery(this);
    loopback = new Loopback(this, limits.loopbackPackets());
    fragmenter = new Fragmenter(this);
    reassembler = new Reassembler(this);
    ipInput = new IpInput(this);
    forwarder = new Forwarder(this);
    localDelivery = new LocalDelivery(this);
    icmpInput = new IcmpInput(this);
    icmpErrors = new IcmpErrors(this);
    udp = new UdpTable(this, random);
    pings = new PingTable(this, random.nextInt());
    keepalives = new NatKeepalives(this);
  }

  /** The guest's name: the place in trails. */
  public String name() {
    return config.name();
  }

  /** What it was made from. */
  public GuestConfig config() {
    return config;
  }

  /** Where applications write what became of their messages. */
  public FlowLog flowLog() {
    return flowLog;
  }

  /** Plugs IPsec in. */
  public void securityPath(SecurityPath path) {
    security = path;
  }

  SecurityPath security() {
    return security;
  }

  /** Plugs labels in. */
  public void securityModule(SecurityModule plugged) {
    gates.module(plugged);
  }

  @Override
  public SecurityModule securityModule() {
    return gates.module();
  }

  boolean forwarding() {
    return config.forwarding();
  }

  NetDevice device(int nic) {
    return devices.get(nic);
  }

  /**
   * Adds a rule at a hook, after those that are there: behind the security module's checks at
   * OUTPUT and FORWARD, in front of them at POSTROUTING.
   */
  public void gate(Hook hook, Gate gate) {
    gate(hook, hook == Hook.POSTROUTING, gate);
  }

  /** Adds a rule at a hook, on one side of the security module's checks, after those there. */
  public void gate(Hook hook, boolean beforeChecks, Gate gate) {
    gates.add(hook, beforeChecks, gate);
  }

  /** Attaches a transport protocol, in place of an earlier one. */
  public void transport(int protocol, TransportHandler handler) {
    localDelivery.attach(protocol, handler);
  }

  /**
   * Whether packets of this guest to itself meet policies too. They do not at first: Linux sets
   * disable_xfrm and disable_policy of the loopback device.
   */
  public void protectLoopback(boolean on) {
    loopbackProtected = on;
  }

  boolean loopbackProtected() {
    return loopbackProtected;
  }

  /**
   * UDP to this port that is neither IKE nor a keepalive goes to {@link SecurityPath#input} as
   * protocol UDP, {@link Packet#transport()} at the UDP header (RFC 3948); -1 for none.
   */
  public void encapsulationPort(int port) {
    udp.encapsulationPort(port);
  }

  /**
   * Sends a keepalive of address translation: one octet 0xFF over UDP.
   *
   * @param mark that it is routed by
   */
  public void keepTranslation(
      long now,
      IpAddress source,
      int sourcePort,
      IpAddress target,
      int targetPort,
      int mark,
      Effects out) {
    keepalives.send(now, source, sourcePort, target, targetPort, mark, out);
  }

  /** Adds a part with timers of its own. */
  public void timed(Timed part) {
    timed.add(part);
  }

  /** A timer, not set. */
  public Alarm alarm(Alarm.Action action) {
    return alarms.make(action);
  }

  /** A UDP socket, not bound. */
  public UdpSocket udpSocket(UdpSocket.Listener listener) {
    return new UdpSocket(this, listener);
  }

  /** A raw ICMP socket. */
  public PingSocket pingSocket(PingSocket.Listener listener) {
    return new PingSocket(this, listener);
  }

  /** A raw socket that sends whole datagrams. */
  public RawSocket rawSocket() {
    return new RawSocket(this);
  }

  /** The next moment at which something is due, or {@link Long#MAX_VALUE}. */
  public long deadline() {
    long first = alarms.deadline();
    for (int i = 0; i < timed.size(); i++) {
      first = Math.min(first, timed.get(i).deadline());
    }
    return first;
  }

  /** Does what is due; {@link #deadline} may still be now afterwards. */
  public void onDeadline(long now, Effects out) {
    alarms.fire(now, out);
    for (int i = 0; i < timed.size(); i++) {
      Timed part = timed.get(i);
      if (part.deadline() <= now) {
        part.onDeadline(now, out);
      }
    }
  }

  /** Takes a frame from a NIC, reader index at its Ethernet header. */
  public void onFrame(long now, int nic, Packet packet, Effects out) {
    NetDevice device = devices.get(nic);
    arrive(packet, nic);
    ByteBuf data = packet.buffer();
    if (ethernet.wrap(data, data.readerIndex(), data.readableBytes()) != null) {
      out.drop(packet, DropReason.MALFORMED);
      return;
    }
    packet.step(now, name(), StepAction.NIC_IN, null, nic);
    long target = ethernet.target();
    if ((target != device.mac && !MacAddress.isGroup(target)) || ethernet.vlan() >= 0) {
      out.drop(packet, DropReason.NOT_FOR_US);
      return;
    }
    data.readerIndex(ethernet.payload());
    switch (ethernet.type()) {
      case EthernetView.TYPE_ARP -> arp.receive(now, device, packet, out);
      case EthernetView.TYPE_IPV4, EthernetView.TYPE_IPV6 -> {
        int version = ethernet.type() == EthernetView.TYPE_IPV6 ? 6 : 4;
        if (data.isReadable() && data.getUnsignedByte(data.readerIndex()) >>> 4 == version) {
          ipInput.receive(now, packet, out);
        } else {
          out.drop(packet, DropReason.MALFORMED);
        }
      }
      default -> out.drop(packet, DropReason.UNKNOWN_PROTOCOL);
    }
  }

  /** Labels, marks and transforms are local to a guest: nothing of them came over the wire. */
  private static void arrive(Packet packet, int nic) {
    packet.inPort = nic;
    packet.outPort = -1;
    packet.forgetConnection();
    packet.label = 0;
    packet.secmark = 0;
    packet.origin = Origin.FOREIGN;
    packet.mark = 0;
    packet.noXfrm = false;
    packet.segment = 0;
    packet.clearTransforms();
    packet.companion = null;
    packet.headers(-1, -1);
  }

  /** Takes a packet after decapsulation, reader index at the inner IP header; PREROUTING again. */
  public void reinject(long now, Packet packet, Effects out) {
    packet.forgetConnection();
    ipInput.receive(now, packet, out);
  }

  /**
   * Takes a packet after encryption, reader index at the outer IP header: OUTPUT again, the route
   * of the outer destination, and no security look-up.
   *
   * @return what a local sender is told
   */
  public Errno outputTransformed(long now, Packet packet, Effects out) {
    return outputTransformed(now, packet, RouteDst.LOOPBACK_MTU, out);
  }

  /**
   * The same; a packet that is too big for the link is cut into fragments of at most {@code
   * largestFragment} bytes. Linux cuts the ESP packets of its own senders to the MTU of the bundle
   * (1460 for AES-GCM in transport mode over Ethernet), not to that of the link.
   */
  public Errno outputTransformed(long now, Packet packet, int largestFragment, Effects out) {
    packet.noXfrm = true;
    packet.forgetConnection();
    DropReason reason = outer.parse(packet);
    if (reason != null) {
      out.drop(packet, reason);
      return Errno.EINVAL;
    }
    Dst dst = routes.look(outer.v6, outer.targetHigh, outer.targetLow, 0);
    packet.outPort = dst.device() - 1;
    if (!gates.output(now, packet, out)) {
      return gates.refusal();
    }
    if (dst.error() == Errno.OK
        && !outer.v6
        && outer.ipv4.dontFragment()
        && packet.length() > dst.mtu()) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    return dst instanceof RouteDst route
        ? route.output(now, packet, largestFragment, out)
        : dst.output(now, packet, out);
  }

  /**
   * Cuts an IP packet into fragments of at most {@code mtu} bytes, each of which goes the given
   * way: the security path calls it where a packet must be cut before it is encrypted.
   */
  public Errno fragment(long now, Packet packet, int mtu, Fragmenter.Way way, Effects out) {
    return fragmenter.cut(now, packet, mtu, way, out);
  }

  /** Whether an address is this guest's. */
  public boolean owns(IpAddress address) {
    return routes.isOwn(address.v6(), address.high(), address.low());
  }

  /** The route to an address without asking the security path, such as that of a tunnel's end. */
  public Dst routeTowards(IpAddress target) {
    return routes.look(target.v6(), target.high(), target.low(), 0);
  }

  /**
   * Runs POSTROUTING on a packet in clear, before a transform: the security path calls it, since
   * only it knows the moment (after the hold queue).
   *
   * @return true if the packet goes on; false if it is gone, and {@link #refusal} says why
   */
  public boolean postroutingBeforeTransform(long now, Packet packet, Effects out) {
    return gates.postrouting(now, packet, device(packet), true, out);
  }

  /** The NIC that a packet would leave by in clear, or -1. */
  private int device(Packet packet) {
    return packet.origin == Origin.LISTENER && outer.parse(packet) == null
        ? routes.look(outer.v6, outer.targetHigh, outer.targetLow, 0).device() - 1
        : -1;
  }

  /** What a local sender is told after a hook took or dropped its packet just now. */
  public Errno refusal() {
    return gates.refusal();
  }

  /**
   * Tells the sender of a packet, local or not, that it will not get through. The packet stays the
   * caller's; reader index at its IP header.
   */
  public void report(long now, IcmpError error, Packet packet, Effects out) {
    icmpErrors.report(now, error, packet, out);
  }

  /** The same by ICMP even if the sender is local: it hears of it when that packet arrives. */
  public void unreachable(long now, IcmpError error, Packet packet, Effects out) {
    icmpErrors.send(now, error, 0, packet, out);
  }

  /**
   * Tells the sender of an IPv4 packet that an octet of its header is a problem (ICMP 12, code 0).
   *
   * @param pointer the octet's offset in the header, from 0
   */
  public void parameterProblem(long now, int pointer, Packet packet, Effects out) {
    icmpErrors.send(now, IcmpError.PARAMETER_PROBLEM, pointer, packet, out);
  }

  /**
   * Begins to resolve the next hop towards a target, as the first packet of a key exchange with it
   * does.
   */
  public void solicit(long now, IpAddress target, Effects out) {
    if (routes.look(target.v6(), target.high(), target.low(), 0) instanceof RouteDst route) {
      route.solicit(now, out);
    }
  }

  /** Every cached route must be looked up again: after each change of policies (rt_genid_bump). */
  public void invalidateRoutes() {
    routes.invalidate();
  }

  /** The task waits for {@link #wakeSleepers}. */
  public void sleep(Sleeper sleeper) {
    sleepers.add(sleeper);
  }

  void stopSleeping(Sleeper sleeper) {
    sleepers.remove(sleeper);
  }

  /** Every task that sleeps on a look-up repeats its call, in the order of falling asleep. */
  public void wakeSleepers(long now, Effects out) {
    sleepers.wake(now, out);
  }

  @Override
  public PacketPool pool() {
    return pool;
  }

  @Override
  public @Nullable IpAddress sourceFor(IpAddress target) {
    return routes.sourceFor(target);
  }

  /** The route of a flow without asking the security path. */
  public Dst plainRoute(FlowKey flow) {
    return routes.look(flow.v6, flow.targetHigh, flow.targetLow, flow.oif);
  }

  @Override
  public Dst route(long now, FlowKey flow, Caller caller, Effects out) {
    Dst route = plainRoute(flow);
    return exempt(route) ? route : security.resolve(now, flow, route, caller, out);
  }

  /** The same for an ICMP error; see {@link SecurityPath#resolveError}. */
  Dst routeError(long now, FlowKey flow, FlowKey answer, Effects out) {
    Dst route = plainRoute(flow);
    return exempt(route) ? route : security.resolveError(now, flow, answer, route, out);
  }

  /**
   * The loopback device is exempt from IPsec (disable_xfrm), unless a person wants it otherwise.
   */
  private boolean exempt(Dst route) {
    return route.error() != Errno.OK
        || !loopbackProtected && route instanceof RouteDst plain && plain.local();
  }

  @Override
  public Errno output(
      long now,
      Packet packet,
      FlowKey flow,
      Dst dst,
      int trafficClass,
      int ttl,
      boolean dontFragment,
      Effects out) {
    return headers.emit(now, packet, 0, flow, dst, trafficClass, ttl, dontFragment, out);
  }

  @Override
  public Errno answer(
      long now,
      Packet packet,
      int options,
      FlowKey flow,
      Dst dst,
      int trafficClass,
      boolean dontFragment,
      Effects out) {
    return headers.emit(now, packet, options, flow, dst, trafficClass, 0, dontFragment, out);
  }

  int nextIdentification() {
    return headers.nextIdentification();
  }

  /** The lab ends: drops every packet that waits anywhere in this stack. */
  public void close(Effects out) {
    loopback.close(out);
    neighbours.close(out);
    reassembler.close(out);
    udp.close(out);
  }
}
