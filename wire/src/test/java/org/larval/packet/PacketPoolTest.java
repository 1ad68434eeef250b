package org.larval.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketPoolTest {
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);

  @Test
  void numbersCountsAndRecycles() {
    Packet first = pool.make(5, 100);
    Packet second = pool.make(6, 100);
    assertThat(first.id()).isEqualTo(1);
    assertThat(second.id()).isEqualTo(2);
    assertThat(second.bornAt()).isEqualTo(6);
    assertThat(second.parent()).isZero();
    assertThat(pool.live()).isEqualTo(2);
    ByteBuf bytes = first.buffer();
    first.label = 3;
    first.companion = "route";
    first.step(5, "a", StepAction.BORN, null);
    first.release();
    assertThat(bytes.refCnt()).isZero();
    assertThat(pool.live()).isEqualTo(1);
    Packet third = pool.make(7, 100);
    assertThat(third).isSameAs(first);
    assertThat(third.id()).isEqualTo(3);
    assertThat(third.label).isZero();
    assertThat(third.companion).isNull();
    assertThat(third.network()).isEqualTo(-1);
    assertThat(third.trail()).isNotNull();
    assertThat(steps(third)).isEmpty();
    second.release();
    third.release();
    assertThat(pool.live()).isZero();
    assertThat(pool.born()).isEqualTo(3);
  }

  @Test
  void keepsBuffersThatNobodyElseHolds() {
    PacketPool keeping = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false, false, true);
    Packet first = keeping.make(0, 1500);
    ByteBuf bytes = first.buffer();
    bytes.writeZero(1500);
    first.release();
    Packet second = keeping.make(0, 60);
    assertThat(second.buffer()).isSameAs(bytes);
    assertThat(bytes.readerIndex()).isEqualTo(PacketPool.HEADROOM);
    assertThat(bytes.readableBytes()).isZero();
    ByteBuf held = bytes.retainedDuplicate();
    second.release();
    Packet third = keeping.make(0, 60);
    assertThat(third.buffer()).as("somebody holds the other").isNotSameAs(bytes);
    assertThat(bytes.refCnt()).isEqualTo(1);
    held.release();
    assertThat(bytes.refCnt()).isZero();
    third.release();
  }

  @Test
  void keepsNoBuffersOfOthers() {
    PacketPool keeping = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false, false, true);
    ByteBuf own = Unpooled.buffer(2048, 2048);
    keeping.wrap(0, own).release();
    assertThat(own.refCnt()).isZero();
    Packet packet = keeping.make(0, 60);
    ByteBuf whole = packet.buffer();
    keeping.wrap(0, whole.retainedSlice()).release();
    assertThat(whole.refCnt()).isEqualTo(1);
    Packet large = keeping.make(0, 9000);
    ByteBuf bytes = large.buffer();
    large.release();
    assertThat(bytes.refCnt()).isZero();
    packet.release();
  }

  private static List<Step> steps(Packet packet) {
    Trail trail = packet.trail();
    return trail == null ? List.of() : trail.steps();
  }

  @Test
  void aPacketEndsOnce() {
    Packet packet = pool.make(0, 10);
    packet.release();
    assertThatThrownBy(packet::release).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(packet::buffer).isInstanceOf(IllegalStateException.class);
    assertThat(pool.live()).isZero();
  }

  @Test
  void roomInFrontAndBehind() {
    Packet packet = pool.make(0, 100);
    assertThat(packet.length()).isZero();
    assertThat(packet.buffer().readerIndex()).isEqualTo(PacketPool.HEADROOM);
    assertThat(packet.buffer().capacity())
        .isEqualTo(PacketPool.HEADROOM + 100 + PacketPool.TAILROOM);
    packet.push(PacketPool.HEADROOM);
    assertThatThrownBy(() -> packet.push(1)).isInstanceOf(IllegalStateException.class);
    packet.pull(28);
    assertThat(packet.buffer().readerIndex()).isEqualTo(28);
    packet.release();
  }

  @Test
  void copyTakesEverythingButIdentity() {
    Packet packet = pool.wrap(1, Unpooled.buffer(64).writeZero(8).writeLong(0x1122334455667788L));
    packet.pull(8);
    packet.headers(8, 12);
    fill(packet);
    packet.step(1, "a", StepAction.BORN, "x", 4);
    Packet copy = pool.copy(2, packet);
    assertThat(copy.id()).isEqualTo(2);
    assertThat(copy.parent()).isEqualTo(1);
    assertThat(copy.buffer()).isNotSameAs(packet.buffer());
    assertThat(copy.buffer().getLong(copy.buffer().readerIndex())).isEqualTo(0x1122334455667788L);
    assertThat(copy.network()).isEqualTo(PacketPool.HEADROOM);
    assertThat(copy.transport()).isEqualTo(PacketPool.HEADROOM + 4);
    inherited(copy);
    assertThat(steps(copy)).containsExactly(new Step(1, "a", StepAction.BORN, "x", 4));
    copy.step(3, "b", StepAction.LINK, null);
    assertThat(steps(packet)).hasSize(1);
    packet.release();
    assertThat(copy.length()).isEqualTo(8);
    copy.release();
  }

  @Test
  void childInheritsAllButBytesAndTrail() {
    Packet packet = pool.make(1, 10);
    fill(packet);
    packet.step(1, "a", StepAction.BORN, null);
    Packet child = pool.child(2, packet, 20);
    assertThat(child.parent()).isEqualTo(packet.id());
    assertThat(child.length()).isZero();
    assertThat(child.companion).isNull();
    assertThat(steps(child)).isEmpty();
    inherited(child);
    packet.release();
    assertThat(child.transform(1)).isEqualTo("inner");
    child.release();
    Packet next = pool.make(3, 10);
    assertThat(next.transformCount()).isZero();
    next.release();
  }

  private static void fill(Packet packet) {
    packet.flow = 1;
    packet.sequence = 2;
    packet.label = 3;
    packet.secmark = 4;
    packet.mark = 5;
    packet.inPort = 6;
    packet.heldNanos = 7;
    packet.leaked = true;
    packet.protectedByXfrm = true;
    packet.noXfrm = true;
    packet.segment = 8;
    packet.companion = "mine";
    packet.addTransform("outer");
    packet.addTransform("inner");
  }

  private static void inherited(Packet packet) {
    assertThat(packet.flow).isEqualTo(1);
    assertThat(packet.sequence).isEqualTo(2);
    assertThat(packet.label).isEqualTo(3);
    assertThat(packet.secmark).isEqualTo(4);
    assertThat(packet.mark).isEqualTo(5);
    assertThat(packet.inPort).isEqualTo(6);
    assertThat(packet.heldNanos).isEqualTo(7);
    assertThat(packet.leaked).isTrue();
    assertThat(packet.protectedByXfrm).isTrue();
    assertThat(packet.noXfrm).isTrue();
    assertThat(packet.segment).isEqualTo(8);
    assertThat(packet.transformCount()).isEqualTo(2);
    assertThat(packet.transform(0)).isEqualTo("outer");
  }

  @Test
  void theSecurityPathIsBounded() {
    Packet packet = pool.make(0, 10);
    for (int i = 0; i < Packet.MAX_TRANSFORMS; i++) {
      assertThat(packet.addTransform(i)).isTrue();
    }
    assertThat(packet.addTransform("one more")).isFalse();
    assertThatThrownBy(() -> packet.transform(6)).isInstanceOf(IndexOutOfBoundsException.class);
    packet.release();
  }

  @Test
  void replacedBytesAreReleased() {
    Packet packet = pool.make(0, 10);
    packet.headers(1, 2);
    ByteBuf old = packet.buffer();
    packet.replaceBuffer(pool.buffer(20));
    assertThat(old.refCnt()).isZero();
    assertThat(packet.network()).isEqualTo(-1);
    packet.release();
  }

  @Test
  void noTrailsWhereNoneAreWanted() {
    PacketPool plain = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    Packet packet = plain.make(0, 10);
    packet.step(0, "a", StepAction.BORN, null);
    assertThat(packet.trail()).isNull();
    packet.release();
  }

  @Test
  void aTakenTrailOutlivesItsPacket() {
    Packet packet = pool.make(0, 10);
    packet.step(9, "a", StepAction.BORN, "x");
    Trail trail = packet.takeTrail();
    packet.release();
    pool.make(1, 10).release();
    assertThat(trail).isNotNull();
    assertThat(trail == null ? List.of() : trail.steps())
        .containsExactly(new Step(9, "a", StepAction.BORN, "x", Trail.NO_NUMBER));
  }

  @Test
  void aTrailIsBounded() {
    Trail trail = new Trail();
    for (int i = 0; i < Trail.MAX_STEPS + 5; i++) {
      trail.add(i, "a", i == 40 ? StepAction.HELD : StepAction.LINK, null, i);
    }
    assertThat(trail.size()).isEqualTo(Trail.MAX_STEPS);
    assertThat(trail.leftOut()).isEqualTo(5);
    assertThat(trail.steps().getLast().number()).isEqualTo(Trail.MAX_STEPS - 1);
    assertThat(trail.has(StepAction.HELD)).isTrue();
    assertThat(trail.has(StepAction.DROPPED)).isFalse();
  }

  @Test
  void manyAtOnceAllComeBack() {
    List<Packet> packets = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      packets.add(pool.make(i, 10));
    }
    assertThat(pool.live()).isEqualTo(5000);
    packets.forEach(Packet::release);
    assertThat(pool.live()).isZero();
  }

  @Test
  void effectsReleaseEveryPacket() {
    try (EffectList out = new EffectList()) {
      out.forward(pool.make(0, 1));
      out.send(3, pool.make(0, 1));
      out.deliver(pool.make(0, 1));
      out.absorb(pool.make(0, 1));
      out.drop(pool.make(0, 1), DropReason.NO_ROUTE);
      out.emit(new Event() {});
      assertThat(out.all()).hasSize(6);
      assertThat(out.drops()).containsExactly(DropReason.NO_ROUTE);
      assertThat(out.of(EffectList.Sent.class).getFirst().port()).isEqualTo(3);
      assertThat(out.events(Event.class)).hasSize(1);
    }
    assertThat(pool.live()).isZero();
  }
}
