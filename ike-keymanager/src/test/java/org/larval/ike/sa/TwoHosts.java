package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.IkeStatus;
import org.larval.ike.Surroundings;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Octets;
import org.larval.packet.Event;
import org.larval.packet.EventsOnly;
import org.larval.wire.IpAddress;

/** Two IKE hosts and a network between them in which every delay and loss comes from a seed. */
final class TwoHosts {
  static final IpAddress A = IpAddress.parse("10.0.0.1");
  static final IpAddress B = IpAddress.parse("10.0.0.2");
  static final long MS = 1_000_000L;
  static final long SECOND = 1_000 * MS;

  private record Flying(long due, long number, End to, Endpoint here, Endpoint there, Octets octets)
      implements Comparable<Flying> {
    @Override
    public int compareTo(Flying other) {
      int byTime = Long.compare(due, other.due);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /** What happens to a datagram on its way. */
  interface Network {
    /** Nanoseconds that it takes, or negative if it is lost. */
    long delay(End from, long now, long number);
  }

  /** One host, its engine, and what its kernel holds. */
  final class End implements EventsOnly, Surroundings {
    final String name;
    IpAddress address;
    final IkeEngine engine;
    final List<String> log = new ArrayList<>();
    final Map<Integer, ChildParameters> inbound = new LinkedHashMap<>();
    final Map<Integer, ChildParameters> outbound = new LinkedHashMap<>();
    final List<IkeEvent> events = new ArrayList<>();
    @Nullable End peer;

    /** Keeps no log and no events, and answers to strangers vanish. */
    boolean quiet;

    End(
        String name,
        IpAddress address,
        Connection connection,
        Settings settings,
        Keyring keyring,
        long seed) {
      this.name = name;
      this.address = address;
      engine =
          new IkeEngine(List.of(connection), settings, keyring, new SplittableRandom(seed), this);
    }

    /** It has another address from now on; what is sent to the old one is lost. */
    void moves(IpAddress other) {
      address = other;
    }

    /** The outbound SA that a kernel would use: the one that was installed last. */
    @Nullable ChildParameters current() {
      ChildParameters last = null;
      for (ChildParameters one : outbound.values()) {
        last = one;
      }
      return last;
    }

    /** Whether a packet that the peer sends now would be opened here. */
    boolean hears() {
      ChildParameters theirs = peer == null ? null : peer.current();
      return theirs != null && inbound.containsKey(theirs.outboundSpi());
    }

    @Override
    public void emit(Event event) {
      IkeEvent ike = (IkeEvent) event;
      if (quiet && ike instanceof IkeEvent.Log) {
        return;
      }
      if (!quiet) {
        events.add(ike);
      }
      switch (ike) {
        case IkeEvent.Send send -> launch(this, send);
        case IkeEvent.Log line -> log.add("%9.3f %s %s".formatted(now / 1e9, name, line.line()));
        case IkeEvent.InstallInbound one -> inbound.put(one.child().inboundSpi(), one.child());
        case IkeEvent.InstallOutbound one -> outbound.put(one.child().outboundSpi(), one.child());
        case IkeEvent.RemoveInbound one -> inbound.remove(one.child().inboundSpi());
        case IkeEvent.RemoveOutbound one -> outbound.remove(one.child().outboundSpi());
        default -> {}
      }
    }

    @Override
    public IpAddress sourceFor(IpAddress to) {
      return address;
    }

    @Override
    public boolean polmatch(String flow, String policy) {
      return polmatch.test(flow, policy);
    }

    @Override
    public long lastInbound(ChildParameters child) {
      return Long.MIN_VALUE;
    }

    @Override
    public long date(long at) {
      return 1_700_000_000_000L + at / MS;
    }

    /** The IKE SAs that can be used. */
    List<IkeStatus> established() {
      return engine.status().stream().filter(one -> one.state().equals("ESTABLISHED")).toList();
    }
  }

  private final PriorityQueue<Flying> flying = new PriorityQueue<>();
  private final Network network;
  private long number;
  long now;
  final End a;
  final End b;
  java.util.function.BiPredicate<String, String> polmatch = String::equals;
  Runnable lossy = () -> {};

  TwoHosts(
      Connection ofA,
      Connection ofB,
      Settings settings,
      Keyring keyring,
      Network network,
      long seed) {
    this(ofA, ofB, settings, keyring, keyring, network, seed);
  }

  TwoHosts(
      Connection ofA,
      Connection ofB,
      Settings settings,
      Keyring ringA,
      Keyring ringB,
      Network network,
      long seed) {
    this.network = network;
    a = new End("A", A, ofA, settings, ringA, seed * 2 + 1);
    b = new End("B", B, ofB, settings, ringB, seed * 2 + 2);
    a.peer = b;
    b.peer = a;
  }

  private void launch(End from, IkeEvent.Send send) {
    long delay = network.delay(from, now, number++);
    End to = from == a ? b : a;
    if (delay >= 0 && send.remote().address().equals(to.address)) {
      flying.add(new Flying(now + delay, number, to, send.remote(), send.local(), send.datagram()));
    }
  }

  private record Carried(long due, End to, int spi) {}

  private final java.util.ArrayDeque<Carried> traffic = new java.util.ArrayDeque<>();
  private long trafficInterval = Long.MAX_VALUE;
  private long nextTraffic = Long.MAX_VALUE;
  private long transit;
  long carried;
  final List<String> lost = new ArrayList<>();

  /** Both hosts send a packet each so often, through whatever SA their kernels would use. */
  void traffic(long interval, long latency) {
    trafficInterval = interval;
    nextTraffic = now;
    transit = latency;
  }

  /** No more packets. */
  void silence() {
    nextTraffic = Long.MAX_VALUE;
  }

  private void packets() {
    while (!traffic.isEmpty() && traffic.getFirst().due() <= now) {
      Carried packet = traffic.removeFirst();
      carried++;
      if (!packet.to().inbound.containsKey(packet.spi())) {
        lost.add("%9.3f %s has no SA %08x".formatted(now / 1e9, packet.to().name, packet.spi()));
      }
    }
    if (nextTraffic <= now) {
      nextTraffic = now + trafficInterval;
      for (End from : List.of(a, b)) {
        ChildParameters sa = from.current();
        if (sa == null) {
          lost.add("%9.3f %s has no SA to send with".formatted(now / 1e9, from.name));
        } else {
          traffic.addLast(new Carried(now + transit, from == a ? b : a, sa.outboundSpi()));
        }
      }
    }
  }

  private long packetsDue() {
    return Math.min(nextTraffic, traffic.isEmpty() ? Long.MAX_VALUE : traffic.getFirst().due());
  }

  /** Lets a datagram of anybody arrive. */
  void inject(End to, Endpoint from, Octets octets) {
    to.engine.onDatagram(now, new Endpoint(to.address, 500), from, octets, to);
  }

  /** Runs until a time. */
  void run(long until) {
    while (true) {
      Flying next = flying.peek();
      long due = Math.min(a.engine.deadline(), b.engine.deadline());
      long when = Math.min(due, next == null ? Long.MAX_VALUE : next.due());
      when = Math.min(when, packetsDue());
      if (when > until) {
        now = until;
        return;
      }
      now = Math.max(now, when);
      if (packetsDue() <= now) {
        packets();
      } else if (next != null && next.due() <= now) {
        flying.remove();
        next.to().engine.onDatagram(now, next.here(), next.there(), next.octets(), next.to());
      } else if (a.engine.deadline() <= now) {
        a.engine.onDeadline(now, a);
      } else {
        b.engine.onDeadline(now, b);
      }
    }
  }

  /** Both logs, for a failed test. */
  String story() {
    List<String> all = new ArrayList<>(a.log);
    all.addAll(b.log);
    all.sort(java.util.Comparator.comparing(line -> line.substring(0, 9)));
    return String.join("\n", all);
  }
}
