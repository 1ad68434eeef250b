package org.larval.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.wire.IpAddress;

/** What tshark says of the samples and of what we write. */
@Tag("interop")
class TsharkTest {
  @TempDir Path folder = Path.of("");

  private static final List<String> FIELDS =
      List.of(
          "-T",
          "fields",
          "-E",
          "separator=|",
          "-e",
          "frame.time_epoch",
          "-e",
          "frame.len",
          "-e",
          "frame.interface_name",
          "-e",
          "frame.packet_flags_direction",
          "-e",
          "frame.comment");

  /** Runs tshark on a file, with our folder as its configuration; fails on any complaint. */
  private List<String> tshark(Path file, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tshark", "-r", file.toString()));
    command.addAll(arguments);
    Path errors = folder.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("WIRESHARK_CONFIG_DIR", folder.toString());
    Process process = null;
    try {
      process = builder.start();
    } catch (IOException e) {
      assumeTrue(false, "tshark is not installed: " + e.getMessage());
    }
    if (process == null) {
      return List.of();
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    assertThat(Files.readAllLines(errors))
        .allMatch(line -> line.startsWith("Running as user \"root\""));
    return output.lines().toList();
  }

  private static String seconds(long nanos) {
    return "%d.%09d".formatted(nanos / 1_000_000_000, nanos % 1_000_000_000);
  }

  @Test
  void samplesAreReadAlike() throws Exception {
    List<Path> files;
    try (var list = Files.list(Samples.file("x").resolveSibling("."))) {
      files = list.filter(file -> file.toString().endsWith(".pcap")).sorted().toList();
    }
    assertThat(files).hasSize(5);
    for (Path file : files) {
      List<String> ours =
          Samples.read(CaptureReader.open(file)).frames().stream()
              .map(f -> seconds(f.timestampNanos()) + "|" + f.originalLength() + "|||")
              .toList();
      assertThat(tshark(file, FIELDS)).isEqualTo(ours);
    }
  }

  @Test
  void pcapngIsReadWithoutComplaint() throws Exception {
    Path file = folder.resolve("small.pcapng");
    Files.write(file, Samples.small());
    assertThat(tshark(file, FIELDS))
        .containsExactly(
            "946684800.000000000|110|a.nic||held 20 ms, grün 0",
            "946684801.000000001|110|b.nic|0x00000001|held 20 ms, grün 1",
            "946684802.000000002|68|a.nic|0x00000002|",
            "946684803.000000003|56|b.nic||");
  }

  @Test
  void pcapIsReadWithoutComplaint() throws Exception {
    Path file = folder.resolve("out.pcap");
    List<CapturedFrame> frames =
        Samples.read(CaptureReader.open(Samples.file("cipso-pass-tag1"))).frames();
    try (PcapWriter writer = PcapWriter.create(file, LinkType.ETHERNET)) {
      for (CapturedFrame frame : frames) {
        long since = frame.timestampNanos() - frames.getFirst().timestampNanos();
        writer.write(since + 7, 0, frame.data(), null);
      }
    }
    List<String> wanted = List.of("-T", "fields", "-e", "frame.len", "-e", "_ws.col.Info");
    assertThat(tshark(file, wanted)).isEqualTo(tshark(Samples.file("cipso-pass-tag1"), wanted));
    assertThat(tshark(file, FIELDS).getFirst()).startsWith("946684800.000000007|110|");
  }

  @Test
  void keysOpenTheSample() throws Exception {
    IpAddress a = IpAddress.parse("10.9.0.1");
    IpAddress b = IpAddress.parse("10.9.0.2");
    EspEncryption gcm = EspEncryption.AES_GCM_16;
    EspAuthentication none = EspAuthentication.NULL;
    try (EspKeyFile keys = EspKeyFile.create(folder.resolve("esp_sa"))) {
      byte[] out = Samples.hex("c5bfb5a3f9c8f986e153d2b152d00f3e ca45866b");
      byte[] back = Samples.hex("2bbe6ee9e4170f117a28d0a2513f5666 27dd3522");
      keys.add(a, b, 0x0a0b0001, gcm, out, none, new byte[0]);
      keys.add(b, a, 0x0b0a0001, gcm, back, none, new byte[0]);
    }
    List<String> protocols =
        tshark(
            Samples.file("esp-transport-gcm128-v4"),
            List.of(
                "-o",
                "esp.enable_encryption_decode:TRUE",
                "-T",
                "fields",
                "-e",
                "frame.protocols"));
    assertThat(protocols).hasSize(16);
    assertThat(protocols).filteredOn(line -> line.contains("esp:icmp")).hasSize(4);
    assertThat(protocols).filteredOn(line -> line.contains("esp:udp")).hasSize(2);
    assertThat(protocols).filteredOn(line -> line.contains("esp:tcp")).hasSize(10);
  }

  /** Every name in our enums must be one that tshark's table accepts, but for those after 4.0. */
  @Test
  void everyAlgorithmNameIsKnown() throws Exception {
    IpAddress a = IpAddress.parse("fd09::1");
    try (EspKeyFile keys = EspKeyFile.create(folder.resolve("esp_sa"))) {
      int spi = 1;
      Set<EspEncryption> names = EnumSet.allOf(EspEncryption.class);
      names.remove(EspEncryption.AES_GCM_16_IIV);
      names.remove(EspEncryption.CHACHA20_POLY1305);
      names.remove(EspEncryption.CHACHA20_POLY1305_IIV);
      for (EspEncryption encryption : names) {
        for (EspAuthentication authentication : EspAuthentication.values()) {
          keys.add(a, a, spi++, encryption, new byte[20], authentication, new byte[20]);
        }
      }
    }
    assertThat(tshark(Samples.file("cipso-pass-tag1"), List.of())).hasSize(14);
  }
}
