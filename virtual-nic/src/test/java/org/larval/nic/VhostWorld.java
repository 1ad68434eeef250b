package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/**
 * NICs on one loop: one of each kind that a test attacks, and a bystander whose guest loses
 * nothing.
 */
final class VhostWorld implements AutoCloseable {
  final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  final PollLoop loop = new PollLoop();
  final Frames frames = new Frames();
  final Path folder;
  final VhostSide victim;
  final MemifSide memif;
  private final VhostSide bystander;
  private final Frontend good;
  private final VirtualNic goodGuest;
  private final PacketPool guestPool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  private long number;

  /** One NIC of the lab with what came of it. */
  abstract class Side implements Effects {
    final Path path;
    final List<Event> events = new ArrayList<>();
    final List<DropReason> drops = new ArrayList<>();
    long arrived;
    long damaged;
    long last;
    private boolean rung;

    Side(String name) {
      path = folder.resolve(name);
    }

    abstract LabFace face();

    void ring() {
      rung = true;
    }

    void drain() {
      for (int i = 0; i < 4 && rung; i++) {
        rung = false;
        int done = face().drain(loop.now(), this, 16);
        assertThat(done).isBetween(0, 16);
      }
    }

    /** The lab sends a frame to it. */
    void deliver() {
      face().deliver(loop.now(), frames.make(pool, ++number, 60), this);
    }

    @Override
    public void send(int to, Packet packet) {
      long got = frames.number(packet);
      if (got < 0) {
        damaged++;
      } else {
        arrived++;
        last = got;
      }
      packet.release();
    }

    @Override
    public void deliver(Packet packet) {
      packet.release();
    }

    @Override
    public void forward(Packet packet) {
      throw new IllegalStateException();
    }

    @Override
    public void absorb(Packet packet) {
      throw new IllegalStateException();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      drops.add(reason);
      packet.release();
    }

    @Override
    public void emit(Event event) {
      events.add(event);
    }

    /** Why the frontend was sent away, or what stopped the ring; empty if neither was. */
    String verdict() {
      StringBuilder said = new StringBuilder();
      for (Event event : events) {
        if (event instanceof NicNews.Disconnected gone) {
          said.append(said.isEmpty() ? "" : " ").append(gone.fault());
        } else if (event instanceof NicBroken broken) {
          said.append(said.isEmpty() ? "" : " ").append(broken.fault());
        }
      }
      return said.toString();
    }
  }

  /** One with a port for frontends. */
  final class VhostSide extends Side {
    final VhostNic nic;
    private final VhostPort port;

    VhostSide(String name) throws IOException {
      super(name);
      NicSettings settings = NicSettings.of(name, Frames.MAC, 0, 0);
      nic = new VhostNic(settings, 1, 1500, pool, this::ring, false);
      port = new VhostPort(path, false, nic, loop, this::ring, this);
      port.open();
    }

    @Override
    LabFace face() {
      return nic;
    }
  }

  /** One with a port for memif clients that know its secret. */
  final class MemifSide extends Side {
    final MemifNic nic;
    private final MemifPort port;

    MemifSide(String name) throws IOException {
      super(name);
      NicSettings settings = NicSettings.of(name, Frames.MAC, 0, 0);
      nic = new MemifNic(settings, pool, this::ring, false);
      port = new MemifPort(path, MemifClient.ID, MemifClient.SECRET, nic, loop, this::ring, this);
      port.open();
    }

    @Override
    LabFace face() {
      return nic;
    }
  }

  /** What the bystander's guest takes from its ring. */
  private final class Received implements Effects {
    long arrived;

    @Override
    public void forward(Packet packet) {
      assertThat(frames.number(packet)).isPositive();
      arrived++;
      packet.release();
    }

    @Override
    public void send(int to, Packet packet) {
      throw new IllegalStateException();
    }

    @Override
    public void deliver(Packet packet) {
      throw new IllegalStateException();
    }

    @Override
    public void absorb(Packet packet) {
      packet.release();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      throw new IllegalStateException(reason.sentence());
    }

    @Override
    public void emit(Event event) {
      throw new IllegalStateException(event.toString());
    }
  }

  private final Received received = new Received();

  VhostWorld(Path folder) throws IOException {
    this.folder = folder;
    victim = new VhostSide("victim");
    memif = new MemifSide("memif");
    bystander = new VhostSide("bystander");
    good = new Frontend(folder, bystander.path);
    good.setUp();
    turns();
    goodGuest = good.driver(guestPool);
    turns();
    assertThat(bystander.nic.running(0)).isTrue();
  }

  /** Lets everything that is there be handled. */
  void turns() {
    for (int i = 0; i < 200; i++) {
      int called = loop.turn(0);
      victim.drain();
      memif.drain();
      bystander.drain();
      if (called == 0 && i > 2) {
        return;
      }
    }
  }

  Frontend attacker() throws IOException {
    return new Frontend(folder, victim.path);
  }

  /** The lab sends a frame to the attacked NIC. */
  void deliver() {
    victim.deliver();
  }

  /** The bystander's guest sends and receives; nothing of it may be lost. */
  void traffic() {
    long before = bystander.arrived;
    long had = received.arrived;
    for (int i = 0; i < 4; i++) {
      goodGuest.guest().transmit(0, frames.make(guestPool, ++number, 60), received);
      bystander.nic.deliver(loop.now(), frames.make(pool, ++number, 60), bystander);
    }
    turns();
    goodGuest.guest().receive(0, received, 100);
    assertThat(bystander.arrived - before).isEqualTo(4);
    assertThat(received.arrived - had).isEqualTo(4);
    assertThat(bystander.drops).isEmpty();
    assertThat(bystander.damaged).isZero();
  }

  @Override
  public void close() {
    victim.port.close();
    memif.port.close();
    bystander.port.close();
    good.close();
    assertThat(pool.live()).isZero();
    assertThat(guestPool.live()).isZero();
  }
}
