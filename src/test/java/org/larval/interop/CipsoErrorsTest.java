package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * The same bytes to a real kernel and to one of our guests, both with the same lines of
 * netlabelctl: packets with every fault that cipso_v4_validate knows, and good ones to which the
 * stack itself answers. Compares the whole answers, but for the identification of the IP header,
 * and prints a line for each.
 */
@Tag("interop")
class CipsoErrorsTest {
  private static final byte[] TARGET = {10, 9, 0, 2};
  private static final long PATIENCE_MILLIS = 1000;

  private static final List<String> NETLABEL =
      List.of(
          "cipso add pass doi:16 tags:1,2,5",
          "cipso add pass doi:17 tags:1",
          "cipso add trans doi:8 tags:1 levels:0=1 categories:0=1",
          "cipso add local doi:9");

  private static final String DATAGRAM = "1388270f000c000061626364";
  private static final String ECHO = "0800000000070001616263646566";
  private static final String SYN = "1770005100000001000000005002040000000000";

  /**
   * One packet.
   *
   * @param option the options' bytes
   * @param payload of UDP to a port that is closed, if not given
   */
  private record Row(String what, String option, int protocol, String payload) {
    Row(String what, String option) {
      this(what, option, 17, DATAGRAM);
    }

    /** From an address of its own: errors to one address are limited to a few a second. */
    byte[] packet(int number) {
      byte[] options = HexFormat.of().parseHex(option.replace(" ", ""));
      byte[] data = HexFormat.of().parseHex(payload);
      int header = 20 + (options.length + 3 & ~3);
      ByteBuffer packet = ByteBuffer.allocate(header + data.length);
      packet.put((byte) (0x40 | header / 4)).put((byte) 0).putShort((short) packet.capacity());
      packet.putShort((short) number).putShort((short) 0).put((byte) 64).put((byte) protocol);
      packet.putShort((short) 0).put(new byte[] {10, 9, 0, (byte) (10 + number)}).put(TARGET);
      packet.put(options).position(header).put(data);
      packet.putShort(10, sum(packet, 0, header, 0));
      if (protocol == 1) {
        packet.putShort(header + 2, sum(packet, header, packet.capacity(), 0));
      } else if (protocol == 6) {
        int pseudo = protocol + data.length;
        for (int at = 12; at < 20; at += 2) {
          pseudo += packet.getShort(at) & 0xffff;
        }
        packet.putShort(header + 16, sum(packet, header, packet.capacity(), pseudo));
      }
      return packet.array();
    }

    private static short sum(ByteBuffer data, int from, int to, int start) {
      int sum = start;
      for (int at = from; at < to; at += 2) {
        sum += at + 1 < to ? data.getShort(at) & 0xffff : (data.get(at) & 0xff) << 8;
      }
      while (sum >>> 16 != 0) {
        sum = (sum & 0xffff) + (sum >>> 16);
      }
      return (short) ~sum;
    }
  }

  private static final List<Row> ROWS =
      List.of(
          new Row("0  option length below 2", "8601"),
          new Row("0  option beyond the header", "8610 00000010 01040000"),
          new Row("0  a second option", "860a 00000010 01040000 860a 00000010 01040000"),
          new Row("1  option shorter than 8", "8607 00000010 01"),
          new Row("2  DOI unknown", "860a 00000063 01040000"),
          new Row("2  DOI 0", "860a 00000000 01040000"),
          new Row("3  tag not in the DOI's list", "860a 00000011 02ff0000"),
          new Row("3  tag 6, in no list", "860a 00000010 06040000"),
          new Row("3  tag 7, in no list", "860a 00000010 07ff0000"),
          new Row("3  second tag not in the list", "860e 00000010 01040000 06040000"),
          new Row("3  only one octet left", "860b 00000010 01040000 01"),
          new Row("3  tag beyond the option", "860a 00000010 01050000"),
          new Row("3  tag 1 shorter than 4", "860a 00000010 01030000"),
          new Row("3  tag 1 of length 0", "860a 00000010 01000000"),
          new Row("3  tag 1, level not mapped", "860a 00000008 01040000"),
          new Row("3  tag 1, category not mapped", "860b 00000008 01050001 80"),
          new Row("3  tag 1, one of two not mapped", "860b 00000008 01050001 60"),
          new Row("3  tag 2 shorter than 4", "860a 00000010 02030000"),
          new Row("3  tag 2, odd bytes", "860d 00000010 02070000 000100"),
          new Row("3  tag 2, equal categories", "860e 00000010 02080000 00020002"),
          new Row("3  tag 2, descending", "860e 00000010 02080000 00020001"),
          new Row("3  tag 5 shorter than 4", "860a 00000010 05030000"),
          new Row("3  tag 5, odd bytes", "860d 00000010 05070000 000100"),
          new Row("3  tag 5, ascending ranges", "8612 00000010 050c0000 0005000400060001"),
          new Row("3  fault in the second tag", "8612 00000010 01040000 02080000 00020002"),
          new Row("3  tag 128 from outside", "860c 00000009 800625000000"),
          new Row("3  tag 128 too short, outside", "860b 00000009 8005000000"),
          new Row("3  tag 0", "860a 00000010 00040000"),
          new Row("3  tag 0 beyond the option", "860a 00000010 00ff0000"),
          new Row("   after no-operations", "0101 860a 00000063 01040000"),
          new Row("   good, port closed", "860c 00000010 01060001 4440"),
          new Row("   good, after others", "01 860c 00000010 01060001 4440 940400 00"),
          new Row("   good, ranges inside out", "860e 00000010 05080001 00020005"),
          new Row("   good, bitmap above 255", "8628 00000010 0122 00ff" + "ff".repeat(30)),
          new Row("   good, ping", "860c 00000010 01060001 4440", 1, ECHO),
          new Row("   good, SYN, port closed", "860c 00000010 01060001 4440", 6, SYN),
          new Row("   RIPSO, ping", "820b3d00000000000000 00", 1, ECHO));

