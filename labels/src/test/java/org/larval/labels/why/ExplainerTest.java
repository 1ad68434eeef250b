package org.larval.labels.why;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.SecurityServer;

class ExplainerTest {
  private static final String BROWSER = "staff_u:user_r:internal_browser_t:";
  private static final String SVIRT = "system_u:system_r:svirt_t:";

  private final SecurityServer server = TinyPolicy.server("tiny.33");

  private Verdict why(String source, String target, String securityClass, String permission) {
    return why(server, source, target, securityClass, permission);
  }

  private static Verdict why(
      SecurityServer server,
      String source,
      String target,
      String securityClass,
      String permission) {
    Explanation explanation =
        new Explainer(server)
            .explain(
                server.context(source), server.context(target), securityClass, List.of(permission));
    assertThat(explanation.verdicts()).hasSize(1);
    return explanation.verdicts().getFirst();
  }

  private static List<String> remedies(Verdict verdict) {
    List<String> all = new ArrayList<>();
    for (Remedy remedy : verdict.remedies()) {
      all.add(remedy.change().toString());
      remedy.orElse().forEach(change -> all.add("or " + change));
    }
    return all;
  }

  @Test
  void namesTheRuleThatAllows() {
    Verdict verdict =
        why(BROWSER + "s0", "system_u:object_r:internal_packet_t:s0", "packet", "recv");
    assertThat(verdict.outcome()).isEqualTo(Outcome.ALLOWED);
    assertThat(verdict.rules())
        .containsExactly("allow internal_browser_t internal_packet_t:packet { send recv };");
    assertThat(verdict.remedies()).isEmpty();
  }

  @Test
  void writesTheMissingRuleAsAudit2allowDoes() {
    Verdict verdict =
        why(BROWSER + "s0", "system_u:object_r:external_packet_t:s0", "packet", "send");
    assertThat(verdict.outcome()).isEqualTo(Outcome.DENIED);
    assertThat(verdict.logged()).isTrue();
    assertThat(verdict.reasons())
        .containsExactly(
            new Reason.NoRule("internal_browser_t", "external_packet_t", "packet", List.of()));
    assertThat(remedies(verdict))
        .containsExactly("add the rule allow internal_browser_t external_packet_t:packet send;");
    Verdict self = why(BROWSER + "s0", BROWSER + "s0", "peer", "recv");
    assertThat(remedies(self))
        .containsExactly("add the rule allow internal_browser_t self:peer recv;");
  }

  @Test
  void knowsWhatIsNotLogged() {
    assertThat(
            why(BROWSER + "s0", "system_u:object_r:external_packet_t:s0", "packet", "recv")
                .logged())
        .isFalse();
  }

  @Test
  void namesTheBooleanThatWouldAllow() {
    String packet = "system_u:object_r:dmz_packet_t:s0";
    Verdict verdict = why(BROWSER + "s0", packet, "packet", "send");
    SwitchedOff off =
        new SwitchedOff(
            "allow browser_domain dmz_packet_t:packet { send recv };",
            "allow_browser_dmz",
            List.of(new BooleanState("allow_browser_dmz", false)),
            List.of(new BooleanState("allow_browser_dmz", true)));
    assertThat(verdict.reasons())
        .containsExactly(
            new Reason.NoRule("internal_browser_t", "dmz_packet_t", "packet", List.of(off)));
    assertThat(verdict.reasons().getFirst())
        .hasToString(
            "no rule allows it to internal_browser_t on dmz_packet_t:packet; if"
                + " (allow_browser_dmz) allow browser_domain dmz_packet_t:packet { send recv };"
                + " is off, with allow_browser_dmz=off");
    assertThat(remedies(verdict))
        .containsExactly(
            "setsebool allow_browser_dmz on",
            "or add the rule allow internal_browser_t dmz_packet_t:packet send;");
    server.set(Map.of("allow_browser_dmz", true));
    Verdict then = why(BROWSER + "s0", packet, "packet", "send");
    assertThat(then.outcome()).isEqualTo(Outcome.ALLOWED);
    assertThat(then.logged()).isTrue();
    assertThat(then.rules())
        .containsExactly(
            "if (allow_browser_dmz) allow browser_domain dmz_packet_t:packet { send recv };");
  }

  @Test
  void switchesAsManyBooleansAsItTakes() {
    server.set(Map.of("allow_svirt_external", false, "secure_mode", true));
    Verdict verdict =
        why(SVIRT + "s0:c1,c2", "system_u:object_r:external_packet_t:s0:c1,c2", "packet", "send");
    assertThat(remedies(verdict))
        .startsWith("setsebool allow_svirt_external on and setsebool secure_mode off");
  }

