package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.message.Selector;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.UdpView;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Hold;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Migration;
import org.larval.xfrm.Mode;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.State;
import org.larval.xfrm.Template;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.XfrmEvent;
import org.larval.xfrm.crypto.CryptoChoice;
import org.larval.xfrm.transform.StateMaker;

/**
 * The daemon's data path: our xfrm engine between the TUN device and the UDP sockets. Nothing of
 * the TUN device ever leaves in clear. As strongSwan does, a label in mode simple chooses among SAs
 * when they are negotiated and stands neither on policies nor on states.
 */
final class Tunnels {
  private static final int LARGEST = 65_535;
  private static final int V4 = Ipv4View.HEADER + UdpView.HEADER;
  private static final int V6 = Ipv6View.HEADER + UdpView.HEADER;
  private static final int HOPS = 64;
  private static final long SECOND = 1_000_000_000L;
  private static final int FIRST_PRIORITY = 100_000;

  /** What the data path tells and asks. */
  interface Desk {
    void acquire(IkeAcquire acquire);

    void expired(int spi, boolean hard);

    void send(Endpoint local, Endpoint remote, ByteBuf esp);

    void log(String connection, String line);
  }

  private final XfrmEngine engine;
  private final AgreedStates states;
  private final PolicyShelf shelf;
  private final PacketPool pool;
  private final Desk desk;
  private final Out released = new Out(Stage.RELEASED);
  private final Out encrypted = new Out(Stage.ENCRYPTED);
  private final Out opened = new Out(Stage.OPENED);
  private final FlowKey flow = new FlowKey();
  private final Map<Long, ChildParameters> pairs = new LinkedHashMap<>();
  private final Map<List<Object>, Integer> reqids = new LinkedHashMap<>();
  private final Map<String, Long> traps = new LinkedHashMap<>();
  private @Nullable PacketPort tun;
  private @Nullable PacketPort wire;
  private int lastReqid = 0x1000_0000;
  private long moment;
  private @Nullable Endpoint lastLocal;
  private @Nullable Endpoint lastRemote;

  private enum Stage {
    RELEASED,
    ENCRYPTED,
    OPENED
  }