  @TempDir Path directory;

  @Test
  void everyFaultIsAnsweredAsByTheKernel() throws Exception {
    String reason = LinuxGuest.prepare();
    assumeTrue(reason.isEmpty(), reason);
    List<byte @Nullable []> theirs;
    String kernel;
    try (Kernels _ = Kernels.together();
        LinuxGuest linux = LinuxGuest.bootOverDatagrams(directory, "")) {
      String missing = linux.withoutNetlabelctl();
      assumeTrue(missing.isEmpty(), missing);
      kernel = linux.version();
      linux.must("ip addr add 10.9.0.2/24 dev eth0");
      for (String line : NETLABEL) {
        linux.must("netlabelctl " + line);
      }
      theirs = answers((Attachment.Dgram) linux.place(), () -> {});
    }
    List<byte @Nullable []> ours;
    Attachment.Dgram place = new Attachment.Dgram(freePort(), freePort());
    try (LabRun run =
        LabRun.start(
            LabFileReader.parse("cipso-errors.yaml", lab()),
            RunOptions.PLAIN.withOutside("k", place))) {
      Attachment.Dgram mirrored = new Attachment.Dgram(place.there(), place.here());
      ours = answers(mirrored, () -> run.runFor(2_000_000L));
      run.stop();
    }
    System.out.println("cipso errors: " + kernel);
    List<String> different = new ArrayList<>();
    for (int i = 0; i < ROWS.size(); i++) {
      boolean same = Arrays.equals(comparable(theirs.get(i)), comparable(ours.get(i)));
      String line =
          String.format(
              "%-6s %-34s %-50s Linux: %-24s ours: %s",
              same ? "ok" : "FAILED",
              ROWS.get(i).what(),
              ROWS.get(i).option().replace(" ", "").replaceAll("(.{46}).+", "$1..."),
              words(theirs.get(i)),
              words(ours.get(i)));
      System.out.println(line);
      if (!same) {
        different.add(line + "\n  " + hex(theirs.get(i)) + "\n  " + hex(ours.get(i)));
      }
    }
    assertThat(different).as("answers that differ").isEmpty();
    assertThat(theirs.subList(0, 30)).as("faults that the kernel answered").doesNotContainNull();
  }

  private static List<byte @Nullable []> answers(Attachment.Dgram place, Neighbour.Pump pump)
      throws IOException {
    List<byte @Nullable []> answers = new ArrayList<>();
    try (Neighbour neighbour =
        new Neighbour(
            (InetSocketAddress) place.here(), (InetSocketAddress) place.there(), TARGET, pump)) {
      for (int i = 0; i < ROWS.size(); i++) {
        answers.add(neighbour.ask(ROWS.get(i).packet(i), PATIENCE_MILLIS));
      }
    }
    return answers;
  }

  private static InetSocketAddress freePort() throws IOException {
    try (DatagramSocket probe = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), probe.getLocalPort());
    }
  }

  private static String lab() {
    StringBuilder lab = new StringBuilder();
    lab.append("lab: cipso-errors\ntime: real\nuntil: 120s\nguests:\n");
    lab.append("  a:\n    nic: 10.9.0.2/24\n    netlabel:\n");
    NETLABEL.forEach(line -> lab.append("      - '").append(line).append("'\n"));
    lab.append("  k: {nic: 10.9.0.1/24}\nlinks:\n  - {between: [a, k]}\n");
    return lab.toString();
  }

  /** Without the identification and the checksum that it changes. */
  private static byte @Nullable [] comparable(byte @Nullable [] packet) {
    if (packet == null) {
      return null;
    }
    byte[] rest = packet.clone();
    Arrays.fill(rest, 4, 6, (byte) 0);
    Arrays.fill(rest, 10, 12, (byte) 0);
    return rest;
  }

  private static String words(byte @Nullable [] packet) {
    if (packet == null) {
      return "silence";
    }
    int header = (packet[0] & 15) * 4;
    String options = header > 20 ? " +" + (header - 20) : "";
    if (packet[9] != 1) {
      return "protocol " + packet[9] + options;
    }
    String what = "type " + packet[header] + " code " + packet[header + 1];
    return what + (packet[header] == 12 ? " at " + (packet[header + 4] & 0xff) : "") + options;
  }

  private static String hex(byte @Nullable [] packet) {
    return packet == null ? "nothing" : HexFormat.of().formatHex(packet);
  }
}
