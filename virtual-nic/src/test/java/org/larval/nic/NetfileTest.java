package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.PacketPool;

class NetfileTest {
  private static final NicGeometry GEOMETRY = NicGeometry.of(8, 2048);

  @TempDir private Path folder;
  private Path path;
  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, true);
  private final Frames frames = new Frames();

  @BeforeEach
  void format() throws IOException {
    path = folder.resolve("a.nic");
    Netfile.format(path, Frames.MAC, GEOMETRY, 1500);
  }

  private VirtualNic nic(Netfile file) throws IOException {
    return VirtualNic.over(file, "n", 1, 2, pool, Doorbell.NONE, Doorbell.NONE);
  }

  /** Byte for byte what docs/netfile.md shows. */
  @Test
  void headerIsAsSpecified() throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    assertThat(HexFormat.of().formatHex(bytes, 0, 128))
        .isEqualTo(
            "6c617276616c4e46" // "larvalNF"
                + "01000000" // version
                + "00100000" // header bytes
                + "00b0000000000000" // file length
                + "2800002009000000" // features
                + "02000000000a" // MAC
                + "dc05" // MTU
                + "08000000" // descriptors
                + "00080000" // buffer bytes
                + "0010000000000000" // received: descriptors
                + "8010000000000000" // available
                + "c010000000000000" // used
                + "0030000000000000" // buffers
                + "0020000000000000" // sent: descriptors
                + "8020000000000000" // available
                + "c020000000000000" // used
                + "0070000000000000" // buffers
                + "00".repeat(16));
    assertThat(bytes).hasSize(0xb000);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void emptyFileIsFormattedAndFullOneIsNot() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> Netfile.open(empty, Netfile.End.LAB))
        .isInstanceOfSatisfying(
            MalformedNetfile.class,
            flaw -> assertThat(flaw.flaw()).isEqualTo(NetfileFlaw.NOT_FORMATTED));
    Netfile.format(empty, Frames.MAC, GEOMETRY, 1500);
    assertThat(Files.mismatch(empty, path)).isEqualTo(-1);
    assertThatThrownBy(() -> Netfile.format(path, Frames.MAC, GEOMETRY, 1500))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> Netfile.open(folder, Netfile.End.LAB))
        .hasMessageContaining("is not a regular file");
    assertThatThrownBy(() -> Netfile.open(folder.resolve("none"), Netfile.End.LAB))
        .isInstanceOf(NoSuchFileException.class);
    Path other = folder.resolve("other");
    assertThatThrownBy(() -> Netfile.format(other, Frames.MAC, GEOMETRY, 2023))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bothEndsOverOneFile() throws IOException {
    try (Netfile file = Netfile.open(path, Netfile.End.BOTH);
        EffectList out = new EffectList()) {
      assertThat(file.mac()).isEqualTo(Frames.MAC);
      assertThat(file.mtu()).isEqualTo(1500);
      assertThat(file.geometry()).isEqualTo(GEOMETRY);
      VirtualNic nic = nic(file);
      assertThat(nic.mac()).isEqualTo(Frames.MAC);
      nic.guest().transmit(0, frames.make(pool, 3, 1514), out);
      nic.lab().drain(0, out, 8);
      assertThat(frames.number(out.of(EffectList.Sent.class).getFirst().packet())).isEqualTo(3);
      assertThatThrownBy(() -> Netfile.open(path, Netfile.End.GUEST))
          .hasMessageContaining("is open for the same end in this process");
    }
    assertThat(pool.live()).isZero();
  }

  /** Frames under way stay in the file; each end goes on where it stood. */
  @Test
  void endsTakeTheRingsUpAgain() throws IOException {
    try (EffectList out = new EffectList()) {
      try (Netfile file = Netfile.open(path, Netfile.End.GUEST)) {
        VirtualNic nic = nic(file);
        assertThatThrownBy(nic::lab).isInstanceOf(IllegalStateException.class);
        for (int i = 1; i <= 3; i++) {
          nic.guest().transmit(0, frames.make(pool, i, 60), out);
        }
        assertThat(out.of(EffectList.Absorbed.class)).hasSize(3);
      }
      out.clear();
      try (Netfile file = Netfile.open(path, Netfile.End.LAB)) {
        VirtualNic nic = nic(file);
        assertThat(nic.lab().drain(0, out, 2)).isEqualTo(2);
        nic.lab().deliver(0, frames.make(pool, 10, 60), out);
        assertThat(out.of(EffectList.Delivered.class)).hasSize(1);
      }
      out.clear();
      try (Netfile file = Netfile.open(path, Netfile.End.GUEST)) {
        VirtualNic nic = nic(file);
        for (int i = 4; i <= 11; i++) {
          boolean taken = nic.guest().transmit(0, frames.make(pool, i, 60), out);
          assertThat(taken).isEqualTo(i <= 10); // one descriptor is still out
        }
      }
      out.clear();
      try (Netfile file = Netfile.open(path, Netfile.End.LAB)) {
        VirtualNic nic = nic(file);
        assertThat(nic.lab().drain(0, out, 100)).isEqualTo(8);
        assertThat(out.of(EffectList.Sent.class))
            .extracting(sent -> frames.number(sent.packet()))
            .containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(nic.fault()).isNull();
      }
    }
    assertThat(pool.live()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, MAGIC, 0",
    "8, 2, VERSION, 8",
    "12, 128, HEADER_LENGTH, 12",
    "16, 0x1000, FILE_LENGTH, 16",
    "24, 0, FEATURES_MISSING, 24",
    "24, 0x90000002a, FEATURES_UNKNOWN, 24",
    "32, 0xdc05000000000001, MAC, 32",
    "32, 0x05dc000000000000, MAC, 32",
    "32, 0x0043000000000002, MTU, 38",
    "32, 0x07e7000000000002, MTU, 38",
    "40, 0x80000000007, QUEUE_SIZE, 40",
    "40, 0x8000000000000000, QUEUE_SIZE, 40",
    "40, 0x80000010000, QUEUE_SIZE, 40",
    "40, 0x80100000008, BUFFER_SIZE, 44",
    "40, 0x100000000008, OUTSIDE, 104",
    "48, 0x1001, MISALIGNED, 48",
    "48, 0, OUTSIDE, 48",
    "48, 0xb000, OUTSIDE, 48",
    "56, 0x7fffffffffffffc0, OUTSIDE, 56",
    "64, -64, OUTSIDE, 64",
    "80, 0x1000, OVERLAP, 80",
    "104, 0x6fc0, OVERLAP, 104",
    "112, 1, RESERVED, 112",
    "4088, 0x0100000000000000, RESERVED, 4095"
  })
  void hostileFieldIsNamed(int at, String value, NetfileFlaw flaw, int offset) throws IOException {
    ByteBuffer field = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    boolean hex = value.startsWith("0x");
    field.putLong(0, hex ? Long.parseUnsignedLong(value.substring(2), 16) : Long.parseLong(value));
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(field.limit(at == 0 || at == 8 || at == 12 ? 4 : 8), at);
    }
    MalformedNetfile thrown =
        catchThrowableOfType(
            MalformedNetfile.class, () -> Netfile.open(path, Netfile.End.LAB).close());
    assertThat(thrown).isNotNull();
    assertThat(thrown.flaw()).isEqualTo(flaw);
    assertThat(thrown.offset()).isEqualTo(offset);
    assertThat(thrown).hasMessageContaining("a.nic").hasMessageContaining("at byte " + offset);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(path);
    Path cut = folder.resolve("cut");
    for (int length = 0; length < whole.length; length += length < 4100 ? 1 : 509) {
      Files.write(cut, java.util.Arrays.copyOf(whole, length));
      MalformedNetfile thrown =
          catchThrowableOfType(
              MalformedNetfile.class, () -> Netfile.open(cut, Netfile.End.BOTH).close());
      assertThat(thrown).as("cut to %d", length).isNotNull();
      NetfileFlaw flaw =
          length == 0
              ? NetfileFlaw.NOT_FORMATTED
              : length < 4096 ? NetfileFlaw.TOO_SHORT : NetfileFlaw.FILE_LENGTH;
      assertThat(thrown.flaw()).isEqualTo(flaw);
    }
  }

  /** Random damage is refused by name, or harmless: then the NIC works within the file. */
  @Test
  void randomHeadersNeverEscape() throws IOException {
    long seed = Long.getLong("larval.test.seed", System.nanoTime());
    System.out.println("NetfileTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    byte[] whole = Files.readAllBytes(path);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] header = java.util.Arrays.copyOf(whole, NetfileHeader.BYTES);
      int hits = 1 + random.nextInt(4);
      for (int hit = 0; hit < hits; hit++) {
        header[random.nextInt(120)] = (byte) random.nextInt();
      }
      if (i % 5 == 0) {
        random.nextBytes(header);
      }
      try {
        NetfileHeader read = NetfileHeader.decode("x", ByteBuffer.wrap(header), whole.length);
        NicGeometry geometry = read.geometry();
        assertThat(geometry.length()).isEqualTo(whole.length);
        for (NicGeometry.RingPlace place :
            new NicGeometry.RingPlace[] {geometry.received(), geometry.sent()}) {
          long end = place.buffers() + (long) geometry.queueSize() * geometry.bufferSize();
          assertThat(end).isBetween(0L, (long) whole.length);
        }
      } catch (MalformedNetfile named) {
        refused++;
        assertThat(named.offset()).isBetween(0, 4095);
      }
    }
    assertThat(refused).isGreaterThan(15_000);
  }

  /** Somebody truncates the file under a mapped NIC: it stops, the JVM does not. */
  @Test
  void truncationUnderTheMapStopsTheNic() throws IOException {
    for (int length : new int[] {0, 4096, 8192, 0x3000}) {
      Path victim = folder.resolve("victim" + length);
      Netfile.format(victim, Frames.MAC, GEOMETRY, 1500);
      try (Netfile file = Netfile.open(victim, Netfile.End.BOTH);
          EffectList out = new EffectList()) {
        VirtualNic nic = nic(file);
        nic.guest().transmit(0, frames.make(pool, 1, 60), out);
        try (FileChannel channel = FileChannel.open(victim, StandardOpenOption.WRITE)) {
          channel.truncate(length);
        }
        for (int i = 0; i < 20 && nic.fault() == null; i++) {
          nic.guest().transmit(0, frames.make(pool, i, 60), out);
          nic.lab().drain(0, out, 8);
          nic.lab().deliver(0, frames.make(pool, i, 60), out);
          nic.guest().receive(0, out, 8);
        }
        assertThat(nic.fault()).isEqualTo(RingFault.MEMORY_GONE);
        assertThat(out.events(NicBroken.class)).hasSize(1);
        assertThat(out.drops()).contains(DropReason.NIC_BROKEN);
      }
      assertThat(pool.live()).isZero();
    }
  }

  /** In compiled code the error of a vanished page comes late; still it must not escape. */
  @Test
  void truncationUnderCompiledCodeStopsTheNic() throws IOException {
    PacketPool plain = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    for (int round = 0; round < 6; round++) {
      Path victim = folder.resolve("warm" + round);
      Netfile.format(victim, Frames.MAC, GEOMETRY, 1500);
      try (Netfile file = Netfile.open(victim, Netfile.End.BOTH);
          EffectList out = new EffectList()) {
        VirtualNic nic = VirtualNic.over(file, "n", 1, 2, plain, Doorbell.NONE, Doorbell.NONE);
        for (int i = 0; i < 30_000 && nic.fault() == null; i++) {
          if (i == 20_000) {
            try (FileChannel channel = FileChannel.open(victim, StandardOpenOption.WRITE)) {
              channel.truncate(round % 2 == 0 ? 4096 : 0x3000);
            }
          }
          nic.guest().transmit(0, frames.make(plain, i, 600), out);
          nic.lab().deliver(0, frames.make(plain, i, 600), out);
          nic.lab().drain(0, out, 8);
          nic.guest().receive(0, out, 8);
          if (nic.fault() == null) {
            out.clear();
          }
        }
        assertThat(nic.fault()).isEqualTo(RingFault.MEMORY_GONE);
        assertThat(out.events(NicBroken.class)).hasSize(1);
      }
      assertThat(plain.live()).isZero();
    }
  }

  @Test
  void closedFileStopsTheNic() throws IOException {
    Netfile file = Netfile.open(path, Netfile.End.BOTH);
    VirtualNic nic = nic(file);
    file.close();
    try (EffectList out = new EffectList()) {
      assertThat(nic.lab().deliver(0, frames.make(pool, 1, 60), out)).isFalse();
      assertThat(nic.fault()).isEqualTo(RingFault.MEMORY_GONE);
      assertThat(nic.guest().receive(0, out, 1)).isZero();
    }
    assertThat(pool.live()).isZero();
  }
}
