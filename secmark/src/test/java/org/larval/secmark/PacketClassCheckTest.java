package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.larval.labels.LabelPolicy;
import org.larval.labels.Sids;
import org.larval.labels.avc.AuditRecord;
import org.larval.labels.avc.LivePolicy;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.source.PolicyBuilder;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.packet.Verdict;
import org.larval.secmark.PacketClassCheck.Permission;
import org.larval.wire.IpProtocol;

class PacketClassCheckTest {
  private final Sids sids = new Sids();
  private final int httpd = sids.sid("system_u:system_r:httpd_t:s0");
  private final int browser = sids.sid("user_u:user_r:browser_t:s0");
  private final int http = sids.sid("system_u:object_r:http_packet_t:s0");
  private final LivePolicy live =
      live("allow httpd_t http_packet_t:packet recv; allow browser_t unlabeled_t:packet send;");
  private final List<AuditRecord> audit = new ArrayList<>();
  private final LoadedPolicy policy = new LoadedPolicy(live, sids, audit::add);
  private final PacketClassCheck check = new PacketClassCheck(policy, "a");
  private final Packet packet = Datagrams.v4("10.0.0.1", "10.0.0.2", IpProtocol.TCP, 4000, 80);

  private static LivePolicy live(String rules) {
    PolicyBuilder builder = new PolicyBuilder(true);
    builder.openTypes();
    builder.statements(rules);
    builder.role("user_r", List.of("*"));
    builder.role("system_r", List.of("*"));
    builder.sensitivity("s0", List.of());
    builder.user("user_u", List.of("user_r"), null);
    builder.user("system_u", List.of("system_r"), null);
    return new LivePolicy(builder.build(), true);
  }

  @BeforeEach
  void mark() {
    packet.secmark = http;
    packet.label = browser;
  }

  @AfterEach
  void release() {
    packet.release();
    assertThat(Datagrams.POOL.live()).isZero();
  }

  private Object lastDetail(StepAction action) {
    var step = Objects.requireNonNull(packet.trail()).steps().getLast();
    assertThat(step.action()).isEqualTo(action);
    return Objects.requireNonNull(step.detail());
  }

  @Test
  void asksForThePermissionOfTheSubjectOnTheMark() {
    assertThat(check.check(0, packet, httpd, Permission.RECV)).isSameAs(Verdict.CONTINUE);
    assertThat(lastDetail(StepAction.ALLOWED)).hasToString("packet recv");
    assertThat(check.check(0, packet, browser, Permission.RECV))
        .isEqualTo(Verdict.drop(DropReason.PACKET_CLASS_DENIED));
    assertThat(lastDetail(StepAction.DENIED).toString())
        .endsWith("to permit it: add the rule allow browser_t http_packet_t:packet recv;");
    assertThat(check.check(0, packet, httpd, Permission.SEND))
        .isEqualTo(Verdict.drop(DropReason.PACKET_CLASS_DENIED));
  }

  @Test
  void gatesKnowTheirSubject() {
    assertThat(check.by(httpd, Permission.RECV).pass(0, packet)).isSameAs(Verdict.CONTINUE);
    assertThat(check.byFlow(Permission.SEND).pass(0, packet))
        .isEqualTo(Verdict.drop(DropReason.PACKET_CLASS_DENIED));
    packet.secmark = 0;
    assertThat(check.byFlow(Permission.SEND).pass(0, packet)).isSameAs(Verdict.CONTINUE);
  }

  @Test
  void everyPermissionIsOneOfTheClass() {
    for (Permission permission : Permission.values()) {
      String rule = "allow httpd_t http_packet_t:" + permission + ";";
      LoadedPolicy list = new LoadedPolicy(live(rule), sids, audit::add);
      assertThat(new PacketClassCheck(list, "a").check(0, packet, httpd, permission))
          .isSameAs(Verdict.CONTINUE);
    }
  }

  @Test
  void permissiveLetsThroughAndSaysSo() {
    live.enforce(false);
    assertThat(check.check(0, packet, browser, Permission.RECV)).isSameAs(Verdict.CONTINUE);
    assertThat(lastDetail(StepAction.ALLOWED).toString())
        .startsWith("allowed, being permissive: denied { recv }");
    assertThat(audit).hasSize(1);
  }

  @Test
  void aGuestWithoutPolicyAllows() {
    assertThat(
            new PacketClassCheck(LabelPolicy.ALLOW_ALL, "a")
                .check(0, packet, browser, Permission.FORWARD_OUT))
        .isSameAs(Verdict.CONTINUE);
  }
}
