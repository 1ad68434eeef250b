package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.packet.DropReason;

/** Labs whose SAs come by IKEv2: what it costs the traffic, and that a seed repeats it. */
class IkeLabTest {
  private static final String LAB =
      """
      lab: ike
      until: 10s
      sa-miss: linux-default
      guests:
        a: {nic: 10.0.0.1/24, pcap: a.pcapng}
        b: {nic: 10.0.0.2/24}
      links:
        - {between: [a, b], delay: %s, pcap: ab.pcapng}
      keys:
        - {between: [a, b], by: ike, %s}
      traffic:
        - {from: a, to: b, udp: 7, start: 1s, every: %s, count: %d}
      """;

  private static String lab(String delay, String keys, String every, int count) {
    return LAB.formatted(delay, keys, every, count);
  }

  private static LabRun run(String text) {
    LabRun run = LabRun.run(LabFileReader.parse("ike", text), RunOptions.PLAIN);
    LabAssertions.assertThat(run).balances().leaksNothing();
    return run;
  }

  private static long said(LabRun run, String words) {
    return run.report().ike().stream().filter(line -> line.contains(words)).count();
  }

  private static void sameTwice(String text, Path directory) throws Exception {
    String first = runInto(text, directory.resolve("1"));
    assertThat(runInto(text, directory.resolve("2"))).isEqualTo(first);
    List<Path> files;
    try (Stream<Path> all = Files.walk(directory.resolve("1"))) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    assertThat(files).hasSize(6);
    for (Path file : files) {
      assertThat(Files.size(file)).isPositive();
      Path other = directory.resolve("2").resolve(directory.resolve("1").relativize(file));
      assertThat(other).hasSameBinaryContentAs(file);
    }
  }

  private static String runInto(String text, Path directory) {
    LabRun run =
        LabRun.run(LabFileReader.parse("ike", text), RunOptions.PLAIN.capturing(directory));
    LabAssertions.assertThat(run).balances();
    return JsonText.of(run.report()).replace(directory.toString(), "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rekey-after: 700ms, ike-rekey-after: 1500ms, reauth-after: 4s, dpd: 1s",
        "ike: aes256-sha384-ecp384, esp: aes256-sha256-modp2048, rekey-packets: 50",
        "ike: aes128gcm16-prfsha256-x25519-ke1_mlkem768, rekey-after: 1s, retransmit: libreswan"
      })
  void oneSeedTwiceIsTheSameByteForByte(String keys, @TempDir Path directory) throws Exception {
    String rough = "10ms, jitter: 5ms, loss: 3%, duplicate: 2%, reorder: 2%";
    sameTwice(lab(rough, keys, "10ms", 500), directory);
  }

  @Test
  void anotherSeedHasOtherKeys(@TempDir Path directory) throws Exception {
    String text = lab("10ms", "start: at-once", "10ms", 10);
    String one = runInto(text, directory.resolve("1"));
    String other = runInto("seed: 2\n" + text, directory.resolve("2"));
    assertThat(other).isNotEqualTo(one);
    assertThat(directory.resolve("1/ab.pcapng.esp_sa"))
        .content()
        .isNotEqualTo(Files.readString(directory.resolve("2/ab.pcapng.esp_sa")));
  }

