package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.S;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Jiffies;
import org.larval.packet.Packet;
import org.larval.packet.Step;
import org.larval.packet.StepAction;
import org.larval.packet.Trail;

/** Labels in look-ups and in hold queues (spec labeled-ipsec 3; captures labelled-queue-*). */
class LabelledFlowTest {
  private static final int APP_A = 11;
  private static final int APP_B = 12;
  private static final int SPD = 20;
  private static final SaMissPolicy QUEUE =
      SaMissPolicy.LINUX_QUEUE.change().timers(Jiffies.EXACT).make();

  /** Rules with the switch of setenforce: unlabeled may not polmatch, B may not sendto. */
  private static final class Rules implements AssociationPolicy {
    boolean enforcing = true;

    @Override
    public boolean polmatch(int flowSid, int policySid) {
      return !enforcing || flowSid == APP_A || flowSid == APP_B;
    }

    @Override
    public boolean sendto(int flowSid, int stateSid) {
      return !enforcing || flowSid == APP_A;
    }

    @Override
    public String context(int sid) {
      return "u:r:app" + sid + "_t:s0:c" + sid;
    }
  }

  private final Rules labels = new Rules();

  private static Policy labelled() {
    return Bench.labelled(Bench.protect(), SecurityLabel.selinux(SPD, "u:object_r:ipsec_spd_t:s0"));
  }

  private StateBuilder sa(Bench bench, int sid) {
    return bench.sa(A, B).label(SecurityLabel.selinux(sid, labels.context(sid)));
  }

