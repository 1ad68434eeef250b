package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

class SocketNicTest {
  private static final int WAITING = 4;

  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  private final EffectList out = new EffectList();
  private final Frames frames = new Frames();
  private final List<byte[]> sent = new ArrayList<>();
  private boolean open = true;
  private int bells;
  private final SocketNic nic =
      new SocketNic(
          NicSettings.of("k.nic0", Frames.MAC, 3, 0).withQueueSize(WAITING).withBufferSize(2048),
          pool,
          this::send,
          () -> bells++);

  @AfterEach
  void everyPacketEnded() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  private boolean send(ByteBuf frame) {
    byte[] bytes = new byte[frame.readableBytes()];
    frame.readBytes(bytes);
    frame.release();
    sent.add(bytes);
    return open;
  }

  private void arrive(int length) {
    nic.onFrame(5, Unpooled.wrappedBuffer(new byte[length]));
  }

  @Test
  void aFrameFromOutsideReachesTheStreetWhole() {
    Packet made = frames.make(pool, 9, 100);
    nic.onFrame(5, made.buffer());
    assertThat(bells).isEqualTo(1);
    assertThat(made.length()).as("the bytes stay the socket's").isEqualTo(100);
    made.release();
    assertThat(nic.drain(6, out, 8)).isEqualTo(1);
    Packet arrived = out.of(EffectList.Sent.class).getFirst().packet();
    assertThat(frames.number(arrived)).isEqualTo(9);
    assertThat(arrived.inPort).isEqualTo(3);
  }

  @Test
  void aFrameForTheGuestLeavesTheLab() {
    Packet packet = frames.make(pool, 7, 60);
    assertThat(nic.deliver(5, packet, out)).isTrue();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst()).hasSize(60);
    assertThat(nic.counters().framesOut()).isEqualTo(1);
  }

  @Test
  void whatTheSocketCannotTakeIsDropped() {
    open = false;
    assertThat(nic.deliver(5, frames.make(pool, 7, 60), out)).isFalse();
    assertThat(out.drops()).containsExactly(DropReason.NIC_RING_FULL);
  }

  @Test
  void wrongSizesAreCountedAndBecomeNoPacket() {
    arrive(0);
    arrive(13);
    arrive(2048 - FrameMemory.HEADER + 1);
    assertThat(nic.counters().badSize()).isEqualTo(3);
    assertThat(pool.born()).isZero();
    arrive(14);
    arrive(2048 - FrameMemory.HEADER);
    assertThat(nic.drain(6, out, 8)).isEqualTo(2);
  }

  @Test
  void theQueueIsBounded() {
    for (int i = 0; i < WAITING + 3; i++) {
      arrive(60);
    }
    assertThat(nic.counters().ringFull()).isEqualTo(3);
    assertThat(nic.drain(6, out, 1)).isEqualTo(1);
    assertThat(bells).as("asks for another turn when frames remain").isEqualTo(WAITING + 1);
    nic.end(out, DropReason.LAB_ENDED);
    assertThat(out.drops()).hasSize(WAITING - 1).containsOnly(DropReason.LAB_ENDED);
  }
}
