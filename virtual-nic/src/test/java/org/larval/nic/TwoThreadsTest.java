package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** One thread plays the guest and one the lab over the same memory, as two processes would. */
class TwoThreadsTest {
  private static final int FRAMES = 1_000_000;
  private static final NicGeometry GEOMETRY = NicGeometry.of(256, 2048);

  private final MemorySegment memory = Arena.ofAuto().allocate(GEOMETRY.length(), 64);

  private VirtualNic open(Netfile.End end, PacketPool pool) {
    return VirtualNic.over(
        memory,
        GEOMETRY,
        end,
        true,
        NicSettings.of("n", Frames.MAC, 0, 0).withBufferSize(2048),
        pool,
        Doorbell.NONE,
        Doorbell.NONE);
  }

  /** Checks what arrives and releases everything. */
  private static final class Checker implements Effects {
    private final Frames frames = new Frames();
    private long expected = 1;
    private boolean full;

    private void check(Packet packet) {
      long number = frames.number(packet);
      packet.release();
      if (number != expected) {
        throw new AssertionError("frame " + number + " instead of " + expected);
      }
      expected++;
    }

    @Override
    public void forward(Packet packet) {
      check(packet);
    }

    @Override
    public void send(int port, Packet packet) {
      check(packet);
    }

    @Override
    public void deliver(Packet packet) {
      packet.release();
    }

    @Override
    public void absorb(Packet packet) {
      packet.release();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      full = reason == DropReason.NIC_RING_FULL;
      packet.release();
      if (!full) {
        throw new AssertionError("dropped: " + reason);
      }
    }

    @Override
    public void emit(Event event) {
      throw new AssertionError(event);
    }
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void guestToLab() {
    run(true);
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void labToGuest() {
    run(false);
  }

  private void run(boolean up) {
    // made one after the other: the driver posts its buffers here
    VirtualNic guest =
        open(Netfile.End.GUEST, new PacketPool(UnpooledByteBufAllocator.DEFAULT, false));
    PacketPool labPool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    VirtualNic lab = open(Netfile.End.LAB, labPool);
    PacketPool senders = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    CompletableFuture<Void> sender =
        CompletableFuture.runAsync(
            () -> {
              Frames frames = new Frames();
              Checker out = new Checker();
              long number = 1;
              while (number <= FRAMES) {
                int length = Frames.MIN + (int) (number % 97);
                Packet packet = frames.make(senders, number, length);
                boolean taken =
                    up ? guest.guest().transmit(0, packet, out) : lab.lab().deliver(0, packet, out);
                if (taken) {
                  number++;
                } else {
                  Frames.idle();
                }
              }
            });
    Checker in = new Checker();
    while (in.expected <= FRAMES) {
      int done = up ? lab.lab().drain(0, in, 64) : guest.guest().receive(0, in, 64);
      if (done == 0) {
        assertThat(sender.isCompletedExceptionally()).isFalse();
        Frames.idle();
      }
    }
    sender.join();
    assertThat(guest.fault()).isNull();
    assertThat(lab.fault()).isNull();
    assertThat(senders.live()).isZero();
    assertThat(labPool.live()).isZero();
  }
}
