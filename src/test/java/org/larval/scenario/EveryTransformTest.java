package org.larval.scenario;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.combination.Kind;
import org.larval.combination.Kind.End;
import org.larval.combination.Kind.Extras;
import org.larval.combination.Kinds;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.SaReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * Two guests over every algorithm, mode, family, kind of sequence number and encapsulation: all is
 * delivered, no counter of xfrm_stat moves, and both ends count the same.
 */
class EveryTransformTest {
  static List<Kind> kinds() {
    return Kinds.list();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everythingArrives(Kind kind) {
    try (LabRun lab =
        LabRun.run(LabFileReader.parse("every-transform", lab(kind)), RunOptions.PLAIN)) {
      assertThat(lab).balances().leaksNothing();
      assertThat(lab).flow(1).delivered(20).lost(0);
      assertThat(lab).flow(2).delivered(5).lost(0);
      assertThat(lab).flow(3).delivered(10).lost(0);
      SoftAssertions soft = new SoftAssertions();
      soft.assertThat(lab.report().xfrmStat()).isEmpty();
      // the companions of IPComp tunnels aside, which carry what was not worth compressing
      List<SaReport> sas =
          lab.report().sas().stream()
              .filter(sa -> !sa.sa().contains("proto ipencap") && !sa.sa().contains("proto ipv6"))
              .toList();
      soft.assertThat(sas).hasSize(4 * kind.layers().size());
      for (SaReport sa : sas) {
        SaReport other =
            sas.stream()
                .filter(one -> one.sa().equals(sa.sa()) && !one.guest().equals(sa.guest()))
                .findFirst()
                .orElseThrow();
        // what is too short to be compressed never meets the receiver's IPComp state
        if (!sa.sa().contains("proto comp")) {
          soft.assertThat(sa.packets()).isEqualTo(other.packets()).isPositive();
          soft.assertThat(sa.bytes()).isEqualTo(other.bytes());
        }
        soft.assertThat(sa.replay() + sa.replayWindow() + sa.integrityFailed()).isZero();
      }
      soft.assertAll();
    }
  }

  private static String lab(Kind kind) {
    String there = kind.inner(End.B);
    return """
    lab: every-transform
    guests:
      a:
        nic: [10.0.0.1/24, fd00::1/64, 10.1.0.1/24, fd01::1/64]
        xfrm:
    %s
      b:
        nic: [10.0.0.2/24, fd00::2/64, 10.1.0.2/24, fd01::2/64]
        xfrm:
    %s
    links:
      - {between: [a, b], delay: 1ms}
    traffic:
      - {from: a, to: b, address: "%s", udp: 7, every: 10ms, count: 20, size: 600}
      - {from: a, to: b, address: "%s", ping: yes, every: 20ms, count: 5, size: 2500}
      - {from: a, to: b, address: "%s", tcp: 80, echo: 10}
      - {from: a, to: b, address: "%s", bulk: 81, bytes: 100kB}
    """
        .formatted(lines(kind, End.A), lines(kind, End.B), there, there, there, there);
  }

  private static String lines(Kind kind, End at) {
    StringBuilder lines = new StringBuilder();
    for (String line : kind.lines(at, Extras.NONE)) {
      lines.append("      - \"").append(line).append("\"\n");
    }
    return lines.toString();
  }
}
