package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.FlowLog;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;
import org.larval.wire.Prefix;

/**
 * Guests on wires in hand-driven time. When it is closed, every packet must have ended exactly
 * once.
 */
public final class TestNet implements AutoCloseable, FlowLog {
  public static final long MS = 1_000_000L;
  public static final long SECOND = 1000 * MS;

  /** A frame as it left a guest. */
  public record Frame(long at, String guest, int nic, ByteBuf bytes) {}

  /** A packet's end. */
  public record Drop(long at, String guest, DropReason reason) {}

  private record Flight(long at, long order, Port to, Packet packet) {}

  private record Wire(Port from, Port to, long delay) {}

  private record Port(Host host, int nic) {}

  public final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);
  public final List<Frame> frames = new ArrayList<>();
  public final List<Drop> drops = new ArrayList<>();

  /** What applications reported, one line each. */
  public final List<String> log = new ArrayList<>();

  private final List<Host> hosts = new ArrayList<>();
  private final List<Wire> wires = new ArrayList<>();
  private final PriorityQueue<Flight> flights =
      new PriorityQueue<>(Comparator.comparingLong(Flight::at).thenComparingLong(Flight::order));
  private long order;
  public long now;
  public long delivered;
  public long absorbed;
  private long dropped;

  /** Frames that this refuses are lost; they are counted as dropped. */
  public BiPredicate<String, ByteBuf> pass = (guest, frame) -> true;

  /** One guest and its way out. */
  public final class Host implements Effects {
    public final GuestStack stack;

    Host(GuestConfig config) {
      stack =
          new GuestStack(
              config, pool, new SplittableRandom(config.name().hashCode()), TestNet.this);
    }

    @Override
    public void forward(Packet packet) {
      throw new AssertionError("a guest forwards nothing");
    }

    @Override
    public void send(int nic, Packet packet) {
      ByteBuf data = packet.buffer();
      ByteBuf bytes = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(data));
      frames.add(new Frame(now, stack.name(), nic, bytes));
      for (Wire wire : wires) {
        if (wire.from.host == this && wire.from.nic == nic && pass.test(stack.name(), bytes)) {
          flights.add(new Flight(now + wire.delay, order++, wire.to, packet));
          return;
        }
      }
      dropped++;
      packet.release();
    }

    @Override
    public void deliver(Packet packet) {
      delivered++;
      packet.release();
    }

    @Override
    public void absorb(Packet packet) {
      absorbed++;
      packet.release();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      dropped++;
      drops.add(new Drop(now, stack.name(), reason));
      packet.release();
    }

    @Override
    public void emit(Event event) {}
  }

  /** An address list, MTU and a MAC made from a number. */
  public static GuestConfig.Nic nic(int number, int mtu, String... addresses) {
    List<Prefix> prefixes = new ArrayList<>();
    for (String address : addresses) {
      prefixes.add(Prefix.parse(address));
    }
    return new GuestConfig.Nic(new MacAddress(0x0200_0000_0000L + number), prefixes, mtu);
  }

  public Host host(GuestConfig config) {
    Host host = new Host(config);
    hosts.add(host);
    return host;
  }

  /** A wire both ways. */
  public void wire(Host a, int nicA, Host b, int nicB, long delay) {
    Port pa = new Port(a, nicA);
    Port pb = new Port(b, nicB);
    wires.add(new Wire(pa, pb, delay));
    wires.add(new Wire(pb, pa, delay));
  }

  /** Runs until a moment; time stands there afterwards. */
  public void run(long until) {
    while (true) {
      Host due = null;
      long next = flights.isEmpty() ? Long.MAX_VALUE : flights.peek().at;
      for (Host host : hosts) {
        if (host.stack.deadline() < next) {
          next = host.stack.deadline();
          due = host;
        }
      }
      if (next > until) {
        now = until;
        return;
      }
      now = Math.max(now, next);
      if (due != null) {
        due.stack.onDeadline(now, due);
      } else {
        Flight flight = flights.remove();
        flight.to.host.stack.onFrame(now, flight.to.nic, flight.packet, flight.to.host);
      }
    }
  }

  public List<DropReason> reasons() {
    return drops.stream().map(Drop::reason).toList();
  }

  /** The frames that one guest sent. */
  public List<ByteBuf> sentBy(Host host) {
    return frames.stream()
        .filter(frame -> frame.guest.equals(host.stack.name()))
        .map(Frame::bytes)
        .toList();
  }

  @Override
  public void close() {
    while (!flights.isEmpty()) {
      dropped++;
      flights.remove().packet.release();
    }
    for (Host host : hosts) {
      host.stack.close(host);
    }
    assertThat(pool.live()).as("packets that never ended").isZero();
    assertThat(delivered + absorbed + dropped).as("ends of packets").isEqualTo(pool.born());
  }

  @Override
  public void offered(long at, int flow, int sequence) {
    log.add("offered " + flow + " " + sequence + " @" + at);
  }

  @Override
  public void refused(long at, int flow, int sequence, Errno errno) {
    log.add("refused " + flow + " " + sequence + " " + errno + " @" + at);
  }

  @Override
  public void asleep(long at, int flow, int sequence) {
    log.add("asleep " + flow + " " + sequence + " @" + at);
  }

  @Override
  public void received(long at, int flow, int sequence) {
    log.add("received " + flow + " " + sequence + " @" + at);
  }

  @Override
  public void answered(long at, int flow, int sequence, long roundTripNanos) {
    log.add("answered " + flow + " " + sequence + " " + roundTripNanos);
  }

  @Override
  public void connected(long at, int flow, long nanosSinceCall, int synRetransmissions) {
    log.add("connected " + flow);
  }

  @Override
  public void failed(long at, int flow, Errno errno) {
    log.add("failed " + flow + " " + errno);
  }

  @Override
  public void died(long at, int flow, Errno errno) {
    log.add("died " + flow + " " + errno);
  }

  @Override
  public void retransmitted(long at, int flow) {
    log.add("retransmitted " + flow);
  }

  /** How many lines of the log start like this. */
  public long count(String prefix) {
    return log.stream().filter(line -> line.startsWith(prefix)).count();
  }
}
