package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Offsets of the split ring against the numbers of virtio 1.x, section 2.7. */
class VirtqueueTest {
  private static final int SIZE = 4;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment descriptors = arena.allocate(64, 16);
  private final MemorySegment available = arena.allocate(14, 2);
  private final MemorySegment used = arena.allocate(38, 4);
  private final Virtqueue ring = new Virtqueue(descriptors, available, used, SIZE);

  private static String hex(MemorySegment memory) {
    return HexFormat.of().formatHex(memory.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }

  @Test
  void sizesOfTheParts() {
    assertThat(Virtqueue.descriptorBytes(256)).isEqualTo(4096);
    assertThat(Virtqueue.availableBytes(256)).isEqualTo(518);
    assertThat(Virtqueue.usedBytes(256)).isEqualTo(2054);
    assertThat(NicGeometry.ringBytes(256)).isLessThan(7_000);
  }

  @Test
  void descriptorIsAddrLenFlagsNext() {
    ring.describe(1, 0x1122_3344_5566_7788L, 0x99aa_bbcc, Virtqueue.NEXT | Virtqueue.WRITE, 0xddee);
    assertThat(hex(descriptors.asSlice(16, 16))).isEqualTo("8877665544332211ccbbaa990300eedd");
    assertThat(ring.address(1)).isEqualTo(0x1122_3344_5566_7788L);
    assertThat(ring.lengthFlagsNext(1)).isEqualTo(0xddee_0003_99aa_bbccL);
  }

  @Test
  void availableIsFlagsIdxRingUsedEvent() {
    ring.availableFlags(1);
    ring.availableIndex(0x0203);
    ring.availableHead(5, 0x0405); // slot 1
    ring.usedEvent(0xfffe);
    assertThat(hex(available)).isEqualTo("0100" + "0302" + "0000" + "0504" + "00000000" + "feff");
    assertThat(ring.availableHead(0xfffd)).isEqualTo(0x0405);
    assertThat(ring.usedEvent()).isEqualTo(0xfffe);
  }

  @Test
  void usedIsFlagsIdxEntriesAvailEvent() {
    ring.usedFlags(1);
    ring.usedIndex(0x0203);
    ring.usedEntry(6, 0x0a0b_0c0d, 0x0102_0304); // slot 2
    ring.availableEvent(0xfffe);
    assertThat(hex(used))
        .isEqualTo(
            "0100" + "0302" + "00".repeat(16) + "0d0c0b0a04030201" + "00".repeat(8) + "feff");
    assertThat(ring.usedId(2)).isEqualTo(0x0a0b_0c0d);
    assertThat(ring.usedLength(2)).isEqualTo(0x0102_0304);
    assertThat(ring.availableEvent()).isEqualTo(0xfffe);
  }

  /** The event is among from, from + 1, ..., to - 1, counted over 16 bits. */
  @Test
  void eventIndexIsCrossedWhenItLiesBetween() {
    for (int from : new int[] {0, 1, 0x7fff, 0xfff0, 0xffff}) {
      for (int step = 0; step < 40; step++) {
        int to = (from + step) & 0xffff;
        for (int ahead = -50; ahead < 50; ahead++) {
          int event = (from + ahead) & 0xffff;
          assertThat(Virtqueue.crosses(event, from, to))
              .as("event %d from %d to %d", event, from, to)
              .isEqualTo(ahead >= 0 && ahead < step);
        }
      }
    }
  }
}