  Tunnels(SaMissPolicy rules, PacketPool pool, RandomGenerator random, Desk desk) {
    engine = new XfrmEngine("host", rules, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    states = new AgreedStates(new StateMaker(CryptoChoice.AUTO.open(), random));
    shelf = new PolicyShelf(engine.spd());
    this.pool = pool;
    this.desk = desk;
  }

  /**
   * Where packets pass.
   *
   * @param host TUN device
   * @param esp raw socket for ESP without UDP, or null
   */
  void through(PacketPort host, @Nullable PacketPort esp) {
    tun = host;
    wire = esp;
  }

  // What IKE says.

  /** Installs one half of a pair, with the policies of its direction. */
  void install(long now, ChildParameters child, boolean inbound) {
    if (!child.tunnel()) {
      desk.log(
          child.connection(),
          "child "
              + child.child()
              + " is in transport mode, which a TUN device cannot carry; use mode tunnel");
      return;
    }
    if (!child.encapsulated() && (wire == null || child.local().address().v6())) {
      desk.log(
          child.connection(),
          "child " + child.child() + " is not encapsulated in UDP and carries nothing here");
      return;
    }
    int reqid = reqid(child);
    pairs.put(child.id(), child);
    try {
      ChildParameters own = child.withReqid(reqid);
      State state = inbound ? states.inbound(own, null) : states.outbound(own, null);
      Errno errno = engine.sad().install(now, state, released);
      if (errno != Errno.OK) {
        desk.log(child.connection(), "an SA of child " + child.child() + " is refused: " + errno);
        return;
      }
      policies(now, child, inbound, reqid);
    } catch (IllegalArgumentException problem) {
      desk.log(child.connection(), "child " + child.child() + ": " + problem.getMessage());
    }
  }

  private static List<Object> kin(ChildParameters child) {
    return List.of(
        child.connection(),
        child.child(),
        Objects.toString(child.label(), ""),
        child.localSelectors(),
        child.remoteSelectors());
  }

  /** A pair and those that replace it have one reqid, also where IKE has given them two. */
  private int reqid(ChildParameters child) {
    Long trap = traps.get(child.connection() + "/" + child.child());
    if (trap != null) {
      return trapReqid(trap);
    }
    return reqids.computeIfAbsent(kin(child), kin -> ++lastReqid);
  }

  private static int trapReqid(long trap) {
    return (int) (0x2000_0000 - trap);
  }

  private static Encap encap(ChildParameters child, boolean inbound) {
    int here = child.local().port();
    int there = child.remote().port();
    return new Encap(
        Encap.Type.ESPINUDP,
        inbound ? there : here,
        inbound ? here : there,
        IpAddress.any(child.remote().address().v6()));
  }

  private void policies(long now, ChildParameters child, boolean inbound, int reqid) {
    IpAddress here = child.local().address();
    IpAddress there = child.remote().address();
    List<Policy> policies =
        inbound
            ? policies(
                Direction.IN,
                child.remoteSelectors(),
                child.localSelectors(),
                there,
                here,
                child.protocol(),
                reqid)
            : policies(
                Direction.OUT,
                child.localSelectors(),
                child.remoteSelectors(),
                here,
                there,
                child.protocol(),
                reqid);
    for (Policy policy : policies) {
      Errno errno = shelf.put(now, owner(child, inbound), policy, released);
      if (errno != Errno.OK) {
        desk.log(child.connection(), "a policy of child " + child.child() + " is refused");
      }
    }
  }

  private static long owner(ChildParameters child, boolean inbound) {
    return child.id() * 2 + (inbound ? 1 : 0);
  }

  private static List<Policy> policies(
      Direction direction,
      List<Selector.Range> sources,
      List<Selector.Range> targets,
      IpAddress from,
      IpAddress to,
      int protocol,
      int reqid) {
    List<Policy> policies = new ArrayList<>();
    for (org.larval.xfrm.Selector selector : SelectorCover.of(sources, targets)) {
      int width = 2 * selector.source().address().bits();
      int priority =
          FIRST_PRIORITY
              + 4 * (width - selector.source().length() - selector.target().length())
              + (selector.protocol() == 0 ? 2 : 0)
              + (selector.sourceMask() == 0 && selector.targetMask() == 0 ? 1 : 0);
      policies.add(
          new Policy(
              direction,
              selector,
              priority,
              0,
              Policy.Action.ALLOW,
              Mark.NONE,
              0,
              null,
              List.of(new Template(from, to, 0, protocol, reqid, Mode.TUNNEL, false))));
    }
    return policies;
  }

  /** Takes one half of a pair out. */
  void remove(long now, ChildParameters child, boolean inbound) {
    shelf.drop(now, owner(child, inbound), released);
    Errno errno = engine.sad().delete(now, AgreedStates.id(child, inbound), 0, released);
    if (errno != Errno.OK && errno != Errno.ESRCH) {
      desk.log(child.connection(), "an SA of child " + child.child() + " stays: " + errno);
    }
    if (inbound) {
      pairs.remove(child.id());
      List<Object> kin = kin(child);
      if (pairs.values().stream().noneMatch(other -> kin(other).equals(kin))) {
        reqids.remove(kin);
      }
    }
  }

  /** A pair is between other addresses; numbers and windows go on. */
  void move(long now, ChildParameters before, ChildParameters after) {
    if (pairs.replace(before.id(), after) == null) {
      return;
    }
    for (boolean inbound : new boolean[] {false, true}) {
      if (engine.sad().find(AgreedStates.id(before, inbound), 0) == null) {
        continue;
      }
      int reqid = reqid(before);
      org.larval.xfrm.Selector any =
          inbound
              ? SelectorCover.of(before.remoteSelectors(), before.localSelectors()).getFirst()
              : SelectorCover.of(before.localSelectors(), before.remoteSelectors()).getFirst();
      // the templates as they were, so that the engine finds what is to move
      policies(now, before, inbound, reqid);
      IpAddress here = before.local().address();
      IpAddress there = before.remote().address();
      Migration migration =
          new Migration(
              inbound ? there : here,
              inbound ? here : there,
              inbound ? after.remote().address() : after.local().address(),
              inbound ? after.local().address() : after.remote().address(),
              before.protocol(),
              Mode.TUNNEL,
              reqid);
      Errno errno =
          engine.migrate(
              now,
              any,
              inbound ? Direction.IN : Direction.OUT,
              List.of(migration),
              after.encapsulated() ? encap(after, inbound) : null,
              0,
              released);
      if (errno != Errno.OK) {
        desk.log(
            before.connection(), "an SA of child " + before.child() + " cannot move: " + errno);
      }
      shelf.drop(now, owner(before, inbound), released);
      policies(now, after, inbound, reqid);
    }
  }

  /** A policy waits for the traffic of a child; whether it does so from now on. */
  boolean trap(long now, Connection connection, Child child, @Nullable IpAddress from) {
    IpAddress to = connection.peer();
    if (from == null || to == null || !child.tunnel()) {
      desk.log(
          connection.name(),
          "child "
              + child.name()
              + " cannot wait for traffic: it needs one remote address, a"
              + " route to it, and mode tunnel");
      return false;
    }
    String name = connection.name() + "/" + child.name();
    Long owner = traps.get(name);
    boolean fresh = owner == null;
    if (owner == null) {
      owner = -1L - traps.size();
      traps.put(name, owner);
    }
    List<Selector.Range> local = ranges(child.local(), from);
    List<Selector.Range> remote = ranges(child.remote(), to);
    for (Policy policy :
        policies(Direction.OUT, local, remote, from, to, IpProtocol.ESP, trapReqid(owner))) {
      Errno errno = shelf.put(now, owner, policy, released);
      if (errno != Errno.OK) {
        desk.log(connection.name(), "the trap of child " + child.name() + " is refused: " + errno);
      }
    }
    return fresh;
  }

  static List<Selector.Range> ranges(List<TrafficSpec> specs, IpAddress host) {
    List<Selector.Range> ranges = new ArrayList<>();
    for (TrafficSpec spec : specs) {
      org.larval.wire.Prefix prefix = spec.addresses(host);
      int hostBits = prefix.address().bits() - prefix.length();
      IpAddress first = prefix.network().address();
      long lowBits = hostBits >= Long.SIZE ? -1L : (1L << hostBits) - 1;
      long highBits =
          hostBits <= Long.SIZE
              ? 0
              : hostBits == 2 * Long.SIZE ? -1L : (1L << hostBits - Long.SIZE) - 1;
      IpAddress last =
          first.v6()
              ? IpAddress.ofV6(first.high() | highBits, first.low() | lowBits)
              : IpAddress.ofV4((int) (first.low() | lowBits));
      ranges.add(
          new Selector.Range(spec.protocol(), spec.firstPort(), spec.lastPort(), first, last));
    }
    return ranges;
  }

  void acquireFailed(long now, IkeAcquire acquire) {
    Errno errno = engine.sad().acquireFailed(now, acquire.sequence(), released);
    assert errno == Errno.OK || errno == Errno.ESRCH : errno;
  }

  /** When the inbound SA of a pair last took a packet, or {@link Long#MIN_VALUE}. */
  long lastInbound(ChildParameters child) {
    State state = engine.sad().find(AgreedStates.id(child, true), 0);
    return state == null || state.lastUsed() < 0 ? Long.MIN_VALUE : state.lastUsed() * SECOND;
  }

  /** Packets and bytes of one half, or null if it is not here. */
  @Nullable State half(ChildParameters child, boolean inbound) {
    return engine.sad().find(AgreedStates.id(child, inbound), 0);
  }

  // Packets.

  /** A packet that the host has sent into the TUN device. */
  void fromHost(long now, Packet packet) {
    moment = now;
    if (!flow.decode(packet)) {
      packet.release();
      return;
    }
    switch (engine.lookup(now, flow, Who.FORWARD, released)) {
      case Bundle bundle -> engine.output(now, packet, bundle, LARGEST, encrypted);
      case Hold hold -> {
        Errno errno = engine.hold(now, hold, packet, released);
        assert errno == Errno.OK || errno == Errno.EAGAIN : errno;
      }
      default -> packet.release();
    }
  }

  /** ESP that came in UDP. */
  void fromPeer(long now, Endpoint local, Endpoint remote, ByteBuf esp) {
    moment = now;
    int length = esp.readableBytes();
    boolean v6 = local.address().v6();
    int outer = v6 ? V6 : V4;
    Packet packet = pool.make(now, outer + length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    if (v6) {
      Ipv6View.emit(
          data,
          at,
          0,
          0,
          UdpView.HEADER + length,
          IpProtocol.UDP,
          HOPS,
          remote.address(),
          local.address());
    } else {
      Ipv4View.emit(
          data,
          at,
          Ipv4View.HEADER,
          V4 + length,
          0,
          0,
          0,
          HOPS,
          IpProtocol.UDP,
          remote.address(),
          local.address());
    }
    int udp = at + outer - UdpView.HEADER;
    data.writerIndex(at + outer);
    data.setShort(udp, remote.port());
    data.setShort(udp + 2, local.port());
    data.setShort(udp + 4, UdpView.HEADER + length);
    data.setShort(udp + 6, 0);
    data.writeBytes(esp, esp.readerIndex(), length);
    engine.inputEncapsulated(now, packet, opened);
  }

  /** ESP that came without UDP, with its IP header. */
  void fromWire(long now, Packet packet) {
    moment = now;
    engine.input(now, packet, opened);
  }

  private void toPeer(Packet packet) {
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    boolean v6 = data.getUnsignedByte(at) >>> 4 == 6;
    if (data.getUnsignedByte(at + (v6 ? 6 : 9)) != IpProtocol.UDP) {
      PacketPort raw = wire;
      if (raw == null || v6) {
        packet.release();
      } else {
        raw.write(packet);
      }
      return;
    }
    int outer = v6 ? V6 : V4;
    IpAddress from = IpAddress.read(data, at + (v6 ? 8 : 12), v6);
    IpAddress to = IpAddress.read(data, at + (v6 ? 24 : 16), v6);
    int udp = at + outer - UdpView.HEADER;
    Endpoint local = known(lastLocal, from, data.getUnsignedShort(udp));
    Endpoint remote = known(lastRemote, to, data.getUnsignedShort(udp + 2));
    lastLocal = local;
    lastRemote = remote;
    ByteBuf esp = data.retainedSlice(at + outer, data.readableBytes() - outer);
    packet.release();
    desk.send(local, remote, esp);
  }

  private static Endpoint known(@Nullable Endpoint last, IpAddress address, int port) {
    return last != null && last.port() == port && last.address().equals(address)
        ? last
        : new Endpoint(address, port);
  }

  private void toHost(Packet packet) {
    PacketPort device = tun;
    if (!engine.admits(moment, packet, Direction.IN, opened)) {
      return;
    }
    if (device == null) {
      packet.release();
    } else {
      device.write(packet);
    }
  }

  // Time.

  long deadline() {
    return engine.deadline();
  }

  void onDeadline(long now) {
    moment = now;
    engine.onDeadline(now, released);
  }

  void close(long now) {
    engine.close(now, released);
  }

  /** The ways out of the engine: what it encrypted, what it opened, and what has waited. */
  private final class Out implements Effects {
    private final Stage stage;

    Out(Stage stage) {
      this.stage = stage;
    }

    @Override
    public void forward(Packet packet) {
      switch (stage) {
        case ENCRYPTED -> toPeer(packet);
        case OPENED -> toHost(packet);
        case RELEASED -> {
          if (packet.companion instanceof Bundle bundle) {
            packet.companion = null;
            engine.output(moment, packet, bundle, LARGEST, encrypted);
          } else {
            packet.release();
          }
        }
      }
    }

    @Override
    public void send(int port, Packet packet) {
      packet.release();
    }

    @Override
    public void deliver(Packet packet) {
      packet.release();
    }

    @Override
    public void absorb(Packet packet) {
      packet.release();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      packet.release();
    }

    @Override
    public void emit(Event event) {
      switch (event) {
        case XfrmEvent.Acquire acquire ->
            desk.acquire(
                new IkeAcquire(
                    acquire.sequence(),
                    acquire.source(),
                    acquire.target(),
                    0,
                    null,
                    AcquiredTraffic.side(acquire.selector(), true),
                    AcquiredTraffic.side(acquire.selector(), false),
                    -1));
        case XfrmEvent.Expire expire -> desk.expired(expire.state().id().spi(), expire.hard());
        default -> {}
      }
    }
  }
}
