package org.larval.guest.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.guest.Caller;
import org.larval.guest.Dst;
import org.larval.guest.IpOutput;
import org.larval.guest.SecurityModule;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.FlowLog;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.TcpView;

/** Two TCP layers and a wire between them whose faults come from a seed. Time is a number. */
final class Wire implements AutoCloseable {
  static final long MS = 1_000_000L;
  static final long SECOND = 1_000_000_000L;
  static final IpAddress A = IpAddress.parse("10.0.0.1");
  static final IpAddress B = IpAddress.parse("10.0.0.2");

  /** What a segment looked like when it left. */
  record Sent(
      long at,
      Host by,
      int sequence,
      int acknowledgement,
      int flags,
      int window,
      int length,
      int mss,
      long segment,
      ByteBuffer bytes) {
    boolean has(int flag) {
      return (flags & flag) == flag;
    }
  }

  /** What the ledger would hear. */
  static final class Log implements FlowLog {
    final List<String> lines = new ArrayList<>();
    final List<Long> connects = new ArrayList<>();
    final List<Integer> synRetransmissions = new ArrayList<>();
    final List<Long> roundTrips = new ArrayList<>();
    final List<Errno> failures = new ArrayList<>();
    int retransmissions;

    @Override
    public void offered(long now, int flow, int sequence) {
      lines.add(now + " offered " + flow + " " + sequence);
    }

    @Override
    public void refused(long now, int flow, int sequence, Errno errno) {
      lines.add(now + " refused " + flow + " " + sequence + " " + errno);
    }

    @Override
    public void asleep(long now, int flow, int sequence) {
      lines.add(now + " asleep " + flow + " " + sequence);
    }

    @Override
    public void received(long now, int flow, int sequence) {
      lines.add(now + " received " + flow + " " + sequence);
    }

    @Override
    public void answered(long now, int flow, int sequence, long roundTripNanos) {
      lines.add(now + " answered " + flow + " " + sequence);
      roundTrips.add(roundTripNanos);
    }

    @Override
    public void connected(long now, int flow, long nanosSinceCall, int synRetransmissions) {
      lines.add(now + " connected " + flow);
      connects.add(nanosSinceCall);
      this.synRetransmissions.add(synRetransmissions);
    }

    @Override
    public void failed(long now, int flow, Errno errno) {
      lines.add(now + " failed " + flow + " " + errno);
      failures.add(errno);
    }

    @Override
    public void died(long now, int flow, Errno errno) {
      lines.add(now + " died " + flow + " " + errno);
    }

    @Override
    public void retransmitted(long now, int flow) {
      retransmissions++;
    }
  }

  /** A path whose answers a test can change. */
  class Path implements Dst {
    final Host host;
    Errno error = Errno.OK;
    boolean valid = true;

    Path(Host host) {
      this.host = host;
    }

    @Override
    public Errno error() {
      return error;
    }

    @Override
    public boolean valid() {
      return valid;
    }

    @Override
    public int mtu() {
      return host.mtu;
    }

    @Override
    public Errno output(long when, Packet packet, Effects out) {
      carry(when, host, packet, out);
      return Errno.OK;
    }
  }

  /** How a host answers a route look-up; null for the plain path. */
  interface Router {
    @Nullable Dst route(long now, FlowKey flow, Caller caller);
  }

  /** One guest: a layer and what lies below it. */
  final class Host implements IpOutput {
    final IpAddress address;
    final TcpLayer tcp;
    final Path plain = new Path(this);
    final List<Caller> routed = new ArrayList<>();
    Router router = (when, flow, caller) -> null;
    StillQueued stillQueued = StillQueued.NEVER;
    SecurityModule module = SecurityModule.NONE;
    int mtu = 1500;

    Host(IpAddress address, TcpSettings settings, RandomGenerator random) {
      this.address = address;
      tcp = new TcpLayer(this, settings, random, log, segment -> stillQueued.stillQueued(segment));
    }

    @Override
    public SecurityModule securityModule() {
      return module;
    }

    @Override
    public PacketPool pool() {
      return pool;
    }

    @Override
    public @Nullable IpAddress sourceFor(IpAddress target) {
      return address;
    }

    @Override
    public Dst route(long when, FlowKey flow, Caller caller, Effects out) {
      routed.add(caller);
      Dst answer = router.route(when, flow, caller);
      return answer == null ? plain : answer;
    }

    @Override
    public Errno output(
        long when,
        Packet packet,
        FlowKey flow,
        Dst dst,
        int trafficClass,
        int ttl,
        boolean dontFragment,
        Effects out) {
      int segment = packet.length();
      int transport = packet.buffer().readerIndex();
      int header = flow.v6 ? Ipv6View.HEADER : Ipv4View.HEADER;
      packet.push(header);
      int at = packet.buffer().readerIndex();
      if (flow.v6) {
        Ipv6View.emit(
            packet.buffer(), at, 0, 0, segment, IpProtocol.TCP, 64, flow.source(), flow.target());
      } else {
        Ipv4View.emit(
            packet.buffer(),
            at,
            header,
            header + segment,
            0,
            0,
            Ipv4View.DONT_FRAGMENT,
            64,
            IpProtocol.TCP,
            flow.source(),
            flow.target());
      }
      packet.headers(at, transport);
      if (packet.length() > dst.mtu()) {
        out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
        return Errno.EMSGSIZE;
      }
      return dst.output(when, packet, out);
    }
  }

  private record Flight(
      long at,
      long order,
      @Nullable Host to,
      @Nullable Packet packet,
      @Nullable LongConsumer action) {}

