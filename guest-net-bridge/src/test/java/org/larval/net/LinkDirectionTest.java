package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

class LinkDirectionTest {
  private static final long MS = 1_000_000;

  @Test
  void aPerfectWireDeliversAtTheSameTimeButOnlyWhenAsked() {
    try (Wire wire = new Wire(1, Impairments.NONE)) {
      assertThat(wire.link.deadline()).isEqualTo(Long.MAX_VALUE);
      wire.enter(5, 60);
      wire.enter(5, 60);
      assertThat(wire.arrivals).isEmpty();
      assertThat(wire.link.deadline()).isEqualTo(5);
      wire.runTo(5);
      assertThat(wire.numbers()).containsExactly(0, 1);
      assertThat(wire.link.counters().bytesOut()).isEqualTo(120);
    }
  }

  @Test
  void aDelayIsExactAndDueFramesLeaveAsOneBurst() {
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(20 * MS).build());
        EffectList out = new EffectList()) {
      for (long at = 0; at < 5; at++) {
        wire.enter(at, 60);
      }
      assertThat(wire.link.deadline()).isEqualTo(20 * MS);
      wire.link.onDeadline(20 * MS - 1, out);
      assertThat(out.all()).isEmpty();
      wire.link.onDeadline(20 * MS + 2, out);
      assertThat(out.of(EffectList.Forwarded.class)).hasSize(3);
      assertThat(wire.link.deadline()).isEqualTo(20 * MS + 3);
      wire.runOut();
      assertThat(wire.times()).containsExactly(20 * MS + 3, 20 * MS + 4);
    }
  }

  @Test
  void theTrailSaysHowLongAndWhatHappened() {
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(7).corrupt(1).build())) {
      wire.enter(3, 60);
      wire.runOut();
      assertThat(wire.trails.getFirst())
          .contains("at=3, place=a>b, action=IMPAIRED, detail=corrupt")
          .contains("at=3, place=a>b, action=LINK, detail=null, number=7");
    }
  }

  @Test
  void aLinkThatGoesDownStillDeliversWhatIsUnderWay() {
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(10).build())) {
      wire.enter(0, 60);
      wire.link.impair(1, wire.link.impairments().with().down(true).build());
      wire.enter(2, 60);
      wire.link.impair(3, wire.link.impairments().with().down(false).build());
      wire.enter(4, 60);
      wire.runOut();
      assertThat(wire.times()).containsExactly(10L, 14L);
      assertThat(wire.losses).containsExactly(new Wire.Lost(2, 1, DropReason.LINK_DOWN));
    }
  }

  @Test
  void aShorterDelayLetsLaterFramesOvertakeThoseUnderWay() {
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(100).build())) {
      wire.enter(0, 60);
      wire.enter(1, 60);
      wire.link.impair(2, wire.link.impairments().with().delayNanos(10).build());
      wire.enter(3, 60);
      wire.enter(90, 60);
      wire.enter(91, 60);
      wire.runOut();
      assertThat(wire.numbers()).containsExactly(2, 0, 3, 1, 4);
      assertThat(wire.times()).containsExactly(13L, 100L, 100L, 101L, 101L);
    }
  }

  @Test
  void whatEntersDuringABurstWaitsForTheNext() {
    PacketPool pool = new PacketPool(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, false);
    LinkDirection link = new LinkDirection("a>b", pool, new SplittableRandom(1));
    List<Packet> seen = new ArrayList<>();
    // a far end that answers each frame at once into the same link
    Effects echo =
        new Effects() {
          @Override
          public void forward(Packet packet) {
            seen.add(packet);
            link.onPacket(9, packet, this);
          }

          @Override
          public void send(int port, Packet packet) {
            throw new AssertionError();
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
            packet.release();
          }

          @Override
          public void emit(Event event) {
            throw new AssertionError();
          }
        };
    link.onPacket(9, pool.make(9, 10), echo);
    link.onDeadline(9, echo);
    assertThat(seen).hasSize(1);
    assertThat(link.underWay()).isEqualTo(1);
    link.end(9, echo);
    assertThat(pool.live()).isZero();
  }

  @Test
  void theEndDropsWhatIsUnderWay() {
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(10).build())) {
      wire.enter(0, 60);
      wire.enter(1, 60);
      wire.end(5);
      assertThat(wire.losses)
          .containsExactly(
              new Wire.Lost(5, 0, DropReason.LAB_ENDED), new Wire.Lost(5, 1, DropReason.LAB_ENDED));
      assertThat(wire.link.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void packetsUnderWayAreBounded() {
    PacketPool pool = new PacketPool(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, false);
    LinkDirection link = new LinkDirection("a>b", pool, new SplittableRandom(1));
    link.impair(0, Impairments.NONE.with().delayNanos(1000).build());
    try (EffectList out = new EffectList()) {
      for (int i = 0; i < LinkDirection.MAX_UNDER_WAY + 3; i++) {
        link.onPacket(1, pool.make(1, 0), out);
      }
      assertThat(out.drops())
          .containsExactly(
              DropReason.LINK_QUEUE_FULL, DropReason.LINK_QUEUE_FULL, DropReason.LINK_QUEUE_FULL);
      link.end(2, out);
    }
    assertThat(pool.live()).isZero();
  }

  @Test
  void tapsSeeWhatEntersWhatArrivesAndWhatIsLost() {
    List<String> seen = new ArrayList<>();
    try (Wire wire =
        new Wire(
            1,
            Impairments.NONE
                .with()
                .loss(new Loss.Gaps(2, 1, 0))
                .duplicate(1)
                .delayNanos(10)
                .build())) {
      wire.link.tap(
          new Tap() {
            @Override
            public void enters(long now, Packet packet) {
              seen.add(now + " enters " + packet.sequence);
            }

            @Override
            public void arrives(long now, Packet packet) {
              seen.add(now + " arrives " + packet.sequence);
            }

            @Override
            public void lost(long now, Packet packet, DropReason reason) {
              seen.add(now + " " + reason.label() + " " + packet.sequence);
            }
          });
      wire.enter(0, 60);
      wire.enter(1, 60);
      wire.runOut();
    }
    assertThat(seen)
        .containsExactly(
            "0 enters 0", "1 enters 1", "1 link-loss 1", "10 arrives 0", "10 arrives 0");
  }

  @Test
  void anInstalledRuleJudgesUntilItIsRemoved() {
    LinkRule onlyEven =
        (now, packet) ->
            packet.sequence % 2 == 0
                ? LinkVerdict.PASS
                : LinkVerdict.drop(DropReason.PACKET_CLASS_DENIED);
    LinkVerdict.DeliverAfter later = new LinkVerdict.DeliverAfter();
    LinkRule slow = (now, packet) -> later.keepOrder(5);
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(10).build())) {
      wire.link.install(onlyEven);
      wire.link.install(slow);
      wire.enter(4, 1, 60);
      wire.link.remove(onlyEven);
      wire.enter(20, 60);
      wire.enter(21, 60);
      wire.runOut();
      assertThat(wire.numbers()).containsExactly(0, 2, 4, 5);
      assertThat(wire.times()).containsExactly(15L, 17L, 35L, 36L);
      for (int i = 1; i < LinkDirection.MAX_INSTALLED; i++) {
        wire.link.install(onlyEven);
      }
      assertThatThrownBy(() -> wire.link.install(slow)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aRuleMayAskForAnAbsurdDelay() {
    LinkVerdict.DeliverAfter later = new LinkVerdict.DeliverAfter();
    try (Wire wire = new Wire(1, Impairments.NONE.with().delayNanos(10).build())) {
      wire.link.install((now, packet) -> later.keepOrder(Long.MAX_VALUE));
      wire.enter(4, 60);
      assertThat(wire.link.deadline()).isBetween(Long.MAX_VALUE / 2, Long.MAX_VALUE - 1);
    }
  }

  @Test
  void theDirectionsOfALinkShareNothing() {
    PacketPool pool = new PacketPool(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, false);
    Link link = Link.between("a", "b", pool, new SplittableRandom(3));
    link.impair(0, Impairments.NONE.with().delayNanos(5).build());
    link.back().impair(0, Impairments.NONE.with().delayNanos(9).build());
    try (EffectList out = new EffectList()) {
      link.forth().onPacket(0, pool.make(0, 1), out);
      link.back().onPacket(0, pool.make(0, 1), out);
      assertThat(link.forth().deadline()).isEqualTo(5);
      assertThat(link.back().deadline()).isEqualTo(9);
      assertThat(link.forth().name()).isEqualTo("a>b");
      assertThat(link.back().name()).isEqualTo("b>a");
      link.forth().end(1, out);
      link.back().end(1, out);
    }
    assertThat(pool.live()).isZero();
  }

  @Test
  void impossibleImpairmentsAreRefusedInWords() {
    assertThatThrownBy(() -> Impairments.NONE.with().duplicate(1.1).build())
        .hasMessage("duplicate is 0 to 1, not 1.1");
    assertThatThrownBy(() -> Impairments.NONE.with().loss(Double.NaN).build())
        .hasMessage("loss is 0 to 1, not NaN");
    assertThatThrownBy(() -> Impairments.NONE.with().reorder(.5, 1).build())
        .hasMessageContaining("needs a delay");
    assertThatThrownBy(() -> Impairments.NONE.with().delayNanos(-1).build())
        .hasMessageContaining("delay");
    assertThatThrownBy(() -> Impairments.NONE.with().queuePackets(1 << 20).build())
        .hasMessageContaining("65536");
    assertThatThrownBy(() -> new Loss.Gaps(1, 5, 5)).isInstanceOf(IllegalArgumentException.class);
  }
}
