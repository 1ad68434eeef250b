package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * Wireshark reads what labs write, finds nothing malformed, and decrypts it with our key file. The
 * TCP ports are high, since Wireshark takes 6000 and 6001 for X11.
 */
@Tag("interop")
class TsharkTest {
  private static final String LAB =
      """
      lab: tshark
      seed: 11
      until: 30s
      guests:
        a: {nic: [10.0.0.1/24, "fd00::1/64"], sa-miss: larval, gateway: 10.0.0.254, pcap: a.pcapng}
        b: {nic: [10.0.0.2/24, "fd00::2/64"], sa-miss: larval, gateway: 10.0.0.254, pcap: b.pcapng}
        r: {nics: {eth0: 10.0.0.254/24, eth1: 10.1.0.254/24}, forward: true}
        c: {nic: 10.1.0.1/24, gateway: 10.1.0.254, sa-miss: larval}
      bridges: [br0]
      links:
        - {between: [a, br0], delay: 2ms, loss: 3%, pcap: wire.pcapng}
        - {between: [b, br0], delay: 2ms, duplicate: 2%, pcap: wire.pcapng}
        - {between: [r.eth0, br0], delay: 1ms, pcap: wire.pcapng}
        - {between: [r.eth1, c], delay: 1ms, pcap: wire.pcapng}
      protect:
        - {between: [a, b]}
        - {between: [a, c], mode: tunnel}
      keys:
        - {between: [a, b], answer-after: 100ms}
        - {between: [a, c], answer-after: 50ms}
      traffic:
        - {from: a, to: b, udp: 5000, every: 10ms, count: 100, size: 300}
        - {from: a, to: b, family: ipv6, udp: 5001, every: 10ms, count: 50, size: 2500}
        - {from: a, to: b, ping: yes, every: 100ms, count: 10}
        - {from: a, to: c, tcp: 40000, echo: 5}
        - {from: b, to: a, bulk: 40001, bytes: 200kB}
        - {from: a, to: c, dns: yes, count: 2}
      """;

  @TempDir Path directory;

  @Test
  void readsEverythingAndDecryptsIt() throws Exception {
    assumeTrue(installed(), "tshark is not installed: apt-get install tshark");
    LabRun run =
        LabRun.run(LabFileReader.parse("tshark.yaml", LAB), RunOptions.PLAIN.capturing(directory));
    assertThat(run.report().packets().balances()).isTrue();
    for (String file : run.report().files()) {
      Path keys = Path.of(file + ".esp_sa");
      assertThat(lines(keys, file, "_ws.malformed", "frame.number")).as(file).isEmpty();
      assertThat(lines(keys, file, "frame", "frame.number")).as(file).isNotEmpty();
    }
    Path wire = directory.resolve("wire.pcapng");
    Path keys = directory.resolve("wire.pcapng.esp_sa");
    List<String> esp = lines(keys, wire.toString(), "esp", "esp.icv_good");
    assertThat(esp).hasSizeGreaterThan(200).allMatch(line -> line.matches("(1|True)(,(1|True))*"));
    assertThat(lines(keys, wire.toString(), "esp && udp.port == 5000", "udp.length"))
        .hasSizeGreaterThan(80)
        .allMatch(line -> line.equals("308"));
    assertThat(lines(keys, wire.toString(), "esp && tcp.port == 40000", "ip.src")).isNotEmpty();
    assertThat(lines(keys, wire.toString(), "udp.port == 5000 && !esp", "frame.number")).isEmpty();
    // the guest's own capture has the datagrams before ESP
    assertThat(
            lines(
                keys,
                directory.resolve("a.pcapng").toString(),
                "udp.dstport == 5000 && !esp",
                "frame.number"))
        .hasSize(100);
  }

  private static boolean installed() {
    try {
      return new ProcessBuilder("tshark", "--version")
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(20, TimeUnit.SECONDS);
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> lines(Path keys, String capture, String filter, String field)
      throws Exception {
    Path home = Files.createDirectories(directory.resolve("home/.config/wireshark"));
    Files.write(home.resolve("esp_sa"), Files.readAllBytes(keys));
    List<String> command = new ArrayList<>(List.of("tshark", "-r", capture));
    command.addAll(List.of("-o", "esp.enable_encryption_decode:TRUE"));
    command.addAll(List.of("-o", "esp.enable_authentication_check:TRUE"));
    command.addAll(List.of("-Y", filter, "-T", "fields", "-e", field));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(Map.of("HOME", directory.resolve("home").toString()));
    Process process = builder.start();
    List<String> lines = process.inputReader().lines().filter(line -> !line.isBlank()).toList();
    assertThat(process.waitFor()).isZero();
    return lines;
  }
}
