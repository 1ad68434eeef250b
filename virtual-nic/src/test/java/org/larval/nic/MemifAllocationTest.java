package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** Once compiled, a frame's way from a memif client and back to it makes no garbage. */
class MemifAllocationTest {
  private static final int LOG2 = 4;
  private static final int SIZE = 1 << LOG2;
  private static final int LAPS = 20_000;
  private static final int FRAME = 1000;
  private static final long DOWN = 512;
  private static final long BUFFERS = 1024;

  /** Returns what arrives. */
  private static final class Mirror implements Effects {
    private final PacketPool pool = pool();
    private final MemifNic nic =
        new MemifNic(NicSettings.of("n", Frames.MAC, 0, 0), pool, Doorbell.NONE, false);
    private long dropped;

    @Override
    public void send(int port, Packet packet) {
      nic.deliver(0, packet, this);
    }

    @Override
    public void deliver(Packet packet) {
      packet.release();
    }

    @Override
    public void forward(Packet packet) {
      throw new AssertionError("forwarded");
    }

    @Override
    public void absorb(Packet packet) {
      throw new AssertionError("absorbed");
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      dropped++;
      packet.release();
    }

    @Override
    public void emit(Event event) {
      throw new AssertionError(event);
    }
  }

  /** A pool that uses buffers again, as it does where nobody looks for leaks. */
  private static PacketPool pool() {
    ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    try {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
      return new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    } finally {
      ResourceLeakDetector.setLevel(level);
    }
  }

  private static MemifRing ring(MemorySegment memory, long at) {
    memory.set(ValueLayout.JAVA_INT, at, MemifClient.COOKIE);
    for (int i = 0; i < SIZE; i++) {
      long descriptor = at + 128 + 16L * i;
      memory.set(ValueLayout.JAVA_INT, descriptor + 4, FRAME);
      memory.set(ValueLayout.JAVA_INT, descriptor + 8, (int) BUFFERS + 2048 * i);
    }
    return new MemifRing(memory.asSlice(at), new MemorySegment[] {memory}, LOG2);
  }

  @Test
  void noGarbage() throws MemifFault.Refused {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(1 << 16, 64);
      Mirror mirror = new Mirror();
      MemoryRegions all = MemoryRegions.of(memory, 0);
      MemifRing up = ring(memory, 0);
      mirror.nic.start(all, up, ring(memory, DOWN), Doorbell.NONE, () -> {});
      ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      int head = 0;
      // the first rounds run in the interpreter, which makes objects that compiled code does not
      for (int round = 0; round < 200 && least > LAPS; round++) {
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int lap = 0; lap < LAPS; lap += 8) {
          head += 8;
          memory.set(ValueLayout.JAVA_SHORT, 6, (short) head);
          memory.set(ValueLayout.JAVA_SHORT, DOWN + 6, (short) head);
          mirror.nic.cork();
          mirror.nic.drain(0, mirror, 8);
          mirror.nic.flush(mirror);
        }
        least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).as("bytes of garbage for %d laps", LAPS).isLessThan(LAPS);
      assertThat(mirror.dropped).isZero();
      assertThat(mirror.nic.counters().framesOut()).isEqualTo(head);
      mirror.nic.stop(mirror);
      assertThat(mirror.pool.live()).isZero();
    }
  }
}
