package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.nic.MemifClient.Ring;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/** What memif's server says and does for a client that keeps the rules. */
class MemifNicTest {
  @TempDir private Path folder;
  private VhostWorld world;

  @BeforeEach
  void begin() throws IOException {
    world = new VhostWorld(folder);
  }

  @AfterEach
  void end() {
    world.turns();
    world.close();
  }

  private MemifClient running() throws IOException {
    MemifClient client = new MemifClient(folder, world.memif.path);
    client.setUp();
    world.turns();
    assertThat(world.memif.nic.running()).isTrue();
    return client;
  }

  /** Puts a frame's parts into buffers from a slot on and shows them. */
  private void send(MemifClient client, int slot, int number, int length, int part) {
    Packet packet = world.frames.make(world.pool, number, length);
    byte[] bytes = new byte[length];
    packet.buffer().readBytes(bytes);
    packet.release();
    int at = 0;
    for (; at < length; slot++) {
      int take = Math.min(part, length - at);
      int place = slot & (MemifClient.SIZE - 1);
      long buffer = Ring.UP.buffers + (long) place * MemifClient.BUFFER;
      MemorySegment.copy(bytes, at, client.memory, ValueLayout.JAVA_BYTE, buffer, take);
      at += take;
      client.describe(Ring.UP, slot, at < length ? 1 : 0, 0, take, buffer);
    }
    client.head(Ring.UP, slot);
  }

  private void deliver(int number, int length) {
    world.memif.nic.deliver(
        world.loop.now(), world.frames.make(world.pool, number, length), world.memif);
  }

  @Test
  void talksAsTheProtocolHasIt() throws IOException {
    try (MemifClient client = new MemifClient(folder, world.memif.path)) {
      world.turns();
      ByteBuffer hello = client.next();
      assertThat(hello.remaining()).isEqualTo(128);
      assertThat(hello.getShort()).isEqualTo((short) 2);
      assertThat(hello.getShort(34)).isEqualTo((short) 0x200); // lowest version
      assertThat(hello.getShort(36)).isEqualTo((short) 0x200); // highest version
      assertThat(hello.getShort(38)).isEqualTo((short) 15); // highest region
      assertThat(hello.getShort(40)).isZero(); // highest ring to the client
      assertThat(hello.getShort(42)).isZero(); // highest ring from it
      assertThat(hello.get(44)).isEqualTo((byte) 14);
      client.setUp();
      world.turns();
      for (int type : new int[] {1, 1, 1, 1, 7}) {
        assertThat(client.next().getShort()).isEqualTo((short) type);
      }
      assertThat(client.next().hasRemaining()).isFalse();
    }
  }

  @Test
  void framesComeFromOneBufferAndFromSeveral() throws IOException {
    try (MemifClient client = running()) {
      send(client, 0, 1, 60, 60);
      send(client, 1, 2, 600, 100);
      send(client, 7, 3, 13 + 26, 13);
      client.ringKick();
      world.turns();
      assertThat(world.memif.arrived).isEqualTo(3);
      assertThat(world.memif.last).isEqualTo(3);
      assertThat(world.memif.damaged).isZero();
      assertThat(client.tail(Ring.UP)).isEqualTo(10);
      assertThat(world.memif.nic.counters().bytesIn()).isEqualTo(60 + 600 + 39);
    }
  }

  @Test
  void longFrameTakesSeveralBuffers() throws IOException {
    try (MemifClient client = running()) {
      client.head(Ring.DOWN, 4);
      client.describe(Ring.DOWN, 3, 1, 0, MemifClient.BUFFER, Ring.DOWN.buffers);
      deliver(9, 600);
      assertThat(client.tail(Ring.DOWN)).isEqualTo(3);
      assertThat(client.length(Ring.DOWN, 0)).isEqualTo(256);
      assertThat(client.length(Ring.DOWN, 2)).isEqualTo(88);
      assertThat(client.descriptorFlags(Ring.DOWN, 1)).isEqualTo(1);
      assertThat(client.descriptorFlags(Ring.DOWN, 2)).isZero();
      // the fourth alone is too short for another of this length
      deliver(10, 600);
      assertThat(world.memif.drops).containsExactly(DropReason.NIC_RING_FULL);
      deliver(11, 60);
      assertThat(client.tail(Ring.DOWN)).isEqualTo(4);
      assertThat(client.length(Ring.DOWN, 3)).isEqualTo(60);
      assertThat(client.descriptorFlags(Ring.DOWN, 3)).isZero();
      client.head(Ring.DOWN, 4 + MemifClient.SIZE);
      for (int i = 0; i < MemifClient.SIZE; i++) {
        client.describe(Ring.DOWN, i, 0, 0, 1, Ring.DOWN.buffers);
      }
      deliver(12, 65);
      assertThat(world.memif.drops)
          .containsExactly(DropReason.NIC_RING_FULL, DropReason.NIC_FRAME_SIZE);
    }
  }

