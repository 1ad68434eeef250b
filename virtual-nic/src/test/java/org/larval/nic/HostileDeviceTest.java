package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.PacketPool;

/** A lab that writes what it must not, seen from the guest; and rings that lie from the start. */
class HostileDeviceTest {
  private static final int SIZE = 8;
  private static final int BUFFER = 256;
  private static final NicGeometry GEOMETRY = NicGeometry.of(SIZE, BUFFER);

  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  private final MemorySegment memory = Arena.ofAuto().allocate(GEOMETRY.length(), 64);
  private final Virtqueue sent = Rings.sent(memory, GEOMETRY);
  private final Virtqueue received = Rings.received(memory, GEOMETRY);
  private final Frames frames = new Frames();

  private VirtualNic guest() {
    return VirtualNic.over(
        memory,
        GEOMETRY,
        Netfile.End.GUEST,
        true,
        new NicSettings("g", Frames.MAC, 1, 1, SIZE, BUFFER),
        pool,
        Doorbell.NONE,
        Doorbell.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "9, 0, 72, USED_INDEX_RUNAWAY",
    "1, 8, 72, USED_ID_OUT_OF_RANGE",
    "1, -1, 72, USED_ID_OUT_OF_RANGE",
    "1, 0, 11, USED_LENGTH_WRONG",
    "1, 0, 257, USED_LENGTH_WRONG",
    "1, 0, -1, USED_LENGTH_WRONG"
  })
  void receiveStopsWithNamedFault(int index, int id, int length, RingFault fault) {
    VirtualNic nic = guest();
    received.usedEntry(0, id, length);
    received.usedIndex(index);
    try (EffectList out = new EffectList()) {
      nic.guest().receive(0, out, 100);
      assertThat(nic.fault()).isEqualTo(fault);
      assertThat(out.events(NicBroken.class)).containsExactly(new NicBroken("g", fault));
      nic.guest().transmit(0, frames.make(pool, 1, 60), out);
      assertThat(out.drops()).containsExactly(DropReason.NIC_BROKEN);
    }
    assertThat(pool.live()).isZero();
  }

  @Test
  void usedTwiceIsNotPosted() {
    VirtualNic nic = guest();
    try (EffectList out = new EffectList()) {
      nic.guest().transmit(0, frames.make(pool, 1, 60), out);
      nic.guest().transmit(0, frames.make(pool, 2, 60), out);
      sent.usedEntry(0, 0, 0);
      sent.usedEntry(1, 0, 0);
      sent.usedIndex(2);
      nic.guest().transmit(0, frames.make(pool, 3, 60), out);
      assertThat(nic.fault()).isEqualTo(RingFault.USED_ID_NOT_POSTED);
    }
    assertThat(pool.live()).isZero();
  }

  @Test
  void moreUsedThanSentIsRunaway() {
    VirtualNic nic = guest();
    try (EffectList out = new EffectList()) {
      sent.usedIndex(1);
      assertThat(nic.guest().transmit(0, frames.make(pool, 3, 60), out)).isFalse();
      assertThat(nic.fault()).isEqualTo(RingFault.USED_INDEX_RUNAWAY);
    }
    assertThat(pool.live()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"9, 0, 1", "2, 8, 1", "2, 3, 3"})
  void contradictingLeftoversAreStale(int available, int first, int second) {
    received.availableHead(0, first);
    received.availableHead(1, second);
    received.availableIndex(available);
    VirtualNic nic = guest();
    try (EffectList out = new EffectList()) {
      assertThat(nic.guest().receive(0, out, 100)).isZero();
      assertThat(nic.fault()).isEqualTo(RingFault.STALE_STATE);
    }
  }
}
