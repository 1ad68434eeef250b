package org.larval.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureReaderTest {
  private static final String DATA = "45000014 00010000 40060000 0a090001 0a090002";

  /** Counts, times and lengths as tshark 4.0 and capinfos print them. */
  @ParameterizedTest
  @CsvSource({
    "cipso-pass-tag1, 14, 1164, 1795192648791651000, 1795192648833248000, 110, 78",
    "esp-transport-gcm128-frag-v4, 6, 6292, 1795191340372244000, 1795191340374335000, 1474, 198",
    "esp-transport-gcm128-v4, 16, 1792, 1795191213887215000, 1795191214355689000, 134, 102",
    "esp-tunnel-gcm128-v6, 23, 3435, 1795191261926113000, 1795191262279695000, 194, 162",
    "labelled-queue-enf1-ld0-app_a, 5, 782, 1795192638230580000, 1795192638274570000, 178, 142"
  })
  void samplesAsTsharkReadsThem(
      String name, int frames, long bytes, long first, long last, int firstLength, int lastLength)
      throws IOException {
    Samples.Reading reading = Samples.read(CaptureReader.open(Samples.file(name)));
    assertThat(reading.damage()).isNull();
    assertThat(reading.frames()).hasSize(frames);
    assertThat(reading.frames().stream().mapToLong(f -> f.data().readableBytes()).sum())
        .isEqualTo(bytes);
    assertThat(reading.frames().getFirst().timestampNanos()).isEqualTo(first);
    assertThat(reading.frames().getLast().timestampNanos()).isEqualTo(last);
    assertThat(reading.frames().getFirst().originalLength()).isEqualTo(firstLength);
    assertThat(reading.frames().getLast().originalLength()).isEqualTo(lastLength);
    assertThat(reading.frames()).allMatch(f -> f.linkType() == 1 && f.packetOffset() == 14);
    assertThat(reading.interfaces()).containsExactly(new CaptureInterface(0, null, 1, 262144));
  }

  @ParameterizedTest
  @CsvSource({
    "a1b2c3d4 0002 0004 0000000000000000 0000ffff 00000065, 00000001 00000002 00000014 00000028,"
        + " 1000002000",
    "a1b23c4d 0002 0004 0000000000000000 0000ffff 00000065, 00000001 00000002 00000014 00000028,"
        + " 1000000002",
    "d4c3b2a1 0200 0400 0000000000000000 ffff0000 65000000, 01000000 02000000 14000000 28000000,"
        + " 1000002000",
    "4d3cb2a1 0200 0400 0000000000000000 ffff0000 65000000, ffffffff ffc99a3b 14000000 28000000,"
        + " 4294967295999999999",
  })
  void everyPcapVariant(String file, String record, long nanos) throws IOException {
    Samples.Reading reading = Samples.read(Samples.hex(file + record + DATA));
    assertThat(reading.damage()).isNull();
    assertThat(reading.frames()).hasSize(1);
    CapturedFrame frame = reading.frames().getFirst();
    assertThat(frame.timestampNanos()).isEqualTo(nanos);
    assertThat(frame.linkType()).isEqualTo(LinkType.RAW.number());
    assertThat(frame.originalLength()).isEqualTo(40);
    assertThat(frame.isCut()).isTrue();
    assertThat(frame.packetOffset()).isZero();
    assertThat(frame.data().getInt(12)).isEqualTo(0x0a090001);
    assertThat(reading.interfaces().getFirst().snapLength()).isEqualTo(0xffff);
  }

  private static final String BIG_SECTION =
      "0a0d0d0a 00000024 1a2b3c4d 0001 0000 ffffffffffffffff 0001 0002 68690000 00000024";

  private static final String LITTLE_SECTION =
      "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";

  /**
   * Big-endian, two interfaces (one in 2^-20 s), an unknown block, an enhanced and a simple one.
   */
  private static final String BIG =
      BIG_SECTION
          + "00000001 00000020 0065 0000 00000000 0002 0004 65746830 0000 0000 00000020"
          + "00000001 00000028 0065 0000 00000010 0009 0001 94000000 000e 0008 0000000000000064"
          + " 00000028"
          + "00000bad 00000010 01020304 00000010"
          + "00000006 00000050 00000001 00000000 00180000 00000014 00000014"
          + DATA
          + "0001 0003 616263 00 0002 0004 00000002 0001 0001 64 000000 0000 0000 00000050"
          + "00000003 00000024 00000014"
          + DATA
          + "00000024";

  @Test
  void bigEndianPcapngWithEveryBlock() throws IOException {
    Samples.Reading reading = Samples.read(Samples.hex(BIG));
    assertThat(reading.damage()).isNull();
    assertThat(reading.interfaces())
        .containsExactly(
            new CaptureInterface(0, "eth0", 101, 0), new CaptureInterface(1, null, 101, 16));
    assertThat(reading.frames()).hasSize(2);
    CapturedFrame first = reading.frames().getFirst();
    assertThat(first.interfaceId()).isEqualTo(1);
    assertThat(first.timestampNanos()).isEqualTo(101_500_000_000L);
    assertThat(first.comment()).isEqualTo("abc\nd");
    assertThat(first.direction()).isEqualTo(FrameDirection.OUTBOUND);
    CapturedFrame second = reading.frames().get(1);
    assertThat(second.interfaceId()).isZero();
    assertThat(second.data().readableBytes()).isEqualTo(20);
    assertThat(second.timestampNanos()).isEqualTo(101_500_000_000L);
    assertThat(second.comment()).isNull();
  }

  @Test
  void sectionsOfBothByteOrders() throws IOException {
    String little =
        LITTLE_SECTION
            + "01000000 14000000 6500 0000 00000000 14000000"
            + "06000000 34000000 00000000 00000000 02000000 14000000 14000000"
            + DATA
            + "34000000";
    byte[] file = Samples.hex(BIG + little);
    Samples.Reading reading = Samples.read(file);
    assertThat(reading.damage()).isNull();
    assertThat(reading.frames()).hasSize(3);
    assertThat(reading.interfaces()).hasSize(3);
    assertThat(reading.frames().get(2).interfaceId()).isEqualTo(2);
    assertThat(reading.frames().get(2).timestampNanos()).isEqualTo(2000);
    CaptureReader reader = CaptureReader.open(new ByteArrayInputStream(file), "x");
    assertThat(reader.comment()).isEqualTo("hi");
    assertThat(reader.next()).isNotNull();
    reader.close();
    assertThat(reader.next()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 3, 3000000000",
    "6, 1500000, 1500000000",
    "9, 7, 7",
    "12, 1999, 1",
    "27, 9223372036854775807, 9",
    "127, -1, 0",
    "128, 5, 5000000000",
    "138, 1536, 1500000000",
    "191, -1, 1999999999",
    "192, -9223372036854775808, 500000000",
    "193, -1, 499999999",
    "0, 9223372037, -9223372036854775808",
    "128, -1, -9223372036854775808"
  })
  void resolutions(int resolution, long ticks, long nanos) {
    assertThat(new Ticks(resolution, 0).nanos(ticks)).isEqualTo(nanos);
  }

  @Test
  void everyTruncationGivesTheFramesBeforeAndOneError() throws IOException {
    for (byte[] file : new byte[][] {Samples.small(), Samples.hex(BIG), sample()}) {
      Samples.Reading whole = Samples.read(file);
      assertThat(whole.damage()).isNull();
      int complete = 0;
      for (int length = 0; length < file.length; length++) {
        byte[] cut = Arrays.copyOf(file, length);
        try {
          Samples.Reading reading = Samples.read(cut);
          assertThat(whole.frames().size()).isGreaterThanOrEqualTo(reading.frames().size());
          for (int i = 0; i < reading.frames().size(); i++) {
            assertThat(reading.frames().get(i)).isEqualTo(whole.frames().get(i));
          }
          CaptureException damage = reading.damage();
          if (damage == null) {
            complete++; // cut exactly between blocks
          } else {
            assertThat(damage.offset()).isLessThan(length);
            assertThat(damage)
                .hasMessageStartingWith("test.cap: byte " + damage.offset() + ": the file ends");
          }
        } catch (CaptureException e) {
          // the file header itself is cut
          assertThat(length).isLessThan(64);
          assertThat(e.offset()).isZero();
        }
      }
      assertThat(complete).isBetween(whole.frames().size(), whole.frames().size() + 6);
    }
  }

  private static byte[] sample() throws IOException {
    return Files.readAllBytes(Samples.file("labelled-queue-enf1-ld0-app_a"));
  }

  @Test
  void impossibleLengthsAreNamedWithTheirPlace() throws IOException {
    byte[] file = sample();
    // the captured length of the second frame, which begins after 24 + 16 + 178 bytes
    file[24 + 16 + 178 + 11] = 0x7f;
    Samples.Reading reading = Samples.read(file);
    assertThat(reading.frames()).hasSize(1);
    assertThat(reading.damage())
        .hasMessageContaining("test.cap: byte 218: a frame claims 2130706")
        .hasMessageEndingWith("the file is damaged here; frames before this were read");
    assertThat(broken(BIG.replace("00000010 01020304", "0000000f 01020304")))
        .hasMessageContaining("an impossible length of 15 bytes");
    assertThat(broken(BIG.replace("01020304 00000010", "01020304 00000014")))
        .hasMessageContaining("the two lengths of a block differ: 16 and 20");
    assertThat(broken(BIG.replace("00000050 00000001", "00000050 00000002")))
        .hasMessageContaining("names interface 2, but its section has described 2");
    assertThat(broken(BIG.replace("00180000 00000014", "00180000 00000054")))
        .hasMessageContaining("claims 84 captured");
    assertThat(broken(BIG.replace("0001 0003 616263 00", "0001 0103 616263 00")))
        .hasMessageContaining("an option of 259 bytes is longer than its block");
    assertThat(broken(BIG.replace("00000000 00180000", "ffffffff ffffffff")))
        .hasMessageContaining("after the year 2262");
  }

  private static CaptureException broken(String file) throws IOException {
    CaptureException damage = Samples.read(Samples.hex(file)).damage();
    if (damage == null) {
      throw new AssertionError("no damage was found");
    }
    return damage;
  }

  @ParameterizedTest
  @CsvSource({
    "'', the file is empty; record the capture again",
    "a1b2, the file ends inside its magic number; record the capture again",
    "1f8b0800, the file is compressed with gzip; unpack it with gunzip first",
    "28b52ffd, the file is compressed with zstd; unpack it with zstd -d first",
    "7f454c46, 'this is neither pcap nor pcapng; give a capture file, or convert it with editcap -F"
        + " pcapng'",
    "a1b2c3d400030000000000000000000000000000000000ff, pcap version 3 is unknown; convert it with"
        + " editcap -F pcapng",
    "0a0d0d0a1c000000000000000000000000000000, a section has no byte-order magic; the file is"
        + " damaged here; frames before this were read"
  })
  void whatIsNoCapture(String file, String message) {
    assertThatThrownBy(() -> Samples.read(Samples.hex(file)))
        .isInstanceOf(CaptureException.class)
        .hasMessage("test.cap: byte 0: " + message);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 02000000 45, 4",
    "0, 0000001e 60, 4",
    "0, 00000007 45, -1",
    "108, 00000002 45, 4",
    "1, 020000000001 020000000002 0800 45, 14",
    "1, 020000000001 020000000002 8100 0001 86dd 60, 18",
    "1, 020000000001 020000000002 88a8 0001 8100 0001 86dd 60, 22",
    "1, 020000000001 020000000002 0806 00, -1",
    "1, 020000000001 020000000002 0800, -1",
    "1, 020000000001 020000000002 08, -1",
    "12, 45, 0",
    "101, 60, 0",
    "101, 50, -1",
    "113, 0000 0001 0006 0200000000010000 0800 45, 16",
    "228, 45, 0",
    "228, 60, -1",
    "229, 60, 0",
    "276, 86dd 0000 00000001 0001 00 06 0200000000010000 60, 20"
  })
  void whereTheIpPacketBegins(int linkType, String frame, int offset) {
    CapturedFrame captured =
        new CapturedFrame(
            0,
            0,
            linkType,
            io.netty.buffer.Unpooled.wrappedBuffer(Samples.hex(frame)),
            0,
            FrameDirection.UNKNOWN,
            null);
    assertThat(captured.packetOffset()).isEqualTo(offset);
  }

  @Test
  void namesOfLinkTypes() {
    assertThat(LinkType.name(276)).isEqualTo("linux-sll2");
    assertThat(LinkType.name(147)).isEqualTo("link type 147");
    for (LinkType type : LinkType.values()) {
      assertThat(LinkType.of(type.number())).isSameAs(type);
    }
  }
}
