package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A frontend that does what it must not: each attack ends in a named reason, its descriptors are
 * closed, the NIC beside it loses nothing, and the next frontend is served.
 */
class HostileFrontendTest {
  private static final long LENGTH = Frontend.GEOMETRY.length();
  private static final long USER = Frontend.USER;

  @TempDir private Path folder;

  /** What an attacker does. */
  @FunctionalInterface
  private interface Attack {
    void by(Frontend frontend, VhostWorld world) throws IOException;
  }

  private record Case(String name, String verdict, Attack attack) {}

  private final List<Case> cases = new ArrayList<>();

  private void talk(VhostFault fault, String name, Attack attack) {
    cases.add(new Case(name, fault.name(), attack));
  }

  private void ring(RingFault fault, String name, Attack attack) {
    cases.add(
        new Case(
            name,
            fault + " GONE",
            (frontend, world) -> {
              frontend.setUp();
              world.turns();
              attack.by(frontend, world);
              world.turns();
            }));
  }

  private static byte[] header(int request, int flags, int size) {
    return VhostMessage.buffer(12).putInt(request).putInt(flags).putInt(size).array();
  }

  private static ByteBuffer some(int bytes) {
    return VhostMessage.buffer(bytes);
  }

  private void messages() {
    talk(VhostFault.MESSAGE_TOO_LONG, "payload of 4097 bytes", (f, w) -> f.raw(header(1, 1, 4097)));
    talk(VhostFault.MESSAGE_TOO_LONG, "payload of -1 bytes", (f, w) -> f.raw(header(1, 1, -1)));
    talk(VhostFault.WRONG_VERSION, "version 0", (f, w) -> f.raw(header(1, 0, 0)));
    talk(VhostFault.WRONG_VERSION, "version 2", (f, w) -> f.raw(header(1, 2, 0)));
    talk(VhostFault.UNASKED_REPLY, "a reply", (f, w) -> f.raw(header(1, 5, 0)));
    talk(VhostFault.CUT_SHORT, "half a header", (f, w) -> f.raw(Arrays.copyOf(header(1, 1, 0), 5)));
    talk(
        VhostFault.CUT_SHORT,
        "half a payload",
        (f, w) -> f.raw(Arrays.copyOf(header(2, 1, 8), 15)));
    talk(VhostFault.GONE, "a header byte by byte, then nothing more", this::byByte);
    talk(
        VhostFault.PAYLOAD_LENGTH,
        "features of 4 bytes",
        (f, w) -> f.send(VhostRequest.SET_FEATURES, some(4)));
    talk(
        VhostFault.PAYLOAD_LENGTH,
        "a question with a payload",
        (f, w) -> f.send(VhostRequest.GET_FEATURES, some(8)));
    talk(
        VhostFault.PAYLOAD_LENGTH,
        "an empty memory table",
        (f, w) -> f.send(VhostRequest.SET_MEM_TABLE, some(0)));
    talk(
        VhostFault.PAYLOAD_LENGTH,
        "a memory table shorter than its count",
        (f, w) -> f.send(VhostRequest.SET_MEM_TABLE, some(40).putInt(0, 2), f.file, f.file));
    talk(
        VhostFault.PAYLOAD_LENGTH,
        "config beyond its payload",
        (f, w) -> f.send(VhostRequest.GET_CONFIG, some(12).putInt(4, 256)));
    talk(
        VhostFault.FEATURES_NOT_OFFERED,
        "packed rings",
        (f, w) -> f.send(VhostRequest.SET_FEATURES, Frontend.number(1L << 34)));
    talk(
        VhostFault.FEATURES_NOT_OFFERED,
        "indirect descriptors",
        (f, w) -> f.send(VhostRequest.SET_FEATURES, Frontend.number(1L << 32 | 1L << 28)));
    talk(
        VhostFault.FEATURES_NOT_OFFERED,
        "all protocol features",
        (f, w) -> f.send(VhostRequest.SET_PROTOCOL_FEATURES, Frontend.number(-1)));
    talk(
        VhostFault.BAD_MTU,
        "an MTU of 0",
        (f, w) -> f.send(VhostRequest.NET_SET_MTU, Frontend.number(0)));
    talk(VhostFault.REPLIES_UNREAD, "questions whose answers nobody reads", this::unread);
    talk(
        VhostFault.GONE,
        "requests that do not exist",
        (f, w) -> {
          for (int i = 41; i < 90; i++) {
            f.send(i, VhostMessage.VERSION, new byte[8], f.kick);
          }
        });
  }