  /** Make before break: 1000 packets a second and something new every second. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rekey-after: 1s                                           | will replace
          rekey-after: 1s, esp: aes256-sha256-modp2048              | will replace
          ike-rekey-after: 1s                                       | CREATE_CHILD_SA
          reauth-after: 1s                                          | authenticates again
          rekey-packets: 1000                                       | will replace
          rekey-bytes: 100kB                                        | will replace
          rekey-after: 900ms, ike-rekey-after: 1s, reauth-after: 3s | will replace
          """)
  void whatIsReplacedLosesNothing(String keys, String words) {
    LabRun run = run(lab("10ms", "start: at-once, " + keys, "1ms", 8000));
    LabAssertions.assertThat(run).acquires(0).flow(1).delivered(8000).reordered(0).duplicated(0);
    assertThat(said(run, words)).isGreaterThanOrEqualTo(5);
  }

  @Test
  void brokenBeforeMadeLosesThreeRoundTrips() {
    LabRun run =
        run(lab("25ms", "start: at-once, reauth-after: 4s, make-before-break: no", "10ms", 700));
    // 5 reach a peer without SA, 10 find none at home
    LabAssertions.assertThat(run)
        .flow(1)
        .lost(15)
        .lost(DropReason.XFRM_IN_NO_STATES, 5)
        .lost(DropReason.XFRM_OUT_NO_STATES, 10);
    assertThat(said(run, "CREATE_CHILD_SA")).as("one pair of SAs is enough").isZero();
  }

  @Test
  void theIkeSaAloneSavesARoundTrip() {
    LabRun run = run(lab("25ms", "start: ike-sa", "10ms", 100));
    LabAssertions.assertThat(run).acquires(1).flow(1).lost(DropReason.XFRM_OUT_NO_STATES, 6);
    assertThat(said(run, "a sends IKE_AUTH request 1 [IDi N(INITIAL_CONTACT) IDr AUTH]")).isOne();
  }

  /**
   * An SA that is used up before anything has replaced it is gone at its hard limit; the next
   * packet asks again.
   */
  @Test
  void aHardLimitEndsAnSa() {
    LabRun run = run(lab("50ms", "start: at-once, rekey-packets: 400", "1ms", 3000));
    FlowReport flow = run.report().flows().getFirst();
    assertThat(said(run, "the time of child")).isPositive();
    assertThat(flow.lost()).containsKey(DropReason.XFRM_OUT_STATE_EXPIRED.label());
    assertThat(flow.delivered()).isGreaterThan(2700);
    // whatever a sends with, b can open
    List<String> there = spis(run.report(), "b", "10.0.0.1");
    assertThat(spis(run.report(), "a", "10.0.0.1")).isNotEmpty().isSubsetOf(there);
  }

  private static List<String> spis(RunReport report, String guest, String source) {
    return report.sas().stream()
        .filter(sa -> sa.guest().equals(guest) && sa.sa().startsWith("src " + source))
        .map(sa -> sa.sa().replaceAll(".* spi (0x[0-9a-f]+) .*", "$1"))
        .toList();
  }

  @Test
  void aDeadPeerIsGivenUpAndFoundAgain() {
    LabRun run =
        run(
            "until: 120s\n"
                + lab("10ms", "start: at-once, dpd: 2s, retransmit: libreswan", "100ms", 1100)
                    .replace("until: 10s\n", "")
                + """
                changes:
                  - {at: 5s, between: [a, b], down: true}
                  - {at: 80s, between: [a, b], delay: 10ms}
                """);
    assertThat(said(run, "IKE SA ended: no response to INFORMATIONAL")).isEqualTo(2);
    FlowReport flow = run.report().flows().getFirst();
    // 75 s without link, and at most the wait until IKE_SA_INIT is sent again
    assertThat(flow.delivered()).isBetween(1100 - 750 - 160, 1100 - 750);
    assertThat(flow.lost()).containsKeys("link-down", "xfrm-out-no-states");
  }

  @Test
  void aLostThirdMessageIsSentAgain() {
    String changes =
        """
        changes:
          - {at: 50ms, between: [a, b], down: true}
          - {at: 70ms, between: [a, b], delay: 10ms}
        """;
    RunReport strongswan = run(lab("10ms", "start: at-once", "10ms", 500) + changes).report();
    RunReport libreswan =
        run(lab("10ms", "start: at-once, retransmit: libreswan", "10ms", 500) + changes).report();
    assertThat(strongswan.ike())
        .anyMatch(line -> line.startsWith("4.04") && line.contains("IKE_AUTH request 1 again"));
    assertThat(libreswan.ike())
        .anyMatch(line -> line.startsWith("0.54") && line.contains("IKE_AUTH request 1 again"));
    assertThat(strongswan.flows().getFirst().lostTotal()).isBetween(300, 310);
    assertThat(libreswan.flows().getFirst().lostTotal()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ike: aes128gcm16-x25519-foo9 | ike:10:37: proposal "aes128gcm16-x25519-foo9", column 20: 'foo9'
          ike: aes128-sha1             | ike:10:37: proposal
          esp: 3des-md5                | ike:10:37: proposal "3des-md5", column 1: '3des'
          answer-after: 1s             | ike:10:46: 'answer-after' is for 'by: script'
          only-labels: [u:r:t_t:s0]    | 'only-labels' is for 'by: script'
          retransmitt: libreswan       | did you mean 'retransmit'?
          costs: {sing: 1ms}           | did you mean 'sign'?
          psk:                         | 'psk' is nothing
          """)
  void mistakesHaveAPlace(String keys, String complaint) {
    String text = lab("1ms", keys, "10ms", 1);
    assertThat(
            org.assertj.core.api.Assertions.catchThrowableOfType(
                LabFileException.class, () -> LabFileReader.parse("ike", text)))
        .hasMessageContaining(complaint);
  }
}