  final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  final EffectList out = new EffectList();
  final Log log = new Log();
  final List<Sent> sent = new ArrayList<>();
  final List<DropReason> drops = new ArrayList<>();
  final Host a;
  final Host b;
  private final PriorityQueue<Flight> flights =
      new PriorityQueue<>(Comparator.comparingLong(Flight::at).thenComparingLong(Flight::order));
  private final SplittableRandom chance;
  private final TcpView view = new TcpView();
  long now;
  long delay = 5 * MS;
  long jitter;
  double loss;
  double duplication;
  Predicate<Sent> lost = s -> false;

  /** Bytes a second, 0 for no limit; and how many packets wait for it. */
  long rate;

  int queue = 64;
  private final long[] busyUntil = new long[2];
  int largestIcmp = Integer.MAX_VALUE;
  private long order;

  Wire(TcpSettings settings, long seed) {
    this(settings, A, B, seed);
  }

  Wire(TcpSettings settings, IpAddress first, IpAddress second, long seed) {
    this(
        settings,
        first,
        second,
        seed,
        new SplittableRandom(seed * 2 + 1),
        new SplittableRandom(seed * 2 + 2));
  }

  Wire(
      TcpSettings settings,
      IpAddress first,
      IpAddress second,
      long seed,
      RandomGenerator ofFirst,
      RandomGenerator ofSecond) {
    chance = new SplittableRandom(seed);
    a = new Host(first, settings, ofFirst);
    b = new Host(second, settings, ofSecond);
  }

  void carry(long when, Host from, Packet packet, Effects effects) {
    Sent s = look(when, from, packet);
    sent.add(s);
    if (packet.length() > largestIcmp) {
      int mtu = largestIcmp;
      FlowKey flow = new FlowKey();
      flow.decode(packet);
      at(
          when + 2 * delay,
          t -> from.tcp.onIcmpError(t, flow, s.sequence, Errno.EMSGSIZE, mtu, out));
      effects.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return;
    }
    if (lost.test(s) || chance.nextDouble() < loss) {
      effects.drop(packet, DropReason.LINK_LOSS);
      return;
    }
    long leaves = when;
    if (rate > 0) {
      int side = from == a ? 0 : 1;
      long takes = packet.length() * SECOND / rate;
      long start = Math.max(when, busyUntil[side]);
      if (start - when > queue * 1500L * SECOND / rate) {
        effects.drop(packet, DropReason.LINK_QUEUE_FULL);
        return;
      }
      leaves = start + takes;
      busyUntil[side] = leaves;
    }
    if (duplication > 0 && chance.nextDouble() < duplication) {
      fly(leaves, from, pool.copy(when, packet));
    }
    fly(leaves, from, packet);
  }

  private void fly(long when, Host from, Packet packet) {
    long takes = delay + (jitter > 0 ? chance.nextLong(jitter) : 0);
    flights.add(new Flight(when + takes, order++, from == a ? b : a, packet, null));
  }

  private Sent look(long when, Host from, Packet packet) {
    ByteBuf data = packet.buffer();
    int length = data.writerIndex() - packet.transport();
    if (view.wrap(data, packet.transport(), length) != null) {
      throw new AssertionError("a malformed segment left");
    }
    byte[] bytes = new byte[packet.length()];
    data.getBytes(data.readerIndex(), bytes);
    return new Sent(
        when,
        from,
        view.sequence(),
        view.acknowledgement(),
        view.flags(),
        view.window(),
        view.payloadLength(),
        view.mss(),
        packet.segment,
        ByteBuffer.wrap(bytes));
  }

  void at(long when, LongConsumer action) {
    flights.add(new Flight(when, order++, null, null, action));
  }

  /** Puts a packet that no layer sent before a host. */
  void inject(Host to, Packet packet) {
    flights.add(new Flight(now, order++, to, packet, null));
  }

  long nextDeadline() {
    Flight first = flights.peek();
    return Math.min(
        first == null ? Long.MAX_VALUE : first.at, Math.min(a.tcp.deadline(), b.tcp.deadline()));
  }

  /** Runs until nothing is due before {@code end}. */
  void run(long end) {
    while (nextDeadline() <= end) {
      now = Math.max(now, nextDeadline());
      Flight first = flights.peek();
      if (first != null && first.at <= now) {
        flights.poll();
        if (first.action != null) {
          first.action.accept(now);
        } else if (first.to != null && first.packet != null) {
          first.packet.segment = 0;
          first.to.tcp.onSegment(now, first.packet, out);
        }
      } else {
        a.tcp.onDeadline(now, out);
        b.tcp.onDeadline(now, out);
      }
      settle();
    }
    now = end;
  }

  /** Lets an application run by its deadlines too. */
  void run(TcpEchoFlow flow, long end) {
    while (Math.min(flow.deadline(), nextDeadline()) <= end) {
      if (flow.deadline() <= nextDeadline()) {
        now = Math.max(now, flow.deadline());
        flow.onDeadline(now, out);
        settle();
      } else {
        run(nextDeadline());
      }
    }
    now = end;
  }

  void settle() {
    drops.addAll(out.drops());
    out.clear();
  }

  List<Sent> by(Host host) {
    return sent.stream().filter(s -> s.by == host).toList();
  }

  /** Every packet must have ended once the wire is empty. */
  @Override
  public void close() {
    settle();
    for (Flight flight : flights) {
      if (flight.packet != null) {
        flight.packet.release();
      }
    }
    if (pool.live() != 0) {
      throw new AssertionError(pool.live() + " packets did not end");
    }
  }
}
