package org.larval.xfrm.fuzz;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Direction;
import org.larval.xfrm.GoldenCapture;
import org.larval.xfrm.Mode;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.State;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.XfrmStats;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmRunner;
import org.larval.xfrm.transform.StateMaker;

/**
 * Gives an engine whatever a fuzzer makes up, and holds it to what is promised of hostile packets:
 * no exception, one end for every packet, one counter for every drop, no byte more than IP allows.
 *
 * <pre>
 *  setup | way | the packet, from its IP header on
 * </pre>
 *
 * <p>Every input meets an engine of its own, so that it does the same again tomorrow.
 */
final class PacketTarget {
  /** The packet is sealed with the right key first. */
  static final int SEAL = 1;

  /** It comes twice. */
  static final int TWICE = 2;

  /** Length and checksum of its IP header stay as they are. */
  static final int AS_IT_IS = 4;

  /** It is plain and goes out through the SAs first; what comes out comes in. */
  static final int OUT_FIRST = 8;

  private static final int LONGEST = Ipv6View.HEADER + 65_535;

  private final List<Setup> setups;
  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final Ends out = new Ends();
  private final Ipv4View ipv4 = new Ipv4View();
  private final int[] opened;
  private int chosen;
  private long random;
  private final RandomGenerator numbers = () -> random += 0x9e37_79b9_7f4a_7c15L;
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), numbers);

  /** What became of the packets. */
  private static final class Ends implements Effects {
    final List<Packet> forwarded = new ArrayList<>();
    int dropped;
    int counted;

    @Override
    public void forward(Packet packet) {
      forwarded.add(packet);
    }

    @Override
    public void send(int port, Packet packet) {
      throw new AssertionError("sent by port " + port);
    }

    @Override
    public void deliver(Packet packet) {
      throw new AssertionError("delivered");
    }

    @Override
    public void absorb(Packet packet) {
      throw new AssertionError("absorbed");
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      packet.release();
      dropped++;
      counted += reason.linuxCounter() == null ? 0 : 1;
    }

    @Override
    public void emit(Event event) {}
  }

  PacketTarget(List<Setup> setups) {
    this.setups = setups;
    opened = new int[setups.size()];
  }

  /** One input. */
  void run(byte[] data) {
    if (data.length < 2) {
      return;
    }
    random = 0;
    chosen = (data[0] & 0xff) % setups.size();
    Setup setup = setups.get(chosen);
    int way = data[1];
    byte[] bytes = Arrays.copyOfRange(data, 2, data.length);
    if ((way & SEAL) != 0) {
      bytes = setup.seal().apply(bytes);
    }
    if ((way & AS_IT_IS) == 0) {
      repair(bytes);
    }
    XfrmEngine engine = engine(setup);
    if ((way & OUT_FIRST) != 0) {
      bytes = sealed(engine, bytes);
    }
    for (int i = (way & TWICE) == 0 ? 1 : 2; i > 0 && bytes != null; i--) {
      input(engine, setup, bytes);
    }
    require(pool.live() == 0, "packets leaked");
  }

  /** How many packets each setup opened so far. */
  List<Integer> opened() {
    return Arrays.stream(opened).boxed().toList();
  }

  /** Inputs to begin with: what a real kernel sent, and what each setup makes of a few packets. */
  List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < setups.size(); i++) {
      Setup setup = setups.get(i);
      for (byte[] packet : setup.captured()) {
        seeds.add(seed(i, TWICE, packet));
      }
      for (byte[] plain : SeedPackets.PLAIN) {
        random = 0;
        byte[] sealed = sealed(engine(setup), plain);
        if (sealed != null) {
          seeds.add(seed(i, 0, sealed));
          seeds.add(seed(i, SEAL | TWICE, sealed));
          seeds.add(seed(i, OUT_FIRST, plain));
        }
      }
    }
    return seeds;
  }

  private static byte[] seed(int setup, int way, byte[] packet) {
    byte[] seed = new byte[packet.length + 2];
    seed[0] = (byte) setup;
    seed[1] = (byte) way;
    System.arraycopy(packet, 0, seed, 2, packet.length);
    return seed;
  }

  private XfrmEngine engine(Setup setup) {
    XfrmEngine engine =
        new XfrmEngine(
            "fuzz", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    IpXfrmRunner runner = new IpXfrmRunner(engine, maker, numbers);
    for (IpXfrmCommand command : setup.commands()) {
      Errno errno = runner.run(0, command, out);
      require(errno == Errno.OK, command);
    }
    return engine;
  }

  /** A plain packet after its policy's SAs, or null if it has none or does not fit them. */
  private byte @Nullable [] sealed(XfrmEngine engine, byte[] plain) {
    Packet packet = packet(plain);
    FlowKey flow = new FlowKey();
    if (!flow.decode(packet) || !(engine.lookup(0, flow, Who.FORWARD, out) instanceof Bundle b)) {
      packet.release();
      return null;
    }
    long before = sum(engine);
    out.dropped = 0;
    out.counted = 0;
    engine.output(0, packet, b, 1500, out);
    require(out.forwarded.size() + out.dropped == 1, "no single end on the way out");
    require(sum(engine) - before == out.counted, "not one counter for a drop on the way out");
    if (out.forwarded.isEmpty()) {
      return null;
    }
    return bytesOf(out.forwarded.removeLast());
  }

  private byte[] bytesOf(Packet packet) {
    byte[] bytes = ByteBufUtil.getBytes(packet.buffer());
    packet.release();
    require(bytes.length <= LONGEST, bytes.length + " bytes");
    return bytes;
  }

  private void input(XfrmEngine engine, Setup setup, byte[] bytes) {
    Packet packet = packet(bytes);
    long before = sum(engine);
    out.dropped = 0;
    out.counted = 0;
    if (setup.encapsulated()) {
      engine.inputEncapsulated(0, packet, out);
    } else {
      engine.opensPlainTunnel(packet);
      engine.input(0, packet, out);
    }
    require(out.forwarded.size() + out.dropped == 1, "no single end");
    require(sum(engine) - before == out.counted, "not one counter for a drop");
    if (out.forwarded.isEmpty()) {
      return;
    }
    Packet inner = out.forwarded.removeLast();
    opened[chosen]++;
    whole(inner);
    Packet passing = pool.copy(0, inner);
    judge(engine, inner, Direction.IN);
    judge(engine, passing, Direction.FWD);
  }

  /** Except in tunnels the IP header is ours and must fit what follows. */
  private void whole(Packet packet) {
    int length = packet.length();
    require(length <= LONGEST, length + " bytes");
    State last = (State) packet.transform(packet.transformCount() - 1);
    if (last.mode() == Mode.TUNNEL) {
      return;
    }
    int at = packet.buffer().readerIndex();
    boolean v6 = packet.buffer().getUnsignedByte(at) >>> 4 == 6;
    // Extension headers of IPv6 are the sender's.
    Object wrong = v6 ? null : ipv4.wrap(packet.buffer(), at, length);
    int total = packet.buffer().getUnsignedShort(at + (v6 ? 4 : 2)) + (v6 ? Ipv6View.HEADER : 0);
    require(wrong == null && total == length, "after " + last.mode() + ": " + wrong);
  }

  private void judge(XfrmEngine engine, Packet packet, Direction direction) {
    long before = sum(engine);
    out.dropped = 0;
    out.counted = 0;
    if (engine.admits(0, packet, direction, out)) {
      require(out.dropped == 0, "admitted and dropped");
      packet.release();
    } else {
      require(out.dropped == 1, "refused and kept");
    }
    require(out.forwarded.isEmpty(), "a check forwarded");
    require(sum(engine) - before == out.counted, "not one counter for a refusal");
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    return packet;
  }

  private static long sum(XfrmEngine engine) {
    long sum = 0;
    for (XfrmStats.Counter counter : XfrmStats.Counter.values()) {
      sum += engine.stats().value(counter);
    }
    return sum;
  }

  /** Makes the IP header say what is there. */
  static void repair(byte[] packet) {
    ByteBuffer header = ByteBuffer.wrap(packet);
    if (packet.length >= 40 && packet[0] >>> 4 == 6) {
      header.putShort(4, (short) (packet.length - 40));
    } else if (packet.length >= 20 && packet[0] >>> 4 == 4) {
      int end = Math.min(packet.length, (packet[0] & 15) * 4);
      header.putShort(2, (short) packet.length);
      header.putShort(10, (short) 0);
      header.putShort(10, (short) GoldenCapture.checksum(packet, 0, end));
    }
  }

  private static void require(boolean held, Object what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }
}
