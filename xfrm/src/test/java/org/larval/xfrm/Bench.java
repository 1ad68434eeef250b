package org.larval.xfrm;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.Step;
import org.larval.packet.StepAction;
import org.larval.packet.Trail;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Prefix;
import org.larval.wire.UdpView;

/** An engine with time and effects in hand, and what a guest's stack does around it. */
final class Bench implements AutoCloseable {
  static final long MS = 1_000_000L;
  static final long S = 1_000_000_000L;
  static final IpAddress A = IpAddress.parse("10.9.0.1");
  static final IpAddress B = IpAddress.parse("10.9.0.2");
  static final IpAddress C = IpAddress.parse("10.9.0.3");
  static final int REQID = 7;

  final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), true);
  final EffectList out = new EffectList();
  final XfrmEngine engine;
  final FlowKey flow = new FlowKey();
  long now;
  int label;
  private int spi = 0x3000;

  Bench(SaMissPolicy rules) {
    this(rules, AssociationPolicy.ALLOW_ALL);
  }

  Bench(SaMissPolicy rules, AssociationPolicy labels) {
    engine = new XfrmEngine("a", rules, labels, PeerRoutes.ANY);
  }

  static Template esp(int reqid) {
    return new Template(
        IpAddress.ANY4, IpAddress.ANY4, 0, IpProtocol.ESP, reqid, Mode.TRANSPORT, false);
  }

  static Template optional(int reqid) {
    return new Template(
        IpAddress.ANY4, IpAddress.ANY4, 0, IpProtocol.ESP, reqid, Mode.TRANSPORT, true);
  }

  static Template tunnel(IpAddress from, IpAddress to) {
    return new Template(from, to, 0, IpProtocol.ESP, REQID, Mode.TUNNEL, false);
  }

  static Selector udp(IpAddress from, IpAddress to) {
    return new Selector(Prefix.host(from), Prefix.host(to), IpProtocol.UDP, 0, 0, 0, 0, 0);
  }

  static Selector anyTo(String prefix) {
    return Selector.between(Prefix.host(A), Prefix.parse(prefix));
  }

  static Policy policy(
      Direction direction, Selector selector, int priority, Template... templates) {
    return new Policy(
        direction,
        selector,
        priority,
        0,
        Policy.Action.ALLOW,
        Mark.NONE,
        0,
        null,
        List.of(templates));
  }

  static Policy protect() {
    return policy(Direction.OUT, udp(A, B), 0, esp(REQID));
  }

  static Policy protectAll() {
    return policy(Direction.OUT, anyTo("10.9.0.0/24"), 0, esp(REQID));
  }

  static Policy block(Selector selector, int priority) {
    return new Policy(
        Direction.OUT, selector, priority, 0, Policy.Action.BLOCK, Mark.NONE, 0, null, List.of());
  }

  static Policy labelled(Policy policy, @Nullable SecurityLabel label) {
    return new Policy(
        policy.direction(),
        policy.selector(),
        policy.priority(),
        policy.index(),
        policy.action(),
        policy.mark(),
        policy.ifId(),
        label,
        policy.templates());
  }

  StateBuilder sa(IpAddress from, IpAddress to) {
    return State.of(from, to, ++spi, IpProtocol.ESP).reqid(REQID).transform(new PlainEsp());
  }

  State install(StateBuilder builder) {
    State state = builder.build();
    Errno errno = engine.sad().install(now, state, out);
    if (errno != Errno.OK) {
      throw new AssertionError(errno);
    }
    return state;
  }

  void add(Policy policy) {
    Errno errno = engine.spd().add(now, policy, out);
    if (errno != Errno.OK) {
      throw new AssertionError(errno);
    }
  }

  Packet udp(IpAddress to) {
    return udp(to, 7);
  }

  Packet udp(IpAddress to, int port) {
    Packet packet = pool.make(now, 200);
    int payload = 100;
    int start = packet.buffer().readerIndex();
    packet.buffer().writeZero(Ipv4View.HEADER + UdpView.HEADER + payload);
    int length = UdpView.HEADER + payload;
    UdpView.emit(
        packet.buffer(),
        start + Ipv4View.HEADER,
        40_000,
        port,
        length,
        Checksum.pseudoHeader(A, to, IpProtocol.UDP, length));
    Ipv4View.emit(
        packet.buffer(),
        start,
        Ipv4View.HEADER,
        Ipv4View.HEADER + length,
        0,
        1,
        0,
        64,
        IpProtocol.UDP,
        A,
        to);
    packet.label = label;
    return packet;
  }

  Lookup lookup(IpAddress to, Who who) {
    flow.addresses(A, to).ports(IpProtocol.UDP, 40_000, 7);
    flow.label = label;
    return engine.lookup(now, flow, who, out);
  }

  Errno send(IpAddress to) {
    return send(udp(to), Who.LOCAL_NONBLOCKING);
  }

  Errno send(Packet packet, Who who) {
    if (!flow.decode(packet)) {
      throw new AssertionError("not IP");
    }
    return give(packet, engine.lookup(now, flow, who, out));
  }

  Errno give(Packet packet, Lookup answer) {
    return switch (answer) {
      case Bundle bundle -> {
        engine.output(now, packet, bundle, 1500, out);
        yield Errno.OK;
      }
      case Hold hold -> engine.hold(now, hold, packet, out);
      case Lookup.Bypass bypass -> {
        packet.companion = bypass;
        packet.leaked = bypass.leak();
        out.forward(packet);
        yield Errno.OK;
      }
      case Lookup.PassInClear pass -> {
        packet.companion = pass;
        packet.leaked = true;
        out.forward(packet);
        yield Errno.OK;
      }
      case Lookup.Refuse refuse -> {
        out.drop(packet, refuse.reason());
        yield refuse.errno();
      }
      case Lookup.Blackhole blackhole -> {
        out.drop(packet, DropReason.XFRM_OUT_NO_STATES);
        yield Errno.OK;
      }
      case Lookup.Sleep sleep -> {
        out.drop(packet, DropReason.SENDER_GONE);
        yield Errno.ASLEEP;
      }
    };
  }

  /** Lets time pass, with everything that is due. */
  void run(long until) {
    while (engine.deadline() <= until) {
      now = engine.deadline();
      engine.onDeadline(now, out);
    }
    now = until;
  }

  int forwarded() {
    return out.of(EffectList.Forwarded.class).size();
  }

  List<Packet> packets() {
    return out.of(EffectList.Forwarded.class).stream().map(EffectList.Forwarded::packet).toList();
  }

  static List<StepAction> steps(Packet packet) {
    Trail trail = packet.trail();
    return trail == null ? List.of() : trail.steps().stream().map(Step::action).toList();
  }

  int dropped(DropReason reason) {
    return (int) out.drops().stream().filter(reason::equals).count();
  }

  List<XfrmEvent.Acquire> acquires() {
    return out.events(XfrmEvent.Acquire.class);
  }

  long count(XfrmStats.Counter counter) {
    return engine.stats().value(counter);
  }

  @Override
  public void close() {
    engine.close(now, out);
    out.close();
    if (pool.live() != 0) {
      throw new AssertionError(pool.live() + " packets leaked");
    }
  }
}
