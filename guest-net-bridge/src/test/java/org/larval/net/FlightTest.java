package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** The queues under a link against those of the JDK, growing while their contents wrap around. */
class FlightTest {
  private record Entry(long time, long sequence, Packet packet) {}

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theRingKeepsItsOrder(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    FlightQueue queue = new FlightQueue();
    Queue<Entry> model = new ArrayDeque<>();
    long time = 0;
    for (int i = 0; i < 5_000 || !model.isEmpty(); i++) {
      if (i < 5_000 && random.nextInt(100) < 53) {
        long last = time;
        time += random.nextInt(3);
        Entry entry = new Entry(time, i, pool.make(0, 0));
        assertThat(queue.takes(time)).isTrue();
        assertThat(queue.takes(last - 1)).isEqualTo(model.isEmpty());
        queue.add(time, i, entry.packet);
        model.add(entry);
      } else if (!model.isEmpty()) {
        Entry first = model.remove();
        assertThat(queue.time()).isEqualTo(first.time);
        assertThat(queue.sequence()).isEqualTo(first.sequence);
        assertThat(queue.poll()).isSameAs(first.packet);
        first.packet.release();
      }
      assertThat(queue.size()).isEqualTo(model.size());
    }
    assertThat(queue.time()).isEqualTo(Long.MAX_VALUE);
    assertThat(pool.live()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theHeapOrdersByTimeThenByEntering(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    FlightHeap heap = new FlightHeap();
    PriorityQueue<Entry> model =
        new PriorityQueue<>(
            Comparator.comparingLong(Entry::time).thenComparingLong(Entry::sequence));
    for (int i = 0; i < 5_000 || !model.isEmpty(); i++) {
      if (i < 5_000 && random.nextInt(100) < 53) {
        // few times, so that many are equal
        Entry entry = new Entry(random.nextInt(20), i, pool.make(0, 0));
        heap.add(entry.time, i, entry.packet);
        model.add(entry);
      } else if (!model.isEmpty()) {
        Entry first = model.remove();
        assertThat(heap.time()).isEqualTo(first.time);
        assertThat(heap.sequence()).isEqualTo(first.sequence);
        assertThat(heap.poll()).isSameAs(first.packet);
        first.packet.release();
      }
      assertThat(heap.size()).isEqualTo(model.size());
    }
    assertThat(heap.time()).isEqualTo(Long.MAX_VALUE);
    assertThat(pool.live()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theRateDecidesAsAPlainQueueWould(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    // 8 Gbit/s: a byte takes a nanosecond
    try (Wire wire =
        new Wire(
            seed,
            Impairments.NONE
                .with()
                .bitsPerSecond(8_000_000_000L)
                .queuePackets(150)
                .queueBytes(120_000)
                .build())) {
      Queue<long[]> model = new ArrayDeque<>();
      long now = 0;
      long idleFrom = 0;
      long waitingBytes = 0;
      int losses = 0;
      for (int i = 0; i < 5_000; i++) {
        now += random.nextInt(1 + random.nextInt(1_900));
        int length = 1 + random.nextInt(1_500);
        while (!model.isEmpty() && model.element()[0] <= now) {
          waitingBytes -= model.remove()[1];
        }
        boolean lost =
            !model.isEmpty()
                && (model.size() > 150 || waitingBytes - model.element()[1] + length > 120_000);
        if (lost) {
          losses++;
        } else {
          idleFrom = Math.max(now, idleFrom) + length;
          model.add(new long[] {idleFrom, length});
          waitingBytes += length;
        }
        wire.enter(now, length);
        assertThat(wire.link.counters().dropped(DropReason.LINK_QUEUE_FULL)).isEqualTo(losses);
        assertThat(wire.link.waiting(now)).isEqualTo(Math.max(0, model.size() - 1));
      }
      assertThat(losses).isPositive();
      wire.runOut();
      assertThat(wire.times().getLast()).isEqualTo(idleFrom);
    }
  }
}
