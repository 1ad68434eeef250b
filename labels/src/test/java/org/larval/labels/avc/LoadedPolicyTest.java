package org.larval.labels.avc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.larval.labels.Decision;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.labels.why.TinyPolicy;

class LoadedPolicyTest {
  private static final AuditData SSH =
      new AuditData(
          1635, "ssh", AuditData.Network.packet("127.0.0.1", 52394, "127.0.0.1", 25565, "lo"));

  private final LivePolicy live = new LivePolicy(TinyPolicy.server("tiny.33").policy(), true);
  private final Sids sids = new Sids();
  private final List<String> records = new ArrayList<>();
  private final LoadedPolicy policy =
      new LoadedPolicy(live, sids, record -> records.add(record.text()));
  private final int browser = sids.sid("staff_u:user_r:internal_browser_t:s0");
  private final int debug = sids.sid("system_u:system_r:debug_t:s0");
  private final int dmz = sids.sid("system_u:object_r:dmz_packet_t:s0");
  private final int external = sids.sid("system_u:object_r:external_packet_t:s0");

  @Test
  void aDenialTellsItsCauseAndRemedy() {
    Decision decision = policy.decide(browser, dmz, "packet", "send");
    assertThat(decision)
        .isEqualTo(
            new Decision.Denied(
                SecurityContext.parse("staff_u:user_r:internal_browser_t:s0"),
                SecurityContext.parse("system_u:object_r:dmz_packet_t:s0"),
                "packet",
                "send",
                "no rule allows it to internal_browser_t on dmz_packet_t:packet; if"
                    + " (allow_browser_dmz) allow browser_domain dmz_packet_t:packet { send recv };"
                    + " is off, with allow_browser_dmz=off",
                "setsebool allow_browser_dmz on, or add the rule allow internal_browser_t"
                    + " dmz_packet_t:packet send;"));
    assertThat(policy.decide(browser, dmz, "packet", "send")).isSameAs(decision);
    live.set(Map.of("allow_browser_dmz", true));
    assertThat(policy.decide(browser, dmz, "packet", "send")).isSameAs(Decision.Allowed.BY_RULE);
  }

  @Test
  void writesWhatTheKernelWrites() {
    policy.decide(browser, external, "packet", "send", () -> SSH);
    policy.decide(browser, external, "packet", "recv", () -> SSH); // a dontaudit
    policy.decide(debug, external, "packet", "recv", () -> SSH);
    policy.decide(debug, external, "packet", "recv", () -> SSH); // logged once
    policy.decide(sids.sid("system_u:system_r:guard_t:s0"), external, "packet", "recv");
    policy.decide(sids.sid("strange_u:strange_r:strange_t:s0"), dmz, "packet", "send");
    assertThat(records)
        .containsExactly(
            "avc:  denied  { send } for  pid=1635 comm=\"ssh\" saddr=127.0.0.1 src=52394"
                + " daddr=127.0.0.1 dest=25565 netif=lo"
                + " scontext=staff_u:user_r:internal_browser_t:s0"
                + " tcontext=system_u:object_r:external_packet_t:s0 tclass=packet permissive=0",
            "avc:  denied  { recv } for  pid=1635 comm=\"ssh\" saddr=127.0.0.1 src=52394"
                + " daddr=127.0.0.1 dest=25565 netif=lo"
                + " scontext=system_u:system_r:debug_t:s0"
                + " tcontext=system_u:object_r:external_packet_t:s0 tclass=packet permissive=1",
            "avc:  granted  { recv } for  pid=0 comm=\"swapper/0\""
                + " scontext=system_u:system_r:guard_t:s0"
                + " tcontext=system_u:object_r:external_packet_t:s0 tclass=packet",
            "avc:  denied  { send } for  pid=0 comm=\"swapper/0\""
                + " scontext=system_u:object_r:unlabeled_t:s3:c0.c127"
                + " tcontext=system_u:object_r:dmz_packet_t:s0 tclass=packet permissive=0"
                + " srawcon=\"strange_u:strange_r:strange_t:s0\"");
  }

  @Test
  void everyFieldHasItsPlace() {
    AuditData.Network all =
        new AuditData.Network("::1", 1, "::2", 2, "2001:db8::1", 3, "2001:db8::2", 4, "eth0");
    AuditRecord record =
        new AuditRecord(
            true,
            List.of("send", "recv"),
            0x80,
            new AuditData(7, "my task\"", all),
            "a:b:c",
            "d:e:f",
            "packet",
            true,
            null,
            "x y");
    assertThat(record.line(1_700_000_000_023L, 42))
        .isEqualTo(
            "type=AVC msg=audit(1700000000.023:42): avc:  denied  { send recv 0x80 } for  pid=7"
                + " comm=6D79207461736B22 laddr=::1 lport=1 faddr=::2 fport=2 saddr=2001:db8::1"
                + " src=3 daddr=2001:db8::2 dest=4 netif=eth0 scontext=a:b:c tcontext=d:e:f"
                + " tclass=packet permissive=1 trawcon=782079");
    AuditRecord empty =
        new AuditRecord(
            false, List.of(), 0, AuditData.IDLE, "a:b:c", "d:e:f", "peer", false, null, null);
    assertThat(empty.text())
        .isEqualTo(
            "avc:  granted  null pid=0 comm=\"swapper/0\" scontext=a:b:c tcontext=d:e:f"
                + " tclass=peer");
  }

  @Test
  void permissiveAllowsDespiteTheDenial() {
    live.enforce(false);
    int netif = sids.sid("system_u:object_r:external_netif_t:s0");
    for (int i = 0; i < 3; i++) {
      Decision decision = policy.decide(browser, netif, "netif", "egress");
      assertThat(decision).isInstanceOf(Decision.Allowed.class);
      assertThat(((Decision.Allowed) decision).despite()).isNotNull();
    }
    assertThat(records).hasSize(1).first().asString().endsWith("permissive=1");
  }

  /** As Linux does: what was let pass counts as allowed, and an auditallow rule wants it known. */
  @Test
  void whatWasLetPassIsGrantedTheNextTime() {
    live.enforce(false);
    policy.decide(browser, external, "packet", "send");
    policy.decide(browser, external, "packet", "send");
    assertThat(records).hasSize(2);
    assertThat(records.getLast()).startsWith("avc:  granted  { send } for  pid=0");
  }

  @Test
  void whatThePolicyAllowsIsAllowedByRuleBesidesWhatIsLetPass() {
    int packet = sids.sid("system_u:object_r:internal_packet_t:s0");
    live.enforce(false);
    policy.decide(browser, packet, "packet", "relabelto");
    assertThat(policy.decide(browser, packet, "packet", "send"))
        .isEqualTo(Decision.Allowed.BY_RULE);
  }

  @Test
  void unknownNamesFollowThePolicy() {
    boolean allowed = live.server().policy().handleUnknown().name().equals("ALLOW");
    assertThat(policy.allowed(browser, dmz, "packet", "flow_in")).isEqualTo(allowed);
    assertThat(policy.allowed(browser, dmz, "parcel", "send")).isEqualTo(allowed);
  }
}