  private void byByte(Frontend frontend, VhostWorld world) {
    for (byte one : header(1, 1, 0)) {
      frontend.raw(new byte[] {one});
      world.turns();
    }
    assertThat(frontend.answer()).hasSize(20);
  }

  private void unread(Frontend frontend, VhostWorld world) {
    for (int i = 0; i < 100_000 && world.victim.verdict().isEmpty(); i++) {
      frontend.send(VhostRequest.GET_FEATURES, some(0));
      if (i % 64 == 0) {
        world.turns();
      }
    }
  }

  private void descriptors() {
    talk(
        VhostFault.DESCRIPTOR_COUNT,
        "a question with a descriptor",
        (f, w) -> f.send(VhostRequest.GET_FEATURES, some(0), f.kick));
    talk(
        VhostFault.DESCRIPTORS_TRUNCATED,
        "nine descriptors",
        (f, w) -> {
          int[] nine = new int[9];
          Arrays.fill(nine, f.kick);
          f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(0, LENGTH, USER, 0), nine);
        });
    talk(
        VhostFault.DESCRIPTOR_COUNT,
        "memory without a descriptor",
        (f, w) -> f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(0, LENGTH, USER, 0)));
    talk(
        VhostFault.DESCRIPTOR_COUNT,
        "memory with two descriptors for one region",
        (f, w) ->
            f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(0, LENGTH, USER, 0), f.file, f.file));
    talk(
        VhostFault.DESCRIPTOR_COUNT,
        "a kick without its descriptor",
        (f, w) -> f.send(VhostRequest.SET_VRING_KICK, Frontend.number(1)));
    talk(
        VhostFault.DESCRIPTOR_COUNT,
        "a kick that says it has none and has one",
        (f, w) -> f.send(VhostRequest.SET_VRING_KICK, Frontend.number(0x101), f.kick));
    talk(
        VhostFault.BAD_DOORBELL,
        "a kick that is a plain file",
        (f, w) -> {
          f.features();
          f.send(VhostRequest.SET_VRING_KICK, Frontend.number(1), f.file);
        });
    talk(
        VhostFault.BAD_DOORBELL,
        "a kick whose other end is closed",
        (f, w) -> {
          f.setUp();
          w.turns();
          int[] pipe = Posix.pipe();
          f.send(VhostRequest.SET_VRING_KICK, Frontend.number(1), f.own(pipe[0]));
          w.turns();
          HostFile.close(pipe[1]);
          w.turns();
        });
    talk(VhostFault.GONE, "ten thousand doorbells", this::doorbells);
    talk(VhostFault.GONE, "a thousand memory tables while rings run", this::tables);
  }

  private void doorbells(Frontend frontend, VhostWorld world) throws IOException {
    frontend.setUp();
    world.turns();
    int before = Posix.openDescriptors();
    for (int i = 0; i < 10_000; i++) {
      int bell = Posix.eventfd();
      VhostRequest which =
          switch (i % 3) {
            case 0 -> VhostRequest.SET_VRING_CALL;
            case 1 -> VhostRequest.SET_VRING_ERR;
            default -> VhostRequest.SET_VRING_KICK;
          };
      frontend.send(which, Frontend.number(i % 2), bell);
      HostFile.close(bell);
      if (i % 16 == 0) {
        world.turns();
      }
    }
    world.turns();
    assertThat(Posix.openDescriptors()).isLessThan(before + 8);
    assertThat(world.victim.verdict()).isEmpty();
  }

  private void tables(Frontend frontend, VhostWorld world) {
    frontend.setUp();
    world.turns();
    for (int i = 0; i < 1000; i++) {
      frontend.memory();
      if (i % 16 == 0) {
        world.turns();
      }
    }
    world.turns();
    assertThat(world.victim.nic.running(0)).isTrue();
  }

  private void memory() {
    region(VhostFault.REGION_COUNT, "no region");
    talk(
        VhostFault.REGION_COUNT,
        "nine regions",
        (f, w) -> f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(new long[36])));
    region(VhostFault.REGION_SIZE, "a region of nothing", 0, 0, USER, 0);
    region(VhostFault.REGION_SIZE, "a region of half the world", 0, Long.MIN_VALUE, USER, 0);
    region(VhostFault.REGION_SIZE, "an offset of 2^63", 0, LENGTH, USER, Long.MIN_VALUE);
    region(VhostFault.REGION_SIZE, "offset and size overflow", 0, LENGTH, USER, Long.MAX_VALUE);
    region(VhostFault.REGION_SIZE, "guest addresses wrap", -4096, LENGTH, USER, 0);
    region(VhostFault.REGION_SIZE, "user addresses wrap", 0, LENGTH, -4096, 0);
    region(VhostFault.REGION_OUTSIDE_FILE, "a byte beyond the file", 0, LENGTH + 1, USER, 0);
    region(VhostFault.REGION_OUTSIDE_FILE, "an offset beyond the file", 0, LENGTH, USER, 4096);
    region(
        VhostFault.REGIONS_OVERLAP,
        "guest addresses overlap",
        0,
        8192,
        USER,
        0,
        4096,
        8192,
        USER + 65536,
        0);
    region(
        VhostFault.REGIONS_OVERLAP,
        "user addresses overlap",
        0,
        8192,
        USER,
        0,
        65536,
        8192,
        USER + 8191,
        0);
    file(VhostFault.REGION_READ_ONLY, "memory that is read-only", f -> readOnly());
    file(VhostFault.REGION_READ_ONLY, "memory that is a directory", f -> Posix.open(folder, false));
    file(VhostFault.REGION_READ_ONLY, "memory that is a pipe", f -> pipe(f));
    file(VhostFault.REGION_NOT_MAPPABLE, "memory that is a socket", f -> f.socket.descriptor());
    file(
        VhostFault.REGION_OUTSIDE_FILE,
        "memory that is /dev/zero",
        f -> Posix.open(Path.of("/dev/zero"), true));
    file(
        VhostFault.REGION_OUTSIDE_FILE,
        "memory that is an empty file",
        f -> Posix.open(folder.resolve("empty"), true));
  }

  private int readOnly() throws IOException {
    Path file = folder.resolve("read-only");
    Files.write(file, new byte[(int) LENGTH]);
    return Posix.open(file, false);
  }

  private static int pipe(Frontend frontend) throws IOException {
    int[] pipe = Posix.pipe();
    frontend.own(pipe[1]);
    return pipe[0];
  }

  private void region(VhostFault fault, String name, long... fields) {
    talk(
        fault,
        name,
        (f, w) -> {
          int[] files = new int[fields.length / 4];
          Arrays.fill(files, f.file);
          f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(fields), files);
        });
  }

  /** Makes a descriptor for an attacker. */
  @FunctionalInterface
  private interface Opening {
    int of(Frontend frontend) throws IOException;
  }

  private void file(VhostFault fault, String name, Opening opening) {
    talk(
        fault,
        name,
        (f, w) -> {
          int made = opening.of(f);
          if (made != f.socket.descriptor()) {
            f.own(made);
          }
          f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(0, LENGTH, USER, 0), made);
        });
  }

  private void rings() {
    for (int size : new int[] {0, 3, 65_536, -1}) {
      talk(
          VhostFault.RING_SIZE,
          "a ring of " + size,
          (f, w) -> f.send(VhostRequest.SET_VRING_NUM, Frontend.pair(0, size)));
    }
    for (VhostRequest request :
        List.of(
            VhostRequest.SET_VRING_NUM,
            VhostRequest.SET_VRING_BASE,
            VhostRequest.GET_VRING_BASE,
            VhostRequest.SET_VRING_ENABLE)) {
      for (int index : new int[] {2, -1, 0x7fff_ffff}) {
        talk(
            VhostFault.NO_SUCH_RING,
            request + " of ring " + index,
            (f, w) -> f.send(request, Frontend.pair(index, 8)));
      }
    }
    talk(
        VhostFault.NO_SUCH_RING,
        "addresses of ring 2",
        (f, w) -> f.send(VhostRequest.SET_VRING_ADDR, Frontend.address(2, USER, USER, USER)));
    talk(
        VhostFault.NO_SUCH_RING,
        "a kick of ring 255",
        (f, w) -> f.send(VhostRequest.SET_VRING_KICK, Frontend.number(255), f.kick));
    talk(
        VhostFault.NO_SUCH_RING,
        "a call of ring 2",
        (f, w) -> f.send(VhostRequest.SET_VRING_CALL, Frontend.number(2), f.kick));
    talk(
        VhostFault.RING_BASE,
        "a next index of 65,536",
        (f, w) -> f.send(VhostRequest.SET_VRING_BASE, Frontend.pair(0, 65_536)));
    talk(
        VhostFault.RING_WITHOUT_ADDRESS,
        "rings started without an address",
        (f, w) -> {
          f.features();
          f.memory();
          f.start(0);
          f.start(1);
        });
    talk(
        VhostFault.LEGACY_DRIVER,
        "a driver without VERSION_1",
        (f, w) -> {
          f.send(VhostRequest.SET_FEATURES, Frontend.number(0));
          f.memory();
          f.place(0);
          f.place(1);
          f.start(0);
          f.start(1);
        });
    long at = Frontend.GEOMETRY.sent().descriptors();
    placed("before the memory", USER - 4096, USER + 4096, USER + 8192);
    placed("behind the memory", USER + LENGTH, USER + 4096, USER + 8192);
    placed("half behind the memory", USER + LENGTH - 64, USER + 4096, USER + 8192);
    placed("at guest addresses", at, at, at);
    placed("at -1", -1, -1, -1);
    placed("descriptors not aligned", USER + 4096 + 8, USER + 8192, USER + 12288);
    placed("used ring not aligned", USER + 4096, USER + 8192 + 2, USER + 12288);
    placed("available ring not aligned", USER + 4096, USER + 8192, USER + 12288 + 1);
    talk(
        VhostFault.RING_ADDRESS,
        "memory is exchanged for some without the rings",
        (f, w) -> {
          f.setUp();
          w.turns();
          f.send(VhostRequest.SET_MEM_TABLE, Frontend.table(0, 4096, USER + (1L << 40), 0), f.file);
        });
  }

  private void placed(String name, long descriptors, long used, long available) {
    talk(
        VhostFault.RING_ADDRESS,
        "a ring " + name,
        (f, w) -> {
          f.features();
          f.memory();
          f.place(0);
          f.send(VhostRequest.SET_VRING_NUM, Frontend.pair(1, Frontend.SIZE));
          f.send(VhostRequest.SET_VRING_ADDR, Frontend.address(1, descriptors, used, available));
          f.start(0);
          f.start(1);
        });
  }

  private void queues() {
    for (HostileDriverTest.Crime crime : HostileDriverTest.Crime.values()) {
      if (crime == HostileDriverTest.Crime.RING_AS_BUFFER) {
        continue; // a guest may hand out any of its memory, its rings too
      }
      long above = LENGTH - (long) Frontend.SIZE * Frontend.BUFFER;
      ring(
          crime.fault(),
          "sent ring: " + crime,
          (f, w) -> {
            HostileDriverTest.commit(crime, f.sent, base(crime, above), 0);
            new EventFd(f.kick).ring();
          });
      ring(
          crime.fault(),
          "received ring: " + crime,
          (f, w) -> {
            HostileDriverTest.commit(crime, f.received, base(crime, above), Virtqueue.WRITE);
            w.deliver();
          });
    }
    ring(
        RingFault.MEMORY_GONE,
        "the file is cut short, we look for frames",
        (f, w) -> {
          Posix.truncate(f.file, 0);
          w.victim.nic.drain(0, w.victim, 16);
        });
    ring(
        RingFault.MEMORY_GONE,
        "the file is cut short, we deliver",
        (f, w) -> {
          Posix.truncate(f.file, 0);
          w.deliver();
        });
    ring(
        RingFault.MEMORY_GONE,
        "the file is cut short behind the rings",
        (f, w) -> {
          long buffer = LENGTH - Frontend.BUFFER;
          f.sent.describe(0, buffer, 100, 0, 0);
          f.sent.availableHead(0, 0);
          f.sent.availableIndex(1);
          Posix.truncate(f.file, LENGTH / 4096 * 4096 - 4096);
          w.victim.nic.drain(0, w.victim, 16);
        });
  }

  /** Crimes count addresses from the beginning of the buffers; before it is outside only at 0. */
  private static long base(HostileDriverTest.Crime crime, long above) {
    return crime == HostileDriverTest.Crime.BEFORE ? 0 : above;
  }

  @TestFactory
  List<DynamicTest> attacks() {
    messages();
    descriptors();
    memory();
    rings();
    queues();
    System.out.println("HostileFrontendTest: " + cases.size() + " attacks");
    assertThat(cases).hasSizeGreaterThan(40);
    return cases.stream()
        .map(one -> DynamicTest.dynamicTest(one.name + ": " + one.verdict, () -> run(one)))
        .toList();
  }

  private void run(Case one) throws IOException {
    Path own = Files.createTempDirectory(folder, "attack");
    int before = Posix.openDescriptors();
    try (VhostWorld world = new VhostWorld(own)) {
      world.traffic();
      try (Frontend attacker = world.attacker()) {
        world.turns();
        one.attack.by(attacker, world);
        world.turns();
        world.traffic();
      }
      world.turns();
      assertThat(world.victim.verdict()).isEqualTo(one.verdict);
      assertThat(world.victim.nic.running(0)).isFalse();
      world.traffic();
      nextIsServed(world);
    }
    assertThat(Posix.openDescriptors()).as("descriptors").isEqualTo(before);
  }

  private static void nextIsServed(VhostWorld world) throws IOException {
    try (Frontend next = world.attacker()) {
      next.setUp();
      world.turns();
      assertThat(world.victim.nic.running(0)).isTrue();
      world.traffic();
    }
    world.turns();
  }

  /** Fields change between our looks; frames may be nonsense, but nothing outside is touched. */
  @Test
  void descriptorsThatChangeAllTheTime() throws Exception {
    long seed = Long.getLong("larval.test.seed", System.nanoTime());
    System.out.println("HostileFrontendTest races, seed " + seed);
    int faults = 0;
    int frames = 0;
    for (int round = 0; round < 60; round++) {
      Path own = Files.createTempDirectory(folder, "race");
      try (VhostWorld world = new VhostWorld(own);
          Frontend attacker = world.attacker()) {
        attacker.setUp();
        world.turns();
        assertThat(world.victim.nic.running(0)).isTrue();
        AtomicBoolean ended = new AtomicBoolean();
        SplittableRandom random = new SplittableRandom(seed + round);
        boolean gentle = round % 2 == 0;
        Thread racer = new Thread(() -> race(attacker, random, ended, gentle));
        racer.start();
        long met = 0;
        for (int i = 0; i < 1_000_000 && met < 200 && world.victim.nic.fault() == null; i++) {
          int taken = world.victim.nic.drain(i, world.victim, 16);
          met += taken;
          if (taken > 0) {
            world.deliver();
          } else {
            Frames.idle(); // the racer has its turn
          }
        }
        world.traffic();
        ended.set(true);
        racer.join();
        faults += world.victim.nic.fault() == null ? 0 : 1;
        frames += (int) (world.victim.arrived + world.victim.damaged);
      }
    }
    System.out.println("HostileFrontendTest races: " + faults + " faults, " + frames + " frames");
    assertThat(faults).isPositive();
    assertThat(frames).isGreaterThan(1000);
  }

  private static void race(
      Frontend attacker, SplittableRandom random, AtomicBoolean ended, boolean gentle) {
    long buffers = Frontend.GEOMETRY.received().buffers();
    while (!ended.get()) {
      Virtqueue ring = random.nextBoolean() ? attacker.sent : attacker.received;
      int at = random.nextInt(Frontend.SIZE);
      int right = ring == attacker.sent ? 0 : Virtqueue.WRITE;
      long address = buffers + random.nextInt((int) (LENGTH - buffers) - (gentle ? 300 : 0));
      int length = random.nextInt(gentle ? 300 : 4000);
      int flags = gentle || random.nextInt(50) > 0 ? right : random.nextInt(8);
      ring.describe(at, address, length, flags, random.nextInt(Frontend.SIZE + 1));
      ring.availableHead(at, random.nextInt(Frontend.SIZE));
      int ahead = ring.availableIndex() - ring.usedIndex() & 0xffff;
      if (ahead < Frontend.SIZE || !gentle && random.nextInt(50) == 0) {
        ring.availableIndex(ring.availableIndex() + 1);
      }
      attacker.memory.set(ValueLayout.JAVA_BYTE, address, (byte) at);
    }
  }
}
