package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DynamicTest;
import org.larval.nic.MemifClient.Ring;

/**
 * What a memif client does that it must not, and what must come of it: the named reason, which the
 * client is told; its descriptors are closed, the NIC beside it loses nothing, and the next client
 * is served.
 *
 * @param verdict the faults, in order
 */
record MemifAttack(String name, String verdict, Deed deed) {
  /** What the attacker does. */
  @FunctionalInterface
  interface Deed {
    void by(MemifClient client, VhostWorld world) throws IOException;
  }

  /** Done when the rings run. */
  static MemifAttack running(String name, String verdict, Deed deed) {
    return new MemifAttack(
        name,
        verdict,
        (c, w) -> {
          c.setUp();
          w.turns();
          assertThat(w.memif.nic.running()).isTrue();
          deed.by(c, w);
        });
  }

  DynamicTest test(Path folder) {
    return DynamicTest.dynamicTest(name + ": " + verdict, () -> run(folder));
  }

  private void run(Path folder) throws IOException {
    Path own = Files.createTempDirectory(folder, "attack");
    int before = Posix.openDescriptors();
    try (VhostWorld world = new VhostWorld(own)) {
      world.traffic();
      try (MemifClient attacker = new MemifClient(own, world.memif.path)) {
        world.turns();
        deed.by(attacker, world);
        world.turns();
        world.traffic();
        assertThat(world.memif.verdict()).isEqualTo(verdict);
        MemifFault last = MemifFault.valueOf(verdict.substring(verdict.lastIndexOf(' ') + 1));
        if (last != MemifFault.GONE) {
          assertThat(attacker.reason()).isEqualTo(last.sentence());
        }
      }
      world.turns();
      assertThat(world.memif.nic.running()).isFalse();
      world.traffic();
      nextIsServed(own, world);
    }
    assertThat(Posix.openDescriptors()).as("descriptors").isEqualTo(before);
  }

  private static void nextIsServed(Path own, VhostWorld world) throws IOException {
    try (MemifClient next = new MemifClient(own, world.memif.path)) {
      next.setUp();
      world.turns();
      assertThat(world.memif.nic.running()).isTrue();
      assertThat(world.memif.nic.fault()).isNull();
      next.head(Ring.DOWN, 1);
      world.memif.deliver();
      assertThat(next.tail(Ring.DOWN)).isEqualTo(1);
      world.traffic();
    }
    world.turns();
  }
}
