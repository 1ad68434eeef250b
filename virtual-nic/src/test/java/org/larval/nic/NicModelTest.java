package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.EffectList.Dropped;
import org.larval.packet.EffectList.Effect;
import org.larval.packet.EffectList.Forwarded;
import org.larval.packet.EffectList.Sent;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/**
 * Both ends of a NIC, driven in random order, against two bounded queues of numbers. Doorbells are
 * modelled too: one that should ring and does not is a guest that hangs. The seed is printed;
 * {@code -Dlarval.test.seed=N} repeats a run.
 */
class NicModelTest {
  private static final int PORT = 5;
  private static final int INTERFACE = 2;

  /** Enough for all 16-bit indexes to wrap; without leak detection, which takes its time. */
  private static final int MANY_FRAMES = 70_000;

  private static final int FRAMES = 3_000;

  /** What the two ends share, and whether packets keep their identity. */
  private record World(String name, VirtualNic guest, VirtualNic lab, boolean same) {}

  private int labRings;
  private int guestRings;

  @TestFactory
  List<DynamicTest> randomInterleavings() {
    long seed = Long.getLong("larval.test.seed", System.nanoTime());
    return List.of(
            "local",
            "local-many",
            "shared",
            "shared-flags",
            "two-ends",
            "two-ends-flags",
            "odd-start")
        .stream()
        .map(kind -> DynamicTest.dynamicTest(kind + " seed " + seed, () -> run(kind, seed)))
        .toList();
  }

  private World world(String kind, int size, PacketPool pool) {
    NicSettings settings =
        NicSettings.of("nic", Frames.MAC, PORT, INTERFACE).withQueueSize(size).withBufferSize(256);
    Doorbell toLab = () -> labRings++;
    Doorbell toGuest = () -> guestRings++;
    if (kind.startsWith("local")) {
      VirtualNic nic = VirtualNic.local(settings, toLab, toGuest);
      return new World(kind, nic, nic, true);
    }
    NicGeometry geometry = NicGeometry.of(size, 256);
    MemorySegment memory = Arena.ofAuto().allocate(geometry.length(), 64);
    boolean event = !kind.endsWith("flags");
    if (kind.startsWith("shared")) {
      VirtualNic nic =
          VirtualNic.over(
              memory, geometry, Netfile.End.BOTH, event, settings, pool, toLab, toGuest);
      return new World(kind, nic, nic, true);
    }
    if (kind.equals("odd-start")) {
      Rings.startAt(memory, geometry, 65_533);
    }
    return new World(
        kind,
        VirtualNic.over(memory, geometry, Netfile.End.GUEST, event, settings, pool, toLab, toGuest),
        VirtualNic.over(memory, geometry, Netfile.End.LAB, event, settings, pool, toLab, toGuest),
        false);
  }

