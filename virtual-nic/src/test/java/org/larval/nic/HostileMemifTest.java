package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.larval.nic.MemifClient.Ring;

/** A memif client that says what it must not, or has not what it says. */
class HostileMemifTest {
  private static final long LENGTH = MemifClient.LENGTH;

  @TempDir private Path folder;

  private final List<MemifAttack> attacks = new ArrayList<>();

  private void talk(MemifFault fault, String name, MemifAttack.Deed deed) {
    attacks.add(new MemifAttack(name, fault.name(), deed));
  }

  /** Said when the interface is known. */
  private void then(MemifFault fault, String name, MemifAttack.Deed deed) {
    talk(
        fault,
        name,
        (c, w) -> {
          c.init();
          deed.by(c, w);
        });
  }

  private void messages() {
    for (int length : new int[] {1, 127, 129, 4096}) {
      talk(
          MemifFault.MESSAGE_LENGTH,
          "a message of " + length + " bytes",
          (c, w) -> c.raw(Arrays.copyOf(new byte[] {3, 0}, length), c.file));
    }
    talk(
        MemifFault.GONE,
        "an empty message with descriptors",
        (c, w) -> c.raw(new byte[0], c.file, c.kick));
    for (int type : new int[] {0, 1, 2, 7, 9, 0x103, 0xffff}) {
      talk(
          MemifFault.UNEXPECTED_MESSAGE,
          "type " + type,
          (c, w) -> c.say(MemifClient.message(type), c.file));
    }
    talk(MemifFault.UNEXPECTED_MESSAGE, "a region before the init", (c, w) -> c.region());
    talk(MemifFault.UNEXPECTED_MESSAGE, "a ring before the init", (c, w) -> c.ring(Ring.UP));
    talk(MemifFault.UNEXPECTED_MESSAGE, "connected before the init", (c, w) -> c.connect());
    then(MemifFault.UNEXPECTED_MESSAGE, "init twice", (c, w) -> c.init());
    running(MemifFault.UNEXPECTED_MESSAGE, "init while rings run", (c, w) -> c.init());
    running(MemifFault.UNEXPECTED_MESSAGE, "a region while rings run", (c, w) -> c.region());
    running(MemifFault.UNEXPECTED_MESSAGE, "a ring while rings run", (c, w) -> c.ring(Ring.UP));
    running(MemifFault.UNEXPECTED_MESSAGE, "connect twice", (c, w) -> c.connect());
    running(MemifFault.DISCONNECTED, "goodbye", (c, w) -> c.say(MemifClient.message(8)));
    running(MemifFault.GONE, "gone without a word", (c, w) -> c.socket.close());
    talk(
        MemifFault.WRONG_VERSION,
        "version 3.0",
        (c, w) -> c.say(MemifClient.init(0x300, MemifClient.ID, 0, MemifClient.SECRET)));
    talk(
        MemifFault.WRONG_ID,
        "another interface",
        (c, w) -> c.say(MemifClient.init(0x200, 0, 0, MemifClient.SECRET)));
    talk(
        MemifFault.WRONG_MODE,
        "IP packets",
        (c, w) -> c.say(MemifClient.init(0x200, MemifClient.ID, 1, MemifClient.SECRET)));
    for (String secret : new String[] {"", "swor", "swords", "Sword"}) {
      talk(
          MemifFault.WRONG_SECRET,
          "the secret '" + secret + "'",
          (c, w) ->
              c.say(
                  MemifClient.init(
                      0x200, MemifClient.ID, 0, secret.getBytes(StandardCharsets.US_ASCII))));
    }
  }

  /** Done when the rings run. */
  private void running(MemifFault fault, String name, MemifAttack.Deed deed) {
    attacks.add(MemifAttack.running(name, fault.name(), deed));
  }

  private void descriptors() {
    talk(
        MemifFault.DESCRIPTOR_COUNT,
        "an init with a descriptor",
        (c, w) -> c.say(MemifClient.init(0x200, MemifClient.ID, 0, MemifClient.SECRET), c.file));
    then(MemifFault.DESCRIPTOR_COUNT, "a region without one", (c, w) -> c.region(0, LENGTH));
    then(
        MemifFault.DESCRIPTOR_COUNT,
        "a region with two",
        (c, w) -> c.region(0, LENGTH, c.file, c.file));
    then(
        MemifFault.DESCRIPTOR_COUNT,
        "a region with sixteen",
        (c, w) -> {
          int[] many = new int[16];
          Arrays.fill(many, c.file);
          c.region(0, LENGTH, many);
        });
    then(
        MemifFault.DESCRIPTOR_COUNT,
        "a ring without one",
        (c, w) -> {
          c.region();
          c.say(MemifClient.ring(Ring.UP, 0, 0, 0, MemifClient.LOG2, 0));
        });
    then(
        MemifFault.BAD_DOORBELL,
        "a doorbell that is a plain file",
        (c, w) -> {
          c.region();
          c.say(MemifClient.ring(Ring.UP, 0, 0, 0, MemifClient.LOG2, 0), c.file);
          c.ring(Ring.DOWN);
          c.connect();
        });
    then(
        MemifFault.BAD_DOORBELL,
        "a doorbell whose other end is closed",
        (c, w) -> {
          c.region();
          int[] pipe = Posix.pipe();
          c.say(MemifClient.ring(Ring.UP, 0, 0, 0, MemifClient.LOG2, 0), c.own(pipe[0]));
          c.ring(Ring.DOWN);
          c.connect();
          w.turns();
          HostFile.close(pipe[1]);
        });
  }