  @Test
  void indexesRunOverSixteenBits() throws IOException {
    try (MemifClient client = running()) {
      // frames of 60 bytes in buffers of one
      for (int i = 0; i < MemifClient.SIZE; i++) {
        client.describe(Ring.DOWN, i, 0, 0, 1, Ring.DOWN.buffers);
      }
      for (int i = 0; i < 1200; i++) {
        client.head(Ring.DOWN, 60 * (i + 1));
        deliver(1, 60);
        send(client, 60 * i, 1, 60, 1);
        world.memif.ring();
        world.memif.drain();
        for (int slot = 60 * i; slot < 60 * (i + 1); slot++) {
          client.describe(Ring.DOWN, slot, 0, 0, 1, Ring.DOWN.buffers);
        }
      }
      assertThat(world.memif.arrived).isEqualTo(1200);
      assertThat(world.memif.nic.counters().framesOut()).isEqualTo(1200);
      assertThat(client.tail(Ring.UP)).isEqualTo(72_000 & 0xffff);
      assertThat(client.tail(Ring.DOWN)).isEqualTo(72_000 & 0xffff);
    }
  }

  /** Each side rings only if the other did not ask for silence. */
  @Test
  void interruptsAreMasked() throws IOException {
    try (MemifClient client = running()) {
      client.head(Ring.DOWN, 8);
      deliver(1, 60);
      assertThat(client.called()).isTrue();
      client.flags(Ring.DOWN, 1);
      deliver(2, 60);
      assertThat(client.called()).isFalse();
      client.flags(Ring.DOWN, 0);
      world.memif.nic.cork();
      deliver(3, 60);
      deliver(4, 60);
      assertThat(client.called()).isFalse();
      assertThat(client.tail(Ring.DOWN)).isEqualTo(2);
      world.memif.nic.flush(world.memif);
      assertThat(client.called()).isTrue();
      assertThat(client.tail(Ring.DOWN)).isEqualTo(4);
      assertThat(world.memif.nic.counters().rings()).isEqualTo(2);
      assertThat(world.memif.nic.counters().ringsSuppressed()).isEqualTo(1);
      // asleep we want to be rung; with more to do than a turn takes we do not
      assertThat(client.flags(Ring.UP)).isZero();
      for (int i = 0; i < 20; i++) {
        send(client, i, i + 1, 60, 60);
      }
      world.memif.nic.drain(world.loop.now(), world.memif, 16);
      assertThat(client.flags(Ring.UP)).isEqualTo(1);
      world.turns();
      assertThat(world.memif.arrived).isEqualTo(20);
      assertThat(client.flags(Ring.UP)).isZero();
    }
  }

  @Test
  void withoutClientTheNicIsDown() throws IOException {
    world.memif.deliver();
    assertThat(world.memif.nic.queues()).isEmpty();
    try (MemifClient client = running()) {
      client.head(Ring.DOWN, 5);
      world.memif.deliver();
      send(client, 0, 1, 60, 60);
      send(client, 1, 2, 60, 60);
      assertThat(world.memif.nic.queues())
          .containsExactly(
              new QueueState(0, true, MemifClient.SIZE, 4, 1, 60),
              new QueueState(0, false, MemifClient.SIZE, 2, 0, 0));
    }
    world.turns();
    world.memif.deliver();
    assertThat(world.memif.drops).containsExactly(DropReason.NIC_DOWN, DropReason.NIC_DOWN);
    assertThat(world.memif.verdict()).isEqualTo("GONE");
  }

  /** A runt is dropped and counted; the NIC goes on. */
  @Test
  void runtsAreDropped() throws IOException {
    try (MemifClient client = running()) {
      for (int length : new int[] {0, 1, 13}) {
        client.describe(Ring.UP, client.head(Ring.UP), 0, 0, length, Ring.UP.buffers);
        client.head(Ring.UP, client.head(Ring.UP) + 1);
      }
      send(client, 3, 1, 60, 60);
      client.ringKick();
      world.turns();
      assertThat(world.memif.arrived).isEqualTo(1);
      assertThat(world.memif.nic.counters().badSize()).isEqualTo(3);
      assertThat(world.memif.drops).hasSize(3).containsOnly(DropReason.NIC_FRAME_SIZE);
    }
  }

  /** A second client waits until the first is gone. */
  @Test
  void oneClientAtATime() throws IOException {
    MemifClient first = running();
    try (MemifClient second = new MemifClient(folder, world.memif.path)) {
      second.setUp();
      world.turns();
      assertThat(second.next().hasRemaining()).isFalse();
      first.close();
      world.turns();
      assertThat(world.memif.nic.running()).isTrue();
      assertThat(second.next().getShort()).isEqualTo((short) 2);
    }
  }

  /** A socket that was left over gives way; one that lives does not, of whatever kind it is. */
  @Test
  void pathOfSomebodyElseIsNotTaken() throws IOException {
    for (Path taken : new Path[] {world.victim.path, world.memif.path}) {
      assertThatThrownBy(() -> UnixSocket.listen(taken, UnixSocket.Kind.SEQPACKET))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("somebody listens there");
      assertThat(taken).exists();
    }
    Path left = folder.resolve("left");
    UnixSocket.listen(left, UnixSocket.Kind.SEQPACKET).close();
    assertThat(left).exists();
    UnixSocket.listen(left, UnixSocket.Kind.SEQPACKET).close();
    running().close();
  }
}