  private void run(String kind, long seed) {
    System.out.println("NicModelTest " + kind + " seed " + seed);
    labRings = 0;
    guestRings = 0;
    SplittableRandom random = new SplittableRandom(seed);
    boolean many = kind.endsWith("many");
    PacketPool pool =
        new PacketPool(
            many ? UnpooledByteBufAllocator.DEFAULT : PooledByteBufAllocator.DEFAULT, true);
    int size = 1 << (1 + random.nextInt(5));
    World world = world(kind, size, pool);
    Frames frames = new Frames();
    ArrayDeque<Long> up = new ArrayDeque<>();
    ArrayDeque<Long> down = new ArrayDeque<>();
    // frames that a corked end has not shown, counted from the tail
    int upHidden = 0;
    int downHidden = 0;
    boolean upCorked = false;
    boolean downCorked = false;
    long number = 0;
    int delivered = 0;
    try (EffectList out = new EffectList()) {
      while (many ? crossings(world) < MANY_FRAMES : number < FRAMES) {
        switch (random.nextInt(6)) {
          case 0, 1 -> {
            int length = Frames.MIN + random.nextInt(244 - Frames.MIN + 1);
            Packet packet = frames.make(pool, ++number, length);
            packet.flow = (int) number;
            boolean taken = world.guest.guest().transmit(number, packet, out);
            assertThat(taken).isEqualTo(up.size() < size);
            checkSubmitted(out, taken, world.same);
            if (taken) {
              up.add(number);
              upHidden = upCorked ? upHidden + 1 : 0;
            }
          }
          case 2, 3 -> {
            int length = Frames.MIN + random.nextInt(244 - Frames.MIN + 1);
            Packet packet = frames.make(pool, ++number, length);
            packet.flow = (int) number;
            boolean taken = world.lab.lab().deliver(number, packet, out);
            assertThat(taken).isEqualTo(down.size() < size);
            if (!downCorked || world.same || !taken) {
              checkSubmitted(out, taken, world.same);
            } else {
              delivered += out.all().size(); // the end of a corked frame is told later
            }
            if (taken) {
              down.add(number);
              downHidden = downCorked ? downHidden + 1 : 0;
            }
          }
          case 4 -> {
            int budget = 1 + random.nextInt(2 * size);
            int visible = up.size() - upHidden;
            int expected = Math.min(budget, visible);
            assertThat(labRings > 0 || visible == 0).as("the lab knows of frames").isTrue();
            labRings = 0;
            assertThat(world.lab.lab().drain(number, out, budget)).isEqualTo(expected);
            for (Effect effect : out.all()) {
              Sent sent = (Sent) effect;
              assertThat(sent.port()).isEqualTo(PORT);
              checkArrived(frames, sent.packet(), up.removeFirst(), world.same);
            }
            assertThat(up.size() - upHidden).isEqualTo(visible - expected);
          }
          default -> {
            int budget = 1 + random.nextInt(2 * size);
            int visible = down.size() - downHidden;
            int expected = Math.min(budget, visible);
            assertThat(guestRings > 0 || visible == 0).as("the guest knows of frames").isTrue();
            guestRings = 0;
            assertThat(world.guest.guest().receive(number, out, budget)).isEqualTo(expected);
            for (Effect effect : out.all()) {
              Forwarded got = (Forwarded) effect;
              assertThat(got.packet().inPort).isEqualTo(INTERFACE);
              checkArrived(frames, got.packet(), down.removeFirst(), world.same);
            }
            assertThat(down.size() - downHidden).isEqualTo(visible - expected);
          }
        }
        out.clear();
        if (random.nextInt(16) == 0) {
          if (upCorked) {
            world.guest.guest().flush(out);
            upHidden = 0;
          } else {
            world.guest.guest().cork();
          }
          upCorked = !upCorked;
        }
        if (random.nextInt(16) == 0) {
          if (downCorked) {
            world.lab.lab().flush(out);
            delivered += out.all().size();
            assertThat(delivered).isEqualTo(world.same ? 0 : downHidden);
            delivered = 0;
            out.clear();
            downHidden = 0;
          } else {
            world.lab.lab().cork();
          }
          downCorked = !downCorked;
        }
        assertThat(world.guest.fault()).isNull();
        assertThat(world.lab.fault()).isNull();
      }
      world.lab.lab().flush(out);
      int left = world.guest.end(out, DropReason.LAB_ENDED);
      assertThat(left).isEqualTo(world.same ? up.size() + down.size() : 0);
    }
    assertThat(pool.live()).isZero();
    NicCounters guest = world.guest.guest().counters();
    NicCounters lab = world.lab.lab().counters();
    assertThat(lab.framesIn()).isEqualTo(guest.framesOut() - up.size());
    assertThat(guest.framesIn()).isEqualTo(lab.framesOut() - down.size());
    assertThat(guest.framesOut() + guest.ringFull() + lab.framesOut() + lab.ringFull())
        .isEqualTo(number);
    assertThat(guest.ringsSuppressed() + lab.ringsSuppressed()).isPositive();
  }

  /** Frames in the direction that had fewer. */
  private static long crossings(World world) {
    return Math.min(
        world.guest.guest().counters().framesOut(), world.lab.lab().counters().framesOut());
  }

  private static void checkSubmitted(EffectList out, boolean taken, boolean same) {
    if (!taken) {
      assertThat(out.drops()).containsExactly(DropReason.NIC_RING_FULL);
      assertThat(out.all()).hasOnlyElementsOfType(Dropped.class);
    } else {
      assertThat(out.all()).hasSize(same ? 0 : 1);
    }
  }

  private static void checkArrived(Frames frames, Packet packet, long number, boolean same) {
    assertThat(frames.number(packet)).isEqualTo(number);
    assertThat(packet.flow).isEqualTo(same ? (int) number : 0);
  }
}
