package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** One direction of a link with time in hand; closing it proves that nothing leaked. */
final class Wire implements AutoCloseable {
  /** What arrived when; the number is the packet's sequence. */
  record Arrival(long at, int number, String bytes) {}

  /** What was dropped when it entered. */
  record Lost(long at, int number, DropReason reason) {}

  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  final PacketPool pool = new PacketPool(allocator, true);
  final LinkDirection link;
  final List<Arrival> arrivals = new ArrayList<>();
  final List<Lost> losses = new ArrayList<>();
  final List<String> trails = new ArrayList<>();
  private final EffectList out = new EffectList();
  private int next;

  Wire(long seed, Impairments impairments) {
    link = new LinkDirection("a>b", pool, new SplittableRandom(seed));
    link.impair(0, impairments);
  }

  /** The next packet in order of numbers, all bytes zero. */
  Packet packet(long now, int length) {
    Packet packet = pool.make(now, length);
    packet.buffer().writeZero(length);
    packet.sequence = next++;
    return packet;
  }

  /** Lets everything arrive that is due before, then enters the next packet. */
  void enter(long now, int length) {
    runTo(now - 1);
    link.onPacket(now, packet(now, length), out);
    collect(now);
  }

  /** Enters {@code count} packets with a gap between them. */
  void enter(int count, long gap, int length) {
    for (int i = 0; i < count; i++) {
      enter(i * gap, length);
    }
  }

  void runTo(long time) {
    while (link.deadline() <= time) {
      long at = link.deadline();
      link.onDeadline(at, out);
      collect(at);
      assertThat(link.deadline()).isGreaterThan(at);
    }
  }

  void runOut() {
    runTo(Long.MAX_VALUE - 1);
    assertThat(link.underWay()).isZero();
  }

  void end(long now) {
    link.end(now, out);
    collect(now);
  }

  private void collect(long now) {
    for (EffectList.Effect effect : out.all()) {
      switch (effect) {
        case EffectList.Forwarded(Packet packet) -> {
          arrivals.add(new Arrival(now, packet.sequence, bytes(packet)));
          trails.add(walk(packet));
        }
        case EffectList.Dropped(Packet packet, DropReason reason) -> {
          losses.add(new Lost(now, packet.sequence, reason));
          trails.add(walk(packet));
        }
        default -> throw new AssertionError("a link only forwards and drops: " + effect);
      }
    }
    out.clear();
  }

  private static String bytes(Packet packet) {
    return io.netty.buffer.ByteBufUtil.hexDump(packet.buffer());
  }

  private static String walk(Packet packet) {
    var trail = packet.trail();
    return trail == null ? "" : trail.steps().toString();
  }

  List<Integer> numbers() {
    return arrivals.stream().map(Arrival::number).toList();
  }

  List<Long> times() {
    return arrivals.stream().map(Arrival::at).toList();
  }

  @Override
  public void close() {
    end(0);
    assertThat(pool.live()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    FrameCounters c = link.counters();
    assertThat(c.framesIn() + c.copies()).isEqualTo(c.framesOut() + c.dropped());
  }
}
