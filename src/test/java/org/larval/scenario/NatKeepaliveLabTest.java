package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.lab.junit.LabAssertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** An idle tunnel in UDP keeps its translator awake; nobody counts what comes of it. */
class NatKeepaliveLabTest {
  private static final String LAB =
      """
      lab: nat-keepalive
      until: 41s
      guests:
        a:
          nic: [192.0.2.1/24, 10.1.0.1/24]
          pcap: a.pcapng
          xfrm:
            - ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 1 mode tunnel encap espinudp 4500 4500 0.0.0.0 dir out nat-keepalive-interval 10 aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128
            - ip xfrm policy add src 10.1.0.1 dst 10.1.0.2 dir out tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel
        b:
          nic: [192.0.2.2/24, 10.1.0.2/24]
          xfrm:
            - ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 1 mode tunnel encap espinudp 4500 4500 0.0.0.0 dir in replay-window 32 aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128
            - ip xfrm policy add src 10.1.0.1 dst 10.1.0.2 dir in tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel
      links:
        - {between: [a, b], delay: 1ms}
      traffic:
        - {from: a, to: b, address: 10.1.0.2, udp: 7, every: 1s, count: 15, first-after: 3s}
      """;

  @Test
  void keepalivesFillTheSilence(@TempDir Path directory) throws IOException {
    RunOptions options = RunOptions.PLAIN.capturing(directory);
    try (LabRun lab = LabRun.run(LabFileReader.parse("nat-keepalive.yaml", LAB), options)) {
      assertThat(lab).balances();
      assertThat(lab).flow(1).delivered(15);
      assertThat(lab.report().xfrmStat()).isEmpty();
      assertThat(lab.report().sas()).allMatch(sa -> sa.packets() == 15);
    }
    // at 0 s; the last message leaves at 17 s, and then at 27 s and 37 s
    assertThat(keepalives(directory)).isEqualTo(3);
  }

  /** UDP from 4500 to 4500 of one octet 0xff, on the wire; what is in clear is recorded too. */
  private static long keepalives(Path directory) throws IOException {
    Pattern datagram = Pattern.compile("080045.{38}119411940009....ff");
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".pcapng"))
          .map(NatKeepaliveLabTest::hex)
          .map(datagram::matcher)
          .mapToLong(matcher -> matcher.results().count())
          .sum();
    }
  }

  private static String hex(Path file) {
    try {
      return HexFormat.of().formatHex(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
