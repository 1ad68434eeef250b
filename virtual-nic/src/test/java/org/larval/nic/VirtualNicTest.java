package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.Step;
import org.larval.packet.StepAction;
import org.larval.packet.Trail;

class VirtualNicTest {
  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  private final EffectList out = new EffectList();
  private final Frames frames = new Frames();
  private final List<String> bells = new ArrayList<>();

  @AfterEach
  void everyPacketEnded() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  private VirtualNic nic(boolean local, int size) {
    NicSettings settings =
        NicSettings.of("a.nic0", Frames.MAC, 3, 1).withQueueSize(size).withBufferSize(2048);
    Doorbell lab = () -> bells.add("lab");
    Doorbell guest = () -> bells.add("guest");
    return local
        ? VirtualNic.local(settings, lab, guest)
        : VirtualNic.shared(settings, pool, lab, guest);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void packetCrossesWithWhatIsKnownOfIt(boolean local) {
    VirtualNic nic = nic(local, 4);
    Packet packet = frames.make(pool, 9, 100);
    long id = packet.id();
    packet.flow = 4;
    packet.sequence = 17;
    packet.label = 8;
    packet.secmark = 6;
    packet.mark = 5;
    packet.noXfrm = true;
    packet.companion = "route";
    packet.addTransform("sa");
    packet.headers(3, 4);
    assertThat(nic.guest().transmit(10, packet, out)).isTrue();
    assertThat(out.all()).isEmpty();
    assertThat(nic.lab().drain(20, out, 8)).isEqualTo(1);
    Packet got = out.of(EffectList.Sent.class).getFirst().packet();
    assertThat(got.id()).isEqualTo(id);
    assertThat(got.flow).isEqualTo(4);
    assertThat(got.sequence).isEqualTo(17);
    assertThat(got.label).isEqualTo(8);
    assertThat(got.secmark).isEqualTo(6);
    assertThat(got.inPort).isEqualTo(3);
    // what belongs to the guest stays there
    assertThat(got.mark).isZero();
    assertThat(got.noXfrm).isFalse();
    assertThat(got.companion).isNull();
    assertThat(got.transformCount()).isZero();
    assertThat(got.network()).isEqualTo(-1);
    assertThat(frames.number(got)).isEqualTo(9);
    Packet back = pool.copy(25, got);
    assertThat(nic.lab().deliver(30, back, out)).isTrue();
    assertThat(nic.guest().receive(40, out, 8)).isEqualTo(1);
    Packet end = out.of(EffectList.Forwarded.class).getFirst().packet();
    assertThat(frames.number(end)).isEqualTo(9);
    assertThat(end.inPort).isEqualTo(1);
    Trail trail = end.trail();
    assertThat(trail).isNotNull();
    assertThat(trail.steps())
        .containsExactly(
            new Step(10, "a.nic0", StepAction.NIC_OUT, Frames.MAC, 100),
            new Step(40, "a.nic0", StepAction.NIC_IN, Frames.MAC, 100));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fullRingDrops(boolean local) {
    VirtualNic nic = nic(local, 4);
    for (int i = 0; i < 5; i++) {
      assertThat(nic.guest().transmit(0, frames.make(pool, i, 60), out)).isEqualTo(i < 4);
      assertThat(nic.lab().deliver(0, frames.make(pool, i, 60), out)).isEqualTo(i < 4);
    }
    assertThat(out.drops()).containsExactly(DropReason.NIC_RING_FULL, DropReason.NIC_RING_FULL);
    assertThat(nic.guest().counters().ringFull()).isEqualTo(1);
    assertThat(nic.lab().counters().ringFull()).isEqualTo(1);
    assertThat(nic.guest().counters().bytesOut()).isEqualTo(240);
    assertThat(nic.end(out, DropReason.LAB_ENDED)).isEqualTo(8);
  }

  @Test
  void oneBellForManyFramesUntilTheyAreSeen() {
    VirtualNic nic = nic(true, 8);
    for (int i = 0; i < 5; i++) {
      nic.guest().transmit(0, frames.make(pool, i, 60), out);
      nic.lab().deliver(0, frames.make(pool, i, 60), out);
    }
    assertThat(bells).containsExactly("lab", "guest");
    assertThat(nic.guest().counters().ringsSuppressed()).isEqualTo(4);
    bells.clear();
    // a budget too small asks for another turn
    assertThat(nic.lab().drain(0, out, 3)).isEqualTo(3);
    assertThat(bells).containsExactly("lab");
    assertThat(nic.lab().drain(0, out, 3)).isEqualTo(2);
    assertThat(bells).hasSize(1);
    nic.guest().transmit(0, frames.make(pool, 9, 60), out);
    assertThat(bells).hasSize(2);
    assertThat(nic.guest().receive(0, out, 5)).isEqualTo(5);
    assertThat(bells).hasSize(2);
    nic.lab().drain(0, out, 3);
  }

  @Test
  void corkedFramesWaitForTheFlush() {
    VirtualNic nic = nic(true, 8);
    nic.guest().cork();
    nic.guest().transmit(0, frames.make(pool, 1, 60), out);
    nic.guest().transmit(0, frames.make(pool, 2, 60), out);
    assertThat(nic.lab().drain(0, out, 8)).isZero();
    nic.guest().flush(out);
    assertThat(bells).containsExactly("lab");
    assertThat(nic.lab().drain(0, out, 8)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void framesOfWrongSizeAreDropped(boolean local) {
    VirtualNic nic = nic(local, 4);
    for (int length : new int[] {0, 13, 14, 2036, 2037}) {
      for (boolean up : new boolean[] {true, false}) {
        Packet packet = pool.make(0, length);
        packet.buffer().writeZero(length);
        boolean taken =
            up ? nic.guest().transmit(0, packet, out) : nic.lab().deliver(0, packet, out);
        assertThat(taken).isEqualTo(length >= 14 && length <= 2036);
      }
    }
    assertThat(out.drops()).hasSize(6).containsOnly(DropReason.NIC_FRAME_SIZE);
    assertThat(nic.lab().drain(0, out, 8)).isEqualTo(2);
    assertThat(nic.guest().receive(0, out, 8)).isEqualTo(2);
  }

  /** Headroom used up, a buffer without an array, a companion whose buffer is too small. */
  @Test
  void buffersOfAnyKindCross() {
    VirtualNic nic = nic(false, 4);
    Packet model = frames.make(pool, 5, 1000);
    io.netty.buffer.ByteBuf direct = PooledByteBufAllocator.DEFAULT.directBuffer(1000, 1000);
    direct.writeBytes(model.buffer(), model.buffer().readerIndex(), 1000);
    model.release();
    nic.guest().transmit(0, pool.wrap(0, direct), out);
    assertThat(nic.lab().drain(0, out, 1)).isEqualTo(1);
    Packet got = out.of(EffectList.Sent.class).getFirst().packet();
    Packet heap = pool.copy(0, got);
    assertThat(frames.number(heap)).isEqualTo(5);
    nic.lab().deliver(0, heap, out);
    nic.guest().receive(0, out, 1);
    got = out.of(EffectList.Forwarded.class).getFirst().packet();
    assertThat(frames.number(got)).isEqualTo(5);
  }

  @Test
  void thousandNicsAreCheap() {
    List<VirtualNic> nics = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      nics.add(VirtualNic.local(NicSettings.of("n" + i, Frames.MAC, i, 1), () -> {}, () -> {}));
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(nics.get(i).guest().transmit(0, frames.make(pool, i, 60), out)).isTrue();
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(nics.get(i).lab().drain(0, out, 8)).isEqualTo(1);
    }
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(() -> nic(true, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> nic(true, 65536)).isInstanceOf(IllegalArgumentException.class);
    NicSettings odd = NicSettings.of("n", Frames.MAC, 0, 0).withBufferSize(100);
    assertThatThrownBy(() -> VirtualNic.local(odd, Doorbell.NONE, Doorbell.NONE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
