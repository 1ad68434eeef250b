package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.EthernetView;

/** Hops cost no garbage: counted in bytes that the thread allocated. */
@Tag("slow")
class AllocationTest {
  private static final int HOPS = 2_000_000;

  /** Far less than one byte per hop: what the compiler's own doings may leave behind. */
  private static final long SOME = 100_000;

  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false, true), false);
  private final Packet[] inHand = new Packet[64];
  private int count;

  /** Takes everything back to be sent again. */
  private final Effects again =
      new Effects() {
        @Override
        public void forward(Packet packet) {
          inHand[count++] = packet;
        }

        @Override
        public void send(int port, Packet packet) {
          inHand[count++] = packet;
        }

        @Override
        public void deliver(Packet packet) {
          throw new AssertionError();
        }

        @Override
        public void absorb(Packet packet) {
          throw new AssertionError();
        }

        @Override
        public void drop(Packet packet, DropReason reason) {
          inHand[count++] = packet;
        }

        @Override
        public void emit(Event event) {
          throw new AssertionError();
        }
      };

  private static long allocated() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  private void fill() {
    for (count = 0; count < 32; count++) {
      Packet packet = pool.make(0, 60);
      packet.buffer().writeZero(60);
      EthernetView.emit(
          packet.buffer(),
          packet.buffer().readerIndex(),
          0x0200_0000_0000L | count / 2,
          0x0200_0000_0000L | count + 1,
          EthernetView.TYPE_IPV4);
      inHand[count] = packet;
    }
  }

  private void empty() {
    while (count > 0) {
      inHand[--count].release();
    }
    assertThat(pool.live()).isZero();
  }

  private void hops(LinkDirection link, int hops) {
    long now = 0;
    for (int done = 0; done < hops; done += 32) {
      now += 10_000;
      int sent = count;
      count = 0;
      // drops come back at once, to places that were read already
      for (int i = 0; i < sent; i++) {
        link.onPacket(now, inHand[i], again);
      }
      while (link.deadline() != Long.MAX_VALUE) {
        now = Math.max(now, link.deadline());
        link.onDeadline(now, again);
      }
    }
  }

  private void measure(Impairments impairments) {
    fill();
    LinkDirection link = new LinkDirection("a>b", pool, new SplittableRandom(1));
    link.impair(0, impairments);
    hops(link, HOPS);
    long before = allocated();
    hops(link, HOPS);
    assertThat(allocated() - before).isLessThan(SOME);
    empty();
  }

  @Test
  void aPerfectLink() {
    measure(Impairments.NONE.with().delayNanos(1_000).build());
  }

  @Test
  void aLinkWithEveryRuleThatMakesNoCopies() {
    measure(
        Impairments.NONE
            .with()
            .delayNanos(10_000)
            .jitterNanos(5_000)
            .jitterShape(JitterShape.NORMAL)
            .jitterReorders(true)
            .reorder(0.1, 2)
            .corrupt(0.2)
            .loss(new Loss.GilbertElliott(0.1, 0.3))
            .bitsPerSecond(10_000_000_000L)
            .queuePackets(20)
            .build());
  }

  @Test
  void aBridgeThatKnowsEveryStation() {
    fill();
    Bridge bridge = new Bridge("br0", 2, pool, 16, Bridge.AGE_NANOS);
    bridged(bridge);
    long before = allocated();
    bridged(bridge);
    assertThat(allocated() - before).isLessThan(SOME);
    empty();
  }

  private void bridged(Bridge bridge) {
    for (int done = 0; done < HOPS; done += 32) {
      int sent = count;
      count = 0;
      for (int i = 0; i < sent; i++) {
        bridge.onPacket(done, i & 1, inHand[i], again);
      }
    }
  }
}
