package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.larval.nic.MemifClient.Ring;

/** A memif client that writes nonsense into its rings, or takes their memory away. */
class HostileMemifRingTest {
  private static final long LENGTH = MemifClient.LENGTH;
  private static final int NEXT = 1;

  @TempDir private Path folder;
  private final List<MemifAttack> attacks = new ArrayList<>();

  private void ring(RingFault fault, String name, MemifAttack.Deed deed) {
    attacks.add(MemifAttack.running(name, fault + " " + MemifFault.RING_BROKEN, deed));
  }

  private void queues() {
    both(RingFault.AVAIL_INDEX_RUNAWAY, "head one too far", 0, 0, 0, MemifClient.SIZE + 1);
    both(RingFault.AVAIL_INDEX_RUNAWAY, "head behind tail", 0, 0, 0, 0xffff);
    both(RingFault.ADDRESS_OUT_OF_RANGE, "a buffer in region 1", 1, 60, 0, 1);
    both(RingFault.ADDRESS_OUT_OF_RANGE, "a buffer in region 65535", 0xffff, 60, 0, 1);
    both(RingFault.ADDRESS_OUT_OF_RANGE, "a buffer a byte too long", 0, 61, LENGTH - 60, 1);
    both(RingFault.ADDRESS_OUT_OF_RANGE, "a buffer beyond", 0, 60, LENGTH, 1);
    both(RingFault.ADDRESS_OUT_OF_RANGE, "a buffer of 4 GB", 0, -1, 0, 1);
    both(RingFault.ADDRESS_OUT_OF_RANGE, "a buffer that wraps", 0, -1, 0xffff_ffffL, 1);
    up(RingFault.CHAIN_TOO_BIG, "a frame of 66000 bytes", c -> frame(c, 0, 66_000));
    up(
        RingFault.CHAIN_TOO_BIG,
        "a frame of 2 times 40000 bytes",
        c -> {
          frame(c, NEXT, 40_000);
          c.describe(Ring.UP, 1, 0, 0, 40_000, 0);
          c.head(Ring.UP, 2);
        });
    up(RingFault.NEXT_OUT_OF_RANGE, "a frame beyond head", c -> frame(c, NEXT, 60));
    up(
        RingFault.CHAIN_TOO_LONG,
        "a frame of all buffers",
        c -> {
          for (int i = 0; i < MemifClient.SIZE; i++) {
            c.describe(Ring.UP, i, NEXT, 0, 1, 0);
          }
          c.head(Ring.UP, MemifClient.SIZE);
        });
    for (long left : new long[] {0, 4096}) {
      String name = "the file is cut to " + left + ", ";
      ring(
          RingFault.MEMORY_GONE,
          name + "we look for frames",
          (c, w) -> {
            frame(c, 0, 60);
            Posix.truncate(c.file, left);
            c.ringKick();
          });
      ring(
          RingFault.MEMORY_GONE,
          name + "we deliver",
          (c, w) -> {
            c.head(Ring.DOWN, 8);
            Posix.truncate(c.file, left);
            w.memif.deliver();
          });
    }
  }

  private static void frame(MemifClient client, int flags, int length) {
    client.describe(Ring.UP, 0, flags, 0, length, Ring.UP.buffers);
    client.head(Ring.UP, 1);
  }

  /** Does something to the ring from the client. */
  @FunctionalInterface
  private interface Crime {
    void by(MemifClient client);
  }

  private void up(RingFault fault, String name, Crime crime) {
    ring(
        fault,
        "from the client: " + name,
        (c, w) -> {
          crime.by(c);
          c.ringKick();
        });
  }

  private void both(RingFault fault, String name, int region, int length, long offset, int head) {
    up(
        fault,
        name,
        c -> {
          c.describe(Ring.UP, 0, 0, region, length, offset);
          c.head(Ring.UP, head);
        });
    ring(
        fault,
        "to the client: " + name,
        (c, w) -> {
          c.describe(Ring.DOWN, 0, 0, region, length, offset);
          c.head(Ring.DOWN, head);
          w.memif.deliver();
        });
  }

  @TestFactory
  List<DynamicTest> attacks() {
    queues();
    System.out.println("HostileMemifRingTest: " + attacks.size() + " attacks");
    assertThat(attacks).hasSizeGreaterThan(20);
    return attacks.stream().map(attack -> attack.test(folder)).toList();
  }

  /** Fields change between our looks; frames may be nonsense, but nothing outside is touched. */
  @Test
  void descriptorsThatChangeAllTheTime() throws Exception {
    long seed = Long.getLong("larval.test.seed", System.nanoTime());
    System.out.println("HostileMemifRingTest races, seed " + seed);
    int faults = 0;
    long frames = 0;
    for (int round = 0; round < 40; round++) {
      Path own = Files.createTempDirectory(folder, "race");
      try (VhostWorld world = new VhostWorld(own);
          MemifClient attacker = new MemifClient(own, world.memif.path)) {
        attacker.setUp();
        world.turns();
        assertThat(world.memif.nic.running()).isTrue();
        AtomicBoolean ended = new AtomicBoolean();
        SplittableRandom random = new SplittableRandom(seed + round);
        boolean gentle = round % 2 == 0;
        Thread racer = new Thread(() -> race(attacker, random, ended, gentle));
        racer.start();
        long met = 0;
        for (int i = 0; i < 100_000 && met < 200 && world.memif.nic.fault() == null; i++) {
          world.memif.deliver();
          met = world.memif.arrived + world.memif.damaged;
          world.memif.ring();
          world.memif.drain();
        }
        ended.set(true);
        racer.join();
        world.traffic();
        faults += world.memif.nic.fault() == null ? 0 : 1;
        frames += met;
      }
    }
    System.out.println("HostileMemifRingTest races: " + faults + " faults, " + frames + " frames");
    assertThat(faults).isPositive();
    assertThat(frames).isGreaterThan(1000);
  }

  private static void race(
      MemifClient attacker, SplittableRandom random, AtomicBoolean ended, boolean gentle) {
    while (!ended.get()) {
      Ring ring = random.nextBoolean() ? Ring.UP : Ring.DOWN;
      int slot = random.nextInt(MemifClient.SIZE);
      long offset = random.nextLong(LENGTH - (gentle ? 300 : 0));
      boolean wild = !gentle && random.nextInt(50) == 0;
      int flags = wild ? random.nextInt(4) : 0;
      int length = random.nextInt(gentle ? 300 : 4000);
      attacker.describe(ring, slot, flags, wild ? random.nextInt(3) : 0, length, offset);
      int ahead = attacker.head(ring) - attacker.tail(ring) & 0xffff;
      if (ahead < MemifClient.SIZE || wild) {
        attacker.head(ring, attacker.head(ring) + 1);
      }
      attacker.memory.set(
          ValueLayout.JAVA_BYTE, Ring.UP.buffers + random.nextInt(1 << 17), (byte) 1);
    }
  }
}