  private void regions() {
    then(MemifFault.REGION_INDEX, "region 1 first", (c, w) -> c.region(1, LENGTH, c.file));
    then(
        MemifFault.REGION_INDEX,
        "region 0 twice",
        (c, w) -> {
          c.region();
          c.region();
        });
    then(
        MemifFault.REGION_INDEX,
        "seventeen regions",
        (c, w) -> {
          for (int i = 0; i < 17; i++) {
            c.region(i, LENGTH, c.file);
          }
        });
    for (long size : new long[] {0, -1, Long.MIN_VALUE, (1L << 32) + 1}) {
      then(MemifFault.REGION_SIZE, "a region of " + size, (c, w) -> c.region(0, size, c.file));
    }
    for (long size : new long[] {LENGTH + 1, 1L << 32}) {
      then(
          MemifFault.REGION_OUTSIDE_FILE,
          "a region of " + size + " in a file of " + LENGTH,
          (c, w) -> c.region(0, size, c.file));
    }
    file(MemifFault.REGION_READ_ONLY, "a read-only file", c -> c.own(readOnly()));
    file(MemifFault.REGION_READ_ONLY, "a directory", c -> c.own(Posix.open(folder, false)));
    file(MemifFault.REGION_NOT_MAPPABLE, "a socket", c -> c.socket.descriptor());
    file(MemifFault.REGION_NOT_MAPPABLE, "a doorbell", c -> c.kick);
    file(
        MemifFault.REGION_NOT_MAPPABLE,
        "/dev/zero",
        c -> c.own(Posix.open(Path.of("/dev/zero"), true)));
    then(
        MemifFault.REGION_OUTSIDE_FILE,
        "memory that is gone before the rings begin",
        (c, w) -> {
          c.region();
          c.ring(Ring.UP);
          c.ring(Ring.DOWN);
          w.turns();
          Posix.truncate(c.file, 0);
          c.connect();
        });
  }

  /** Opens something. */
  @FunctionalInterface
  private interface Opening {
    int by(MemifClient client) throws IOException;
  }

  private void file(MemifFault fault, String name, Opening opening) {
    then(fault, "memory that is " + name, (c, w) -> c.region(0, 4096, opening.by(c)));
  }

  private int readOnly() throws IOException {
    Path file = folder.resolve("read-only");
    Files.write(file, new byte[4096]);
    return Posix.open(file, false);
  }

  private void rings() {
    place(MemifFault.RING_INDEX, "with the number 1", 1, 0, 0, 7, 0);
    place(MemifFault.RING_ADDRESS, "in a region that is not there", 0, 1, 0, 7, 0);
    place(MemifFault.RING_ADDRESS, "in region 65535", 0, 65_535, 0, 7, 0);
    place(MemifFault.RING_ADDRESS, "that is not aligned", 0, 0, 4, 7, 0);
    place(MemifFault.RING_ADDRESS, "beyond its region", 0, 0, LENGTH, 7, 0);
    place(MemifFault.RING_ADDRESS, "that begins 8 bytes too late", 0, 0, LENGTH - 2168, 7, 0);
    place(MemifFault.RING_ADDRESS, "at the end of 32 bits", 0, 0, 0xffff_fff8L, 0, 0);
    place(MemifFault.RING_ADDRESS, "longer than its region", 0, 0, 0, 14, 0);
    place(MemifFault.RING_SIZE, "of 2^15", 0, 0, 0, 15, 0);
    place(MemifFault.RING_SIZE, "of 2^-1", 0, 0, 0, 255, 0);
    place(MemifFault.RING_SIZE, "of 2^64", 0, 0, 0, 64, 0);
    place(MemifFault.PRIVATE_HEADER, "with private headers", 0, 0, 0, 7, 8);
    then(
        MemifFault.RING_INDEX,
        "a ring twice",
        (c, w) -> {
          c.region();
          c.ring(Ring.DOWN);
          c.ring(Ring.DOWN);
        });
    for (Ring only : Ring.values()) {
      then(
          MemifFault.RING_MISSING,
          "only the ring " + only,
          (c, w) -> {
            c.region();
            c.ring(only);
            c.connect();
          });
      talk(
          MemifFault.RING_COOKIE,
          "no cookie in the ring " + only,
          (c, w) -> {
            c.memory.set(ValueLayout.JAVA_INT, only.at, 1);
            c.setUp();
          });
    }
  }

  private void place(
      MemifFault fault, String name, int index, int region, long offset, int log2, int header) {
    then(
        fault,
        "a ring " + name,
        (c, w) -> {
          c.region();
          c.say(MemifClient.ring(Ring.UP, index, region, offset, log2, header), c.kick);
        });
  }

  @TestFactory
  List<DynamicTest> attacks() {
    messages();
    descriptors();
    regions();
    rings();
    System.out.println("HostileMemifTest: " + attacks.size() + " attacks");
    assertThat(attacks).hasSizeGreaterThan(60);
    return attacks.stream().map(attack -> attack.test(folder)).toList();
  }
}
