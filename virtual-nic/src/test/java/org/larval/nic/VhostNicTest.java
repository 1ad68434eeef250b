package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.packet.DropReason;

/** What a well-behaved frontend may ask for beyond the usual. */
class VhostNicTest {
  private static final long BUFFERS = Frontend.GEOMETRY.received().buffers();

  @TempDir private Path folder;
  private VhostWorld world;

  @BeforeEach
  void begin() throws IOException {
    world = new VhostWorld(folder);
  }

  private static void features(Frontend frontend, long more) {
    frontend.send(
        VhostRequest.SET_FEATURES,
        Frontend.number(VhostFeatures.VERSION_1 | VhostFeatures.PROTOCOL_FEATURES | more));
  }

  private Frontend running(long features) throws IOException {
    Frontend frontend = world.attacker();
    features(frontend, features);
    frontend.memory();
    for (int ring = 0; ring < 2; ring++) {
      frontend.place(ring);
      frontend.start(ring);
    }
    world.turns();
    assertThat(world.victim.nic.running(0)).isTrue();
    return frontend;
  }

  private static void offer(Frontend frontend, int count) {
    for (int i = 0; i < count; i++) {
      frontend.received.describe(
          i, BUFFERS + (long) i * Frontend.BUFFER, Frontend.BUFFER, Virtqueue.WRITE, 0);
      frontend.received.availableHead(i, i);
    }
    frontend.received.availableIndex(count);
  }

  /** VIRTIO_NET_F_MRG_RXBUF: 612 bytes in buffers of 256. */
  @Test
  void longFrameTakesSeveralBuffers() throws IOException {
    try (Frontend frontend = running(VhostFeatures.NET_F_MRG_RXBUF)) {
      offer(frontend, 4);
      world.victim.nic.deliver(0, world.frames.make(world.pool, 9, 600), world.victim);
      assertThat(frontend.received.usedIndex()).isEqualTo(3);
      assertThat(frontend.received.usedLength(0)).isEqualTo(256);
      assertThat(frontend.received.usedLength(1)).isEqualTo(256);
      assertThat(frontend.received.usedLength(2)).isEqualTo(100);
      ValueLayout.OfShort layout = ValueLayout.JAVA_SHORT_UNALIGNED;
      assertThat(frontend.memory.get(layout, BUFFERS + 10)).isEqualTo((short) 3);
      // the fourth alone is too short for another of this length
      world.victim.nic.deliver(0, world.frames.make(world.pool, 10, 600), world.victim);
      assertThat(world.victim.drops).containsExactly(DropReason.NIC_RING_FULL);
      world.victim.nic.deliver(0, world.frames.make(world.pool, 11, 60), world.victim);
      assertThat(frontend.received.usedIndex()).isEqualTo(4);
      assertThat(frontend.memory.get(layout, BUFFERS + 3 * Frontend.BUFFER + 10))
          .isEqualTo((short) 1);
    }
    world.turns();
    world.close();
  }

  @Test
  void withoutThatAgreementItIsDropped() throws IOException {
    try (Frontend frontend = running(0)) {
      offer(frontend, 4);
      world.victim.nic.deliver(0, world.frames.make(world.pool, 9, 600), world.victim);
      assertThat(world.victim.drops).containsExactly(DropReason.NIC_FRAME_SIZE);
      assertThat(frontend.received.usedIndex()).isZero();
    }
    world.turns();
    world.close();
  }

  /** Rings go on where the frontend says; where they stopped is told. */
  @Test
  void ringGoesOnWhereItStood() throws IOException {
    try (Frontend frontend = world.attacker()) {
      Rings.startAt(frontend.memory, Frontend.GEOMETRY, 65_534);
      frontend.setUp();
      world.turns();
      for (int i = 0; i < 4; i++) {
        int index = 65_534 + i & 0xffff;
        frontend.sent.describe(i, Frontend.GEOMETRY.sent().buffers(), 80, 0, 0);
        frontend.sent.availableHead(index, i);
      }
      frontend.sent.availableIndex(2);
      new EventFd(frontend.kick).ring();
      world.turns();
      assertThat(frontend.sent.usedIndex()).isEqualTo(2);
      byte[] ignored = frontend.answer();
      assertThat(ignored).isEmpty();
      frontend.send(VhostRequest.GET_VRING_BASE, Frontend.pair(1, 0));
      world.turns();
      byte[] answer = frontend.answer();
      assertThat(answer).hasSize(20);
      assertThat(answer[12]).isEqualTo((byte) 1);
      assertThat(answer[16]).isEqualTo((byte) 2);
      assertThat(world.victim.nic.running(0)).isFalse();
    }
    world.turns();
    world.close();
  }

  /** What a guest sends by a disabled ring is taken and thrown away; nothing is delivered to it. */
  @Test
  void disabledRingsLetNothingThrough() throws IOException {
    try (Frontend frontend = running(0)) {
      frontend.send(VhostRequest.SET_VRING_ENABLE, Frontend.pair(0, 0));
      frontend.send(VhostRequest.SET_VRING_ENABLE, Frontend.pair(1, 0));
      world.turns();
      offer(frontend, 4);
      frontend.sent.describe(0, Frontend.GEOMETRY.sent().buffers(), 80, 0, 0);
      frontend.sent.availableHead(0, 0);
      frontend.sent.availableIndex(1);
      new EventFd(frontend.kick).ring();
      world.turns();
      world.victim.nic.deliver(0, world.frames.make(world.pool, 9, 60), world.victim);
      assertThat(world.victim.drops).containsExactly(DropReason.NIC_DOWN, DropReason.NIC_DOWN);
      assertThat(world.victim.arrived + world.victim.damaged).isZero();
      assertThat(frontend.sent.usedIndex()).isEqualTo(1);
      assertThat(frontend.received.usedIndex()).isZero();
    }
    world.turns();
    world.close();
  }
}