  @Test
  void saysWhichLevelAndCategoryFails() {
    Verdict verdict = why(SVIRT + "s0:c1,c2", SVIRT + "s0:c3,c4", "peer", "recv");
    assertThat(verdict.reasons()).hasSize(2).allMatch(Reason.Constrained.class::isInstance);
    Reason.Constrained mcs = (Reason.Constrained) verdict.reasons().getFirst();
    assertThat(mcs.statement())
        .isEqualTo(
            "mlsconstrain peer recv ((t1 != mcs_constrained_type) or (t2 != mcs_constrained_type)"
                + " or (h1 eq h2));");
    assertThat(mcs.operands())
        .containsExactly(
            new FailedOperand(
                "t1 != mcs_constrained_type",
                "svirt_t",
                "mcs_constrained_type",
                "the source's type svirt_t is in mcs_constrained_type"),
            new FailedOperand(
                "t2 != mcs_constrained_type",
                "svirt_t",
                "mcs_constrained_type",
                "the target's type svirt_t is in mcs_constrained_type"),
            new FailedOperand(
                "h1 eq h2",
                "s0:c1,c2",
                "s0:c3,c4",
                "the source's high level s0:c1,c2 is not the same as the target's high level"
                    + " s0:c3,c4, because h1 lacks c3,c4 and h2 lacks c1,c2"));
    assertThat(remedies(verdict))
        .containsExactly(
            "label the source " + SVIRT + "s0:c3,c4 (plus c3,c4, without c1,c2)",
            "or label the target " + SVIRT + "s0:c1,c2 (plus c1,c2, without c3,c4)");
  }

  @Test
  void offersTheAttributeThatAConstraintExempts() {
    Verdict verdict =
        why(BROWSER + "s1", "system_u:object_r:internal_packet_t:s0", "packet", "send");
    assertThat(remedies(verdict))
        .containsExactly(
            "label the source " + BROWSER + "s0 (lowered to s0)",
            "or label the target system_u:object_r:internal_packet_t:s1 (raised to s1)",
            "or give internal_browser_t the attribute mlsnetwrite",
            "or give internal_packet_t the attribute mlsnetoutbound");
  }

  /** Before version 29 a policy does not keep how types were written. */
  @Test
  void knowsAttributesByTheirMembersWhereThePolicyDoesNotSay() {
    Verdict verdict =
        why(
            TinyPolicy.server("tiny.28"),
            BROWSER + "s1",
            "system_u:object_r:internal_packet_t:s0",
            "packet",
            "send");
    assertThat(verdict.reasons().getFirst().headline()).contains("(t1 == mlsnetwrite)");
  }

  @Test
  void followsBoundsUpwards() {
    Verdict verdict =
        why(
            "system_u:system_r:dmz_proxy_worker_t:s0",
            "system_u:object_r:external_peer_t:s1",
            "peer",
            "recv");
    assertThat(verdict.reasons()).hasSize(2);
    assertThat(verdict.reasons().getFirst()).isInstanceOf(Reason.NoRule.class);
    Reason.Bounded bounded = (Reason.Bounded) verdict.reasons().getLast();
    assertThat(bounded.parent()).isEqualTo("dmz_proxy_t");
    assertThat(bounded.reasons())
        .hasSize(1)
        .first()
        .extracting(Reason::headline)
        .asString()
        .startsWith("a constraint fails: mlsconstrain peer recv");
    assertThat(remedies(verdict))
        .containsExactly(
            "add the rule allow dmz_proxy_worker_t external_peer_t:peer recv;",
            "label the source system_u:system_r:dmz_proxy_worker_t:s1 (raised to s1)",
            "or label the target system_u:object_r:external_peer_t:s0 (lowered to s0)");
  }

  @Test
  void namesTheMissingChangeOfRole() {
    Verdict verdict =
        why(
            "staff_u:netadm_r:netadm_t:s0", "staff_u:user_r:external_browser_t:s0",
            "process", "dyntransition");
    assertThat(verdict.reasons()).contains(new Reason.RoleChange("netadm_r", "user_r"));
    assertThat(remedies(verdict)).contains("add the rule allow netadm_r user_r;");
  }

  @Test
  void tellsOfAPermissiveDomain() {
    Verdict verdict =
        why(
            "system_u:system_r:debug_t:s0",
            "system_u:object_r:external_packet_t:s0",
            "packet",
            "send");
    assertThat(verdict.outcome()).isEqualTo(Outcome.LET_PASS);
    assertThat(verdict.reasons().getFirst()).isEqualTo(new Reason.Permissive("debug_t"));
    assertThat(remedies(verdict))
        .containsExactly("add the rule allow debug_t external_packet_t:packet send;");
  }

  @Test
  void handlesUnknownNamesAsThePolicySays() {
    String packet = "system_u:object_r:internal_packet_t:s0";
    Verdict permission = why(BROWSER + "s0", packet, "packet", "sent");
    boolean allows = server.policy().handleUnknown().name().equals("ALLOW");
    assertThat(permission.outcome()).isEqualTo(allows ? Outcome.ALLOWED : Outcome.DENIED);
    assertThat(((Reason.Unknown) permission.reasons().getFirst()).nearest()).contains("send");
    Verdict whole = why(BROWSER + "s0", packet, "pakket", "send");
    assertThat(((Reason.Unknown) whole.reasons().getFirst()).nearest()).contains("packet");
  }

