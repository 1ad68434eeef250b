package org.larval.lab.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.time.Randomness;
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
import org.larval.wire.Prefix;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Lookup;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.Template;
import org.larval.xfrm.Transform;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.CryptoChoice;
import org.larval.xfrm.transform.SaParameters;
import org.larval.xfrm.transform.StateMaker;

/**
 * The whole way of ESP through the engine in tunnel mode: out by a bundle that is still valid, as a
 * socket's cached route gives it; in by the look-up of the packet's SA. Packets are made anew
 * before each run.
 */
final class EspPath implements Contender, Effects {
  static final int TRAILER = 2;

  private static final int REQID = 1;
  private static final int LINK_MTU = 65_535;
  private static final int FIRST_SPI = 0x1000;
  private static final IpAddress A = IpAddress.parse("10.0.0.1");
  private static final IpAddress B = IpAddress.parse("10.0.0.2");

  private final XfrmEngine sender = engine("sender");
  private final XfrmEngine receiver = engine("receiver");
  private final CryptoBackend backend;
  private final StateMaker maker;
  private final Packet[] packets;
  private final byte[] key;
  private final int bytes;
  private final boolean seals;
  private final @Nullable Bundle bundle;

  // With many SAs: whose packets come next, and each one's last number.
  private final int[] lastNumbers;
  private final java.util.random.RandomGenerator random = new Randomness(2, true).stream("which");

  /**
   * A path with one SA each way.
   *
   * @param bytes of the packet that is protected, IP header included
   */
  EspPath(CryptoChoice library, byte[] key, int count, int bytes, boolean seals) {
    this(library, key, count, bytes, seals, 1);
  }

  /**
   * A path on which packets come in by many SAs in random order.
   *
   * @param associations how many
   */
  EspPath(CryptoChoice library, byte[] key, int count, int bytes, boolean seals, int associations) {
    this.key = key;
    this.bytes = bytes;
    this.seals = seals;
    backend = library.open();
    maker = new StateMaker(backend, new Randomness(1, true).stream("bench"));
    PacketPool pool =
        new PacketPool(PooledByteBufAllocator.DEFAULT, false, backend.prefersNativeMemory());
    packets = new Packet[count];
    for (int i = 0; i < count; i++) {
      packets[i] = pool.make(0, bytes);
    }
    lastNumbers = new int[associations];
    for (int i = 0; i < associations; i++) {
      check(receiver.sad().install(0, state(i, 0), this));
    }
    bundle = associations == 1 ? bundle() : null;
  }

  private static XfrmEngine engine(String name) {
    return new XfrmEngine(
        name, SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
  }

  /** The SA of a number; keys differ. */
  private State state(int number, int lastOut) {
    byte[] own = key.clone();
    own[0] = (byte) number;
    own[1] = (byte) (number >>> 8);
    own[2] = (byte) (number >>> 16);
    return maker.state(
        State.of(A, B, FIRST_SPI + number, IpProtocol.ESP).mode(Mode.TUNNEL).reqid(REQID),
        SaParameters.gcm(own).withSequences(0, lastOut));
  }

  private Bundle bundle() {
    Template template = new Template(A, B, 0, IpProtocol.ESP, REQID, Mode.TUNNEL, false);
    check(
        sender
            .spd()
            .add(
                0,
                new Policy(
                    Direction.OUT,
                    Selector.between(Prefix.host(A), Prefix.host(B)),
                    0,
                    0,
                    Policy.Action.ALLOW,
                    Mark.NONE,
                    0,
                    null,
                    List.of(template)),
                this));
    check(sender.sad().install(0, state(0, 0), this));
    FlowKey flow = new FlowKey().addresses(A, B).ports(IpProtocol.UDP, 4000, 7);
    Lookup found = sender.lookup(0, flow, Who.LOCAL_NONBLOCKING, this);
    if (!(found instanceof Bundle made)) {
      throw new IllegalStateException("no bundle but " + found);
    }
    return made;
  }

  private static void check(Errno errno) {
    if (errno != Errno.OK) {
      throw new IllegalStateException(errno.toString());
    }
  }

  /** Bytes that the cipher works on for a packet of so many. */
  static int clear(int bytes) {
    return bytes + TRAILER + 3 & -4;
  }

  /** The library's name and version. */
  String library() {
    return backend.label();
  }

  @Override
  public String name() {
    return "ESP by " + backend.label();
  }

  @Override
  public void prepare() {
    for (Packet packet : packets) {
      ByteBuf data = packet.buffer();
      int at = PacketPool.HEADROOM;
      data.setIndex(at, at + bytes);
      data.setZero(at, bytes);
      Ipv4View.emit(data, at, Ipv4View.HEADER, bytes, 0, 1, 0, 64, IpProtocol.UDP, A, B);
      packet.headers(at, at + Ipv4View.HEADER);
      packet.clearTransforms();
      if (!seals) {
        protect(packet);
      }
    }
  }

  private void protect(Packet packet) {
    if (bundle != null) {
      sender.output(0, packet, bundle, LINK_MTU, this);
      return;
    }
    int number = random.nextInt(lastNumbers.length);
    State once = state(number, lastNumbers[number]++);
    Transform transform = once.transform();
    DropReason reason =
        transform == null ? DropReason.XFRM_OUT_ERROR : transform.protect(0, once, packet);
    if (reason != null || transform == null) {
      throw new IllegalStateException("not protected: " + reason);
    }
    transform.erase();
  }

  @Override
  public long run() {
    return seals ? seal() : open();
  }

  private long seal() {
    Bundle through = bundle;
    if (through == null) {
      throw new IllegalStateException("many SAs are only received from");
    }
    for (Packet packet : packets) {
      if (!through.valid()) {
        throw new IllegalStateException("the bundle became stale");
      }
      sender.output(0, packet, through, LINK_MTU, this);
    }
    return packets.length;
  }

  private long open() {
    for (Packet packet : packets) {
      receiver.input(0, packet, this);
    }
    return packets.length;
  }

  @Override
  public void close() {
    for (Packet packet : packets) {
      packet.release();
    }
    for (XfrmEngine engine : List.of(sender, receiver)) {
      engine.sad().flush(0, this);
    }
  }

  @Override
  public void forward(Packet packet) {
    // it stays in the batch
  }

  @Override
  public void drop(Packet packet, DropReason reason) {
    throw new IllegalStateException(reason.sentence());
  }

  @Override
  public void emit(Event event) {}

  @Override
  public void send(int port, Packet packet) {
    throw new IllegalStateException("nothing is sent here");
  }

  @Override
  public void deliver(Packet packet) {
    throw new IllegalStateException("nothing is delivered here");
  }

  @Override
  public void absorb(Packet packet) {
    throw new IllegalStateException("nothing is absorbed here");
  }
}
