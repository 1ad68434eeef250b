package org.larval.labeled;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.report.Walk;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.xfrm.SaMissPolicy;

/**
 * Programs of four labels behind one labelled policy, SAs by IKEv2 (RFC 9478): a pair of SAs for
 * each label that the policy lets in, made when its first packet asks.
 */
class IkeLabelsTest {
  private static final String LAB =
      """
      lab: labels
      until: 4s
      sa-miss: %s
      policy:
        rules:
          - allow { app_a_t app_b_t app_c_t } ipsec_spd_t:association polmatch;
          - allow { app_a_t app_b_t app_c_t app_d_t } self:association sendto;
          - allow { app_a_t app_d_t } here_spd_t:association polmatch;
      guests:
        a:
          nic: 10.0.0.1/24
          xfrm:
            - policy add dir out src 10.0.0.1 dst 10.0.0.2 proto udp %s
        b: {nic: 10.0.0.2/24}
      links:
        - {between: [a, b], delay: 10ms}
      protect:
        - {between: [a, b], for: udp, label: "u:r:ipsec_spd_t:s0", priority: 10, reqid: 1}
      keys:
        - {between: [a, b], by: ike, start: %s}
      traffic:
      """;

  private static final String BLOCK = "action block priority 100";

  private static String flow(int number, String context) {
    return "  - {from: a, to: b, udp: 700%d, start: 1s, every: 20ms, count: 100, label: \"%s\"}\n"
        .formatted(number, context);
  }

  private static LabRun run(String saMiss, String policy, String start, String... contexts) {
    StringBuilder text = new StringBuilder(LAB.formatted(saMiss, policy, start));
    for (int i = 0; i < contexts.length; i++) {
      text.append(flow(i + 1, contexts[i]));
    }
    return LabRun.run(LabFileReader.parse("labels", text.toString()), RunOptions.PLAIN);
  }

  private static LabRun four(String saMiss, String start) {
    return run(
        saMiss,
        BLOCK,
        start,
        "u:r:app_a_t:s0:c1",
        "u:r:app_b_t:s0:c2",
        "u:r:app_c_t:s0:c3",
        "u:r:app_d_t:s0:c4");
  }

  /** The contexts of the SAs that stand, without an order. */
  private static List<String> contexts(RunReport report, String guest) {
    return report.sas().stream()
        .filter(sa -> sa.guest().equals(guest))
        .map(sa -> sa.sa().substring(sa.sa().indexOf("ctx ") + 4))
        .sorted()
        .toList();
  }

  private static Stream<String> presets() {
    return SaMissPolicy.PRESETS.stream().map(SaMissPolicy::name);
  }

  @ParameterizedTest
  @MethodSource("presets")
  void aPairForEachLabelUnderEveryPreset(String saMiss) {
    LabRun run = four(saMiss, "ike-sa");
    RunReport report = run.report();
    LabAssertions.assertThat(run).balances().leaksNothing().acquires(3);
    String[] pairs = {
      "u:r:app_a_t:s0:c1", "u:r:app_a_t:s0:c1",
      "u:r:app_b_t:s0:c2", "u:r:app_b_t:s0:c2",
      "u:r:app_c_t:s0:c3", "u:r:app_c_t:s0:c3"
    };
    assertThat(contexts(report, "a")).containsExactly(pairs);
    assertThat(contexts(report, "b")).containsExactly(pairs);
    for (FlowReport flow : report.flows()) {
      assertThat(
              flow.delivered()
                  + flow.lostTotal()
                  + flow.refusedTotal()
                  + flow.asleep()
                  + flow.held())
          .isEqualTo(flow.offered());
      if (flow.flow() <= 3) {
        // three exchanges one after the other, 20 ms each, and what polling adds
        assertThat(flow.delivered()).as(flow.title()).isGreaterThanOrEqualTo(93);
      }
    }
    FlowReport denied = report.flows().get(3);
    assertThat(denied.delivered()).isZero();
    assertThat(denied.refusedTotal()).isEqualTo(100);
    assertThat(report.audit())
        .anyMatch(
            one ->
                one.record().contains("{ polmatch }")
                    && one.record().contains("scontext=u:r:app_d_t:s0:c4"));
  }