  @Test
  void acquireCarriesTheFlowsLabelAndTheStateMustCarryExactlyIt() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      labels.enforcing = false;
      bench.add(labelled());
      bench.label = APP_A;
      bench.send(B);
      XfrmEvent.Acquire acquire = bench.acquires().getFirst();
      assertThat(acquire.label()).isEqualTo(SecurityLabel.selinux(APP_A, labels.context(APP_A)));
      bench.install(sa(bench, APP_A).sequence(acquire.sequence()));
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ)).isInstanceOf(Bundle.class);
      bench.label = APP_B;
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ)).isInstanceOf(Lookup.Blackhole.class);
      assertThat(bench.acquires()).hasSize(2);
      bench.install(sa(bench, APP_B));
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ))
          .isInstanceOfSatisfying(
              Bundle.class,
              b ->
                  assertThat(b.states().getFirst().label())
                      .isEqualTo(SecurityLabel.selinux(APP_B, labels.context(APP_B))));
    }
  }

  @Test
  void labelledAndUnlabelledNeverMix() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(Bench.protect());
      bench.label = APP_A;
      bench.install(sa(bench, APP_A));
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Lookup.Blackhole.class);
    }
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(labelled());
      bench.label = APP_A;
      bench.install(bench.sa(A, B));
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Lookup.Blackhole.class);
    }
  }

  @Test
  void aDenialOfPolmatchFallsToTheNextPolicyOrIntoTheClear() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(labelled());
      bench.label = 99;
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ)).isEqualTo(new Lookup.Bypass(null, true));
      bench.add(Bench.block(Bench.udp(A, B), 10));
      assertThat(bench.send(B)).isEqualTo(Errno.EPERM);
    }
  }

  @Test
  void whereItIsStrictNothingPassesBeyondALabelThatDenies() {
    Template template = Bench.protect().templates().getFirst();
    SecurityLabel spd = SecurityLabel.selinux(SPD, "u:object_r:ipsec_spd_t:s0");
    try (Bench bench = new Bench(SaMissPolicy.LARVAL, labels)) {
      bench.add(labelled());
      bench.add(Bench.labelled(Bench.policy(Direction.IN, Bench.udp(A, B), 0, template), spd));
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ))
          .isInstanceOfSatisfying(
              Lookup.Refuse.class,
              refused -> {
                assertThat(refused.errno()).isEqualTo(Errno.EACCES);
                assertThat(refused.reason()).isEqualTo(DropReason.LABEL_DENIED);
              });
      assertThat(bench.engine.admits(0, bench.udp(B), Direction.IN, bench.out)).isFalse();
      bench.label = APP_A;
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ)).isInstanceOf(Hold.class);
    }
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(Bench.labelled(Bench.policy(Direction.IN, Bench.udp(A, B), 0, template), spd));
      Packet clear = bench.udp(B);
      assertThat(bench.engine.admits(0, clear, Direction.IN, bench.out)).isTrue();
      bench.out.deliver(clear);
    }
  }

  @Test
  void trailsTellWhatWasPassedByAndWhy() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(labelled());
      bench.install(sa(bench, APP_B));
      bench.label = APP_A;
      assertThat(skipped(bench, StepAction.SA_SKIPPED))
          .singleElement()
          .asString()
          .endsWith("its label is not that of the packet, u:r:app11_t:s0:c11");
      bench.label = APP_B;
      assertThat(skipped(bench, StepAction.SA_SKIPPED))
          .singleElement()
          .asString()
          .endsWith("association sendto is denied");
      bench.label = 0;
      assertThat(skipped(bench, StepAction.POLICY_SKIPPED))
          .singleElement()
          .asString()
          .endsWith("association polmatch is denied");
    }
  }

  private static List<Object> skipped(Bench bench, StepAction action) {
    Packet packet = bench.udp(B);
    Lookup answer = bench.lookup(B, Who.LOCAL_SOFTIRQ);
    bench.engine.noteAlternatives(0, packet, 0, answer);
    Trail trail = Objects.requireNonNull(packet.trail());
    List<Object> details =
        trail.steps().stream().filter(step -> step.action() == action).map(Step::detail).toList();
    bench.out.deliver(packet);
    return details;
  }

  @Test
  void aFlowWithoutLabelUnderALabelledPolicyIsEinval() {
    labels.enforcing = false;
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(labelled());
      assertThat(bench.send(B)).isEqualTo(Errno.EINVAL);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_ERROR)).isOne();
      assertThat(bench.acquires()).isEmpty();
    }
  }

  @Test
  void withoutSendtoTheStateNeverMatchesAndTheAcquireRepeats() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, labels)) {
      bench.add(labelled());
      bench.label = APP_B;
      for (int i = 0; i < 5; i++) {
        bench.send(B);
        bench.install(sa(bench, APP_B).sequence(bench.acquires().getLast().sequence()));
      }
      assertThat(bench.acquires()).hasSize(5);
      assertThat(bench.dropped(DropReason.XFRM_OUT_NO_STATES)).isEqualTo(5);
    }
  }

  @Test
  void linuxSuppressesTheSecondLabelsAcquireAndOursDoesNot() {
    try (Bench linux = new Bench(SaMissPolicy.LINUX_DEFAULT, labels);
        Bench ours = new Bench(SaMissPolicy.LARVAL, labels)) {
      for (Bench bench : new Bench[] {linux, ours}) {
        bench.add(labelled());
        bench.label = APP_A;
        bench.send(B);
        bench.label = APP_B;
        bench.send(B);
      }
      assertThat(linux.acquires()).hasSize(1);
      assertThat(ours.acquires()).hasSize(2);
      assertThat(ours.engine.held().queues()).isEqualTo(2);
      linux.run(30 * S);
      linux.send(B);
      assertThat(linux.acquires().getLast().label())
          .isEqualTo(SecurityLabel.selinux(APP_B, labels.context(APP_B)));
    }
  }

  /** Five datagrams 20 ms apart, SA after 50 ms: what labelled-queue-enf?-ld0-app_a shows. */
  private Bench fiveDatagrams(SaMissPolicy rules, int sid) {
    Bench bench = new Bench(rules, labels);
    bench.add(labelled());
    bench.label = sid;
    for (int i = 0; i < 5; i++) {
      bench.run(20 * MS * i);
      bench.send(B);
      if (i == 2) {
        bench.run(50 * MS);
        bench.install(sa(bench, sid));
      }
    }
    bench.run(1000 * MS);
    return bench;
  }

  private static long inClear(Bench bench) {
    return bench.packets().stream().filter(p -> p.leaked).count();
  }

  @Test
  void enforcingTheQueueLeaksTheHeldPacketsOfASenderThatMay() {
    try (Bench bench = fiveDatagrams(QUEUE, APP_A)) {
      assertThat(bench.forwarded()).isEqualTo(5);
      assertThat(inClear(bench)).isEqualTo(3);
      assertThat(bench.engine.held().stats().leaked()).isEqualTo(3);
      Packet leaked = bench.packets().getLast();
      assertThat(leaked.companion).isEqualTo(new Lookup.Bypass(null, true));
      assertThat(Bench.steps(leaked)).contains(StepAction.LEAKED);
    }
  }

  @Test
  void enforcingTheQueueLeaksAllPacketsOfASenderThatMayNot() {
    try (Bench bench = fiveDatagrams(QUEUE, APP_B)) {
      assertThat(inClear(bench)).isEqualTo(5);
    }
  }

  @Test
  void permissiveTheQueueLosesTheHeldPackets() {
    labels.enforcing = false;
    try (Bench bench = fiveDatagrams(QUEUE, APP_A)) {
      assertThat(bench.forwarded()).isEqualTo(2);
      assertThat(inClear(bench)).isZero();
      assertThat(bench.out.drops())
          .containsExactly(DropReason.HOLD_PURGED, DropReason.HOLD_PURGED, DropReason.HOLD_PURGED);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_ERROR)).isOne();
    }
  }

  @Test
  void oursReleasesUnderTheSendersLabelAndNeverLeaks() {
    try (Bench bench = fiveDatagrams(SaMissPolicy.LARVAL, APP_A)) {
      assertThat(bench.forwarded()).isEqualTo(5);
      assertThat(inClear(bench)).isZero();
      assertThat(bench.packets().getFirst().heldNanos).isEqualTo(50 * MS);
    }
    try (Bench bench = fiveDatagrams(SaMissPolicy.LARVAL, APP_B)) {
      assertThat(bench.forwarded()).isZero();
      // the SA that came does not fit, so those who waited for it fail; later ones ask anew
      assertThat(bench.engine.held().count()).isEqualTo(2);
      assertThat(bench.out.drops()).hasSize(3).containsOnly(DropReason.HOLD_RELOOKUP_FAILED);
    }
  }
}
