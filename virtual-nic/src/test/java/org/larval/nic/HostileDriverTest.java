package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** A guest that writes what it must not: its NIC stops with a named fault, and only that. */
class HostileDriverTest {
  private static final int SIZE = 8;
  private static final int BUFFER = 256;
  private static final NicGeometry GEOMETRY = NicGeometry.of(SIZE, BUFFER);
  private static final long BUFFERS = GEOMETRY.sent().buffers();
  private static final NicSettings SETTINGS =
      new NicSettings("evil", Frames.MAC, 1, 1, SIZE, BUFFER);

  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  private final MemorySegment memory = Arena.ofAuto().allocate(GEOMETRY.length(), 64);
  private final Virtqueue sent = Rings.sent(memory, GEOMETRY);
  private final Virtqueue received = Rings.received(memory, GEOMETRY);
  private final Frames frames = new Frames();

  private VirtualNic lab() {
    return VirtualNic.over(
        memory, GEOMETRY, Netfile.End.LAB, true, SETTINGS, pool, Doorbell.NONE, Doorbell.NONE);
  }

  enum Crime {
    RUNAWAY(RingFault.AVAIL_INDEX_RUNAWAY),
    HEAD(RingFault.HEAD_OUT_OF_RANGE),
    NEXT(RingFault.NEXT_OUT_OF_RANGE),
    LOOP(RingFault.CHAIN_TOO_LONG),
    BIG(RingFault.CHAIN_TOO_BIG),
    HUGE_LENGTH(RingFault.CHAIN_TOO_BIG),
    BEFORE(RingFault.ADDRESS_OUT_OF_RANGE),
    AFTER(RingFault.ADDRESS_OUT_OF_RANGE),
    ONE_BYTE_OVER(RingFault.ADDRESS_OUT_OF_RANGE),
    OVERFLOW(RingFault.ADDRESS_OUT_OF_RANGE),
    NEGATIVE(RingFault.ADDRESS_OUT_OF_RANGE),
    RING_AS_BUFFER(RingFault.ADDRESS_OUT_OF_RANGE),
    DIRECTION(RingFault.WRONG_DIRECTION),
    SECOND_DIRECTION(RingFault.WRONG_DIRECTION),
    INDIRECT(RingFault.INDIRECT_NOT_NEGOTIATED);

    private final RingFault fault;

    Crime(RingFault fault) {
      this.fault = fault;
    }

    RingFault fault() {
      return fault;
    }
  }

  /** Commits a crime on either ring; {@code right} is the WRITE flag that the ring asks for. */
  static void commit(Crime crime, Virtqueue ring, long buffers, int right) {
    ring.availableHead(0, 0);
    int index = 1;
    switch (crime) {
      case RUNAWAY -> index = SIZE + 1;
      case HEAD -> ring.availableHead(0, SIZE);
      case NEXT -> ring.describe(0, buffers, 100, right | Virtqueue.NEXT, SIZE);
      case LOOP -> {
        ring.describe(0, buffers, 1, right | Virtqueue.NEXT, 1);
        ring.describe(1, buffers, 1, right | Virtqueue.NEXT, 0);
      }
      case BIG -> {
        ring.describe(0, buffers, BUFFER, right | Virtqueue.NEXT, 1);
        ring.describe(1, buffers, Chain.MAX_BYTES, right, 0);
      }
      case HUGE_LENGTH -> ring.describe(0, buffers, -1, right, 0);
      case BEFORE -> ring.describe(0, buffers - 1, 100, right, 0);
      case AFTER -> ring.describe(0, buffers + SIZE * BUFFER, 100, right, 0);
      case ONE_BYTE_OVER -> ring.describe(0, buffers + SIZE * BUFFER - 99, 100, right, 0);
      case OVERFLOW -> ring.describe(0, Long.MAX_VALUE - 10, 100, right, 0);
      case NEGATIVE -> ring.describe(0, -16, 100, right, 0);
      case RING_AS_BUFFER -> ring.describe(0, 0, 100, right, 0);
      case DIRECTION -> ring.describe(0, buffers, 100, right ^ Virtqueue.WRITE, 0);
      case SECOND_DIRECTION -> {
        ring.describe(0, buffers, 100, right | Virtqueue.NEXT, 1);
        ring.describe(1, buffers, 100, right ^ Virtqueue.WRITE, 0);
      }
      case INDIRECT -> ring.describe(0, buffers, 96, right | Virtqueue.INDIRECT, 0);
    }
    ring.availableIndex(index);
  }