  @Test
  void printsForPeople() {
    String text =
        new Explainer(server)
            .explain(
                server.context(BROWSER + "s0"),
                server.context("system_u:object_r:dmz_packet_t:s0"),
                "packet",
                List.of("send", "relabelto"))
            .text();
    assertThat(text)
        .isEqualTo(
            """
            staff_u:user_r:internal_browser_t:s0 -> system_u:object_r:dmz_packet_t:s0 : packet
              denied { send }, not logged (dontaudit)
                because: no rule allows it to internal_browser_t on dmz_packet_t:packet
                  if (allow_browser_dmz) allow browser_domain dmz_packet_t:packet { send recv }; \
            is off, with allow_browser_dmz=off
                to permit it: setsebool allow_browser_dmz on
                or instead: add the rule allow internal_browser_t dmz_packet_t:packet send;
              denied { relabelto }
                because: no rule allows it to internal_browser_t on dmz_packet_t:packet
                to permit it: add the rule allow internal_browser_t dmz_packet_t:packet relabelto;
            """);
  }

  // --- against libsepol ---

  /** Each answer's reason is a sum: 1 no rule, 2 constraints, 4 change of role, 8 bounds. */
  @Test
  void givesTheReasonsThatLibsepolGives() {
    Explainer explainer = new Explainer(server);
    Map<Integer, Integer> seen = new HashMap<>();
    for (String[] line : TinyPolicy.answers()) {
      int wanted = Integer.parseInt(line[7], 16);
      Explanation explanation =
          explainer.explain(server.context(line[1]), server.context(line[2]), line[3], List.of());
      List<String> allowed = new ArrayList<>();
      int reasons = 0;
      for (Verdict verdict : explanation.verdicts()) {
        if (verdict.outcome() == Outcome.ALLOWED) {
          allowed.addAll(verdict.permissions());
          assertThat(verdict.rules()).isNotEmpty();
        } else {
          reasons |= bit(first(verdict.reasons()));
          assertThat(verdict.remedies()).as(String.join(" ", line)).isNotEmpty();
        }
      }
      assertThat(allowed)
          .as(String.join(" ", line))
          .containsExactlyInAnyOrderElementsOf(
              line[4].equals("-") ? List.of() : Arrays.asList(line[4].split(",")));
      if (wanted != 0x100) {
        assertThat(reasons).as(String.join(" ", line)).isEqualTo(wanted);
        seen.merge(wanted, 1, Integer::sum);
      }
    }
    assertThat(seen.keySet()).contains(0, 1, 2, 3, 5, 9, 11);
  }

  private static Reason first(List<Reason> reasons) {
    return reasons.stream()
        .filter(reason -> !(reason instanceof Reason.Permissive))
        .findFirst()
        .orElseThrow();
  }

  private static int bit(Reason reason) {
    return switch (reason) {
      case Reason.NoRule rule -> 1;
      case Reason.Constrained constraint -> 2;
      case Reason.RoleChange role -> 4;
      case Reason.Bounded bounded -> 8;
      case Reason.Permissive permissive -> throw new AssertionError(permissive);
      case Reason.Unknown unknown -> throw new AssertionError(unknown);
    };
  }

  /** What is said to help does help, wherever no rule has to be added for it. */
  @Test
  void remediesPermitWhatWasDenied() {
    Explainer explainer = new Explainer(server);
    Map<String, Integer> tried = new LinkedHashMap<>();
    for (String[] line : TinyPolicy.answers()) {
      PolicyContext source = server.context(line[1]);
      PolicyContext target = server.context(line[2]);
      for (Verdict verdict : explainer.explain(source, target, line[3], List.of()).verdicts()) {
        if (verdict.remedies().size() == 1) {
          Remedy remedy = verdict.remedies().getFirst();
          List<Change> all = new ArrayList<>(remedy.orElse());
          all.add(remedy.change());
          for (Change change : all) {
            for (String permission : verdict.permissions()) {
              if (tried(change, source, target, line[3], permission)) {
                tried.merge(change.getClass().getSimpleName(), 1, Integer::sum);
              }
            }
          }
        }
      }
    }
    assertThat(tried.get("Relabel")).isGreaterThan(100);
    assertThat(tried.get("SwitchBooleans")).isGreaterThan(2);
  }

  private boolean tried(
      Change change,
      PolicyContext source,
      PolicyContext target,
      String securityClass,
      String permission) {
    return switch (change) {
      case Change.Relabel relabel -> {
        PolicyContext context = server.context(relabel.context());
        boolean ofSource = relabel.side() == Change.Side.SOURCE;
        assertThat(
                server.allowed(
                    ofSource ? context : source,
                    ofSource ? target : context,
                    securityClass,
                    permission))
            .as(change.toString())
            .isTrue();
        yield true;
      }
      case Change.SwitchBooleans booleans -> {
        Map<String, Boolean> before = new HashMap<>();
        booleans.booleans().forEach(each -> before.put(each.name(), !each.on()));
        Map<String, Boolean> after = new HashMap<>();
        booleans.booleans().forEach(each -> after.put(each.name(), each.on()));
        server.set(after);
        assertThat(server.allowed(source, target, securityClass, permission))
            .as(change.toString())
            .isTrue();
        server.set(before);
        yield true;
      }
      default -> false;
    };
  }
}