  @Test
  void oursHoldsAndLosesNothing() {
    LabRun run = four("larval", "ike-sa");
    LabAssertions.assertThat(run).flow(1).delivered(100).held(2);
    LabAssertions.assertThat(run).flow(2).delivered(100);
    LabAssertions.assertThat(run).flow(3).delivered(100);
    LabAssertions.assertThat(run).flow(4).delivered(0);
  }

  /** No label is known yet: the IKE SA comes without a child (RFC 6023). */
  @ParameterizedTest
  @ValueSource(strings = {"at-once", "ike-sa"})
  void withoutPacketThereIsNoChild(String start) {
    List<String> log = run("larval", BLOCK, start, "u:r:app_d_t:s0:c4").report().ike();
    assertThat(log).anyMatch(line -> line.contains("the peer is b"));
    assertThat(log).noneMatch(line -> line.contains("carries traffic") || line.contains("TSi"));
  }

  /** The first label rides in IKE_AUTH, the next ones in exchanges of their own. */
  @Test
  void onDemandTheFirstLabelIsInTheFirstExchanges() {
    RunReport report = four("larval", "on-demand").report();
    List<String> log = report.ike();
    assertThat(log).anyMatch(line -> line.contains("a sends IKE_AUTH") && line.contains("TSi"));
    assertThat(log.stream().filter(line -> line.contains("a sends CREATE_CHILD_SA"))).hasSize(2);
    assertThat(contexts(report, "b")).hasSize(6);
    for (int flow = 0; flow < 3; flow++) {
      assertThat(report.flows().get(flow).delivered()).isEqualTo(100);
    }
  }

  /**
   * A policy of the sender's lets app_d in, that of the peer does not: the peer asks its own policy
   * and answers TS_UNACCEPTABLE. Only app_d's packets are lost.
   */
  @Test
  void theRespondersPolicyDecidesToo() {
    String lenient = "ctx u:r:here_spd_t:s0 priority 1 tmpl proto esp mode transport reqid 1";
    String[] labels = {"u:r:app_a_t:s0:c1", "u:r:app_d_t:s0:c4"};
    LabRun ours = run("larval", lenient, "ike-sa", labels);
    LabAssertions.assertThat(ours).balances().leaksNothing();
    LabAssertions.assertThat(ours).flow(1).delivered(100);
    LabAssertions.assertThat(ours)
        .flow(2)
        .delivered(0)
        .refused(Errno.EHOSTUNREACH, 100 - ours.report().flows().get(1).lostTotal());
    assertThat(ours.report().ike())
        .anyMatch(line -> line.contains("b no label of the peer is acceptable for"))
        .anyMatch(line -> line.contains("TS_UNACCEPTABLE"));
    assertThat(contexts(ours.report(), "b"))
        .containsExactly("u:r:app_a_t:s0:c1", "u:r:app_a_t:s0:c1");
    LabRun linux = run("linux-default", lenient, "ike-sa", labels);
    LabAssertions.assertThat(linux).leaksNothing();
    LabAssertions.assertThat(linux).flow(1).lost(DropReason.XFRM_OUT_NO_STATES, 2);
    LabAssertions.assertThat(linux).flow(2).lost(DropReason.XFRM_OUT_NO_STATES, 100);
  }

  @Test
  void explainNamesTheLabel() {
    String text = LAB.formatted("larval", BLOCK, "ike-sa") + flow(1, "u:r:app_d_t:s0:c4");
    LabRun run = LabRun.run(LabFileReader.parse("labels", text), RunOptions.PLAIN.following(1, 0));
    String walk = Walk.of(run, 1, 0).text();
    assertThat(Arrays.asList(walk.split("\n")))
        .anyMatch(
            line -> line.contains("may not use an IPsec policy") && line.contains("polmatch"));
  }
}