  @ParameterizedTest
  @EnumSource
  void drainStopsWithNamedFault(Crime crime) {
    VirtualNic nic = lab();
    commit(crime, sent, BUFFERS, 0);
    try (EffectList out = new EffectList()) {
      assertThat(nic.lab().drain(0, out, 100)).isZero();
      assertThat(nic.fault()).isEqualTo(crime.fault);
      assertThat(out.events(NicBroken.class)).containsExactly(new NicBroken("evil", crime.fault));
      out.clear();
      assertThat(nic.lab().drain(0, out, 100)).isZero();
      assertThat(nic.lab().deliver(0, frames.make(pool, 1, 60), out)).isFalse();
      assertThat(out.drops()).containsExactly(DropReason.NIC_BROKEN);
      assertThat(out.all()).hasSize(1);
    }
    assertThat(pool.live()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void deliverStopsWithNamedFault(Crime crime) {
    VirtualNic nic = lab();
    commit(crime, received, GEOMETRY.received().buffers(), Virtqueue.WRITE);
    try (EffectList out = new EffectList()) {
      assertThat(nic.lab().deliver(0, frames.make(pool, 1, 60), out)).isFalse();
      assertThat(nic.fault()).isEqualTo(crime.fault);
      assertThat(out.drops()).containsExactly(DropReason.NIC_BROKEN);
      assertThat(out.events(NicBroken.class)).hasSize(1);
    }
    assertThat(pool.live()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 11, 12, 13, 25})
  void runtIsDroppedAndCompleted(int length) {
    VirtualNic nic = lab();
    sent.describe(0, BUFFERS, length, 0, 0);
    sent.availableHead(0, 0);
    sent.availableIndex(1);
    try (EffectList out = new EffectList()) {
      assertThat(nic.lab().drain(0, out, 100)).isEqualTo(1);
      assertThat(nic.fault()).isNull();
      assertThat(nic.lab().counters().badSize()).isEqualTo(1);
    }
    assertThat(sent.usedIndex()).isEqualTo(1);
    assertThat(pool.live()).isZero();
  }

  /** The header may be a buffer of its own, or be split anywhere. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 11, 12, 13, 40})
  void frameIsGatheredFromChain(int first) {
    VirtualNic nic = lab();
    try (EffectList out = new EffectList()) {
      Packet packet = frames.make(pool, 77, 60);
      byte[] bytes = new byte[72];
      packet.buffer().getBytes(packet.buffer().readerIndex(), bytes, 12, 60);
      packet.release();
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, BUFFERS + 5, first);
      MemorySegment.copy(
          MemorySegment.ofArray(bytes), first, memory, BUFFERS + 3 * BUFFER, 72 - first);
      sent.describe(2, BUFFERS + 5, first, Virtqueue.NEXT, 7);
      sent.describe(7, BUFFERS + 3 * BUFFER, 72 - first, 0, 0);
      sent.availableHead(0, 2);
      sent.availableIndex(1);
      assertThat(nic.lab().drain(0, out, 100)).isEqualTo(1);
      assertThat(frames.number(out.of(EffectList.Sent.class).getFirst().packet())).isEqualTo(77);
      assertThat(sent.usedId(0)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 12, 13, 40})
  void frameIsScatteredIntoChain(int first) {
    VirtualNic nic = lab();
    long at = GEOMETRY.received().buffers();
    received.describe(2, at + 5, first, Virtqueue.WRITE | Virtqueue.NEXT, 7);
    received.describe(7, at + 3 * BUFFER, 72 - first, Virtqueue.WRITE, 0);
    received.availableHead(0, 2);
    received.availableIndex(1);
    try (EffectList out = new EffectList()) {
      Packet large = frames.make(pool, 78, 61);
      assertThat(nic.lab().deliver(0, large, out)).isFalse();
      assertThat(out.drops()).containsExactly(DropReason.NIC_FRAME_SIZE);
      assertThat(nic.lab().deliver(0, frames.make(pool, 78, 60), out)).isTrue();
      byte[] bytes = new byte[72];
      MemorySegment.copy(memory, at + 5, MemorySegment.ofArray(bytes), 0, first);
      MemorySegment.copy(memory, at + 3 * BUFFER, MemorySegment.ofArray(bytes), first, 72 - first);
      assertThat(bytes).startsWith(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
      Packet copy = pool.make(0, 60);
      copy.buffer().writeBytes(bytes, 12, 60);
      assertThat(frames.number(copy)).isEqualTo(78);
      copy.release();
      assertThat(received.usedId(0)).isEqualTo(2);
      assertThat(received.usedLength(0)).isEqualTo(72);
    }
    assertThat(pool.live()).isZero();
  }

  /** With both ends here a meddled ring must not lose or double a packet. */
  @Test
  void localSlotsCannotBeNamedTwice() {
    for (boolean local : new boolean[] {true, false}) {
      for (int seed = 0; seed < 60; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment own = Arena.ofAuto().allocate(GEOMETRY.length(), 64);
        NicState state =
            local
                ? new NicState(
                    "n", Frames.MAC, new LocalFrames(SIZE, BUFFER), new LocalFrames(SIZE, BUFFER))
                : new NicState("n", Frames.MAC, shared(own, true), shared(own, false));
        Virtqueue up = Rings.sent(own, GEOMETRY);
        Virtqueue down = Rings.received(own, GEOMETRY);
        NicDriver guest =
            new NicDriver(
                state,
                new DriverQueue(up, false, true),
                new DriverQueue(down, true, true),
                0,
                Doorbell.NONE,
                Doorbell.NONE);
        NicDevice lab =
            new NicDevice(
                state,
                new DeviceQueue(up, state.sent, false, true, 0),
                new DeviceQueue(down, state.received, true, true, 0),
                0,
                Doorbell.NONE,
                Doorbell.NONE,
                Doorbell.NONE,
                false,
                new NicCounters());
        try (EffectList out = new EffectList()) {
          int given = 0;
          int ended = 0;
          for (int i = 0; i < 60; i++) {
            switch (random.nextInt(6)) {
              case 0 -> {
                given++;
                guest.transmit(0, frames.make(pool, i, 60), out);
              }
              case 1 -> {
                given++;
                lab.deliver(0, frames.make(pool, i, 60), out);
              }
              case 2 -> lab.drain(0, out, 1 + random.nextInt(4));
              case 3 -> guest.receive(0, out, 1 + random.nextInt(4));
              default -> meddle(random, random.nextBoolean() ? up : down);
            }
          }
          state.end(out, DropReason.LAB_ENDED);
          for (EffectList.Effect effect : out.all()) {
            ended += effect instanceof EffectList.Emitted ? 0 : 1;
          }
          // a frame may be seen once more in shared memory, as a packet of its own
          assertThat(ended).isGreaterThanOrEqualTo(given);
          assertThat(local ? ended : given).isEqualTo(given);
        }
        assertThat(pool.live()).isZero();
      }
    }
  }

  private SharedFrames shared(MemorySegment own, boolean up) {
    long at = (up ? GEOMETRY.sent() : GEOMETRY.received()).buffers();
    return new SharedFrames(own.asSlice(at), at, SIZE, BUFFER, pool, true);
  }

  private static void meddle(SplittableRandom random, Virtqueue ring) {
    int at = random.nextInt(SIZE);
    switch (random.nextInt(5)) {
      case 0 -> ring.availableHead(at, random.nextInt(SIZE));
      case 1 -> ring.usedEntry(at, random.nextInt(SIZE), random.nextInt(80));
      case 2 -> ring.availableIndex(ring.availableIndex() + 1);
      case 3 -> ring.usedIndex(ring.usedIndex() + 1);
      default -> ring.describe(at, random.nextInt(SIZE), 72, random.nextInt(4), at);
    }
  }
}
