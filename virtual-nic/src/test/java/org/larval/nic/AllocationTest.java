package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** Once compiled, a frame's way there and back makes no garbage. */
class AllocationTest {
  private static final int LAPS = 20_000;

  /** Sends what arrives round and round. */
  private static final class Circle implements Effects {
    private final VirtualNic nic;
    private int laps;

    Circle(VirtualNic nic) {
      this.nic = nic;
    }

    @Override
    public void forward(Packet packet) {
      laps++;
      nic.guest().transmit(laps, packet, this);
    }

    @Override
    public void send(int port, Packet packet) {
      nic.lab().deliver(laps, packet, this);
    }

    @Override
    public void deliver(Packet packet) {
      throw new AssertionError("delivered");
    }

    @Override
    public void absorb(Packet packet) {
      throw new AssertionError("absorbed");
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      packet.release();
    }

    @Override
    public void emit(Event event) {
      throw new AssertionError(event);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noGarbage(boolean local) {
    PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    NicSettings settings = NicSettings.of("n", Frames.MAC, 0, 0).withBufferSize(2048);
    VirtualNic nic =
        local
            ? VirtualNic.local(settings, Doorbell.NONE, Doorbell.NONE)
            : VirtualNic.shared(settings, pool, Doorbell.NONE, Doorbell.NONE);
    Circle circle = new Circle(nic);
    Frames frames = new Frames();
    for (int i = 0; i < 16; i++) {
      nic.guest().transmit(0, frames.make(pool, i, 1000), circle);
    }
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    // the first rounds run in the interpreter, which makes objects that compiled code does not
    for (int round = 0; round < 200 && least > LAPS; round++) {
      long before = thread.getCurrentThreadAllocatedBytes();
      int until = circle.laps + LAPS;
      while (circle.laps < until) {
        nic.lab().drain(0, circle, 8);
        nic.guest().receive(0, circle, 8);
      }
      least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least).as("bytes of garbage for %d laps", LAPS).isLessThan(LAPS);
    assertThat(nic.end(circle, DropReason.LAB_ENDED)).isEqualTo(16);
    assertThat(pool.live()).isZero();
  }
}
