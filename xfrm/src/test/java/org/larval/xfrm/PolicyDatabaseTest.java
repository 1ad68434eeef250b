package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.REQID;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.Errno;
import org.larval.wire.IpProtocol;

/** Identity, index, order and defaults of policies (spec xfrm 2). */
class PolicyDatabaseTest {
  private static List<Integer> indexes(Bench bench) {
    return bench.engine.spd().inOrder(Direction.OUT).stream().map(p -> p.policy().index()).toList();
  }

  @Test
  void indexesAdvanceByEightAndCarryTheDirection() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0));
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, C), 0));
      bench.add(Bench.policy(Direction.FWD, Bench.udp(A, C), 0));
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, C), 0));
      assertThat(indexes(bench)).containsExactly(1, 9);
      assertThat(bench.engine.spd().inOrder(Direction.FWD).getFirst().policy().index())
          .isEqualTo(18);
      assertThat(bench.engine.spd().inOrder(Direction.IN).getFirst().policy().index())
          .isEqualTo(24);
    }
  }

  @Test
  void theFirstInboundIndexIsEightInsteadOfZero() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, C), 0));
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0));
      assertThat(bench.engine.spd().inOrder(Direction.IN).stream().map(p -> p.policy().index()))
          .containsExactly(8, 16);
    }
  }

  @Test
  void aChosenIndexMustCarryTheDirection() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      assertThat(bench.engine.spd().add(0, Bench.protect().withIndex(736), bench.out))
          .isEqualTo(Errno.EINVAL);
      assertThat(bench.engine.spd().add(0, Bench.protect().withIndex(737), bench.out))
          .isEqualTo(Errno.OK);
      assertThat(indexes(bench)).containsExactly(737);
      assertThat(bench.engine.spd().delete(0, 737, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.spd().delete(0, 737, bench.out)).isEqualTo(Errno.ENOENT);
    }
  }

  @Test
  void aSecondPolicyOfTheSameIdentityIsEexistAndAnUpdateKeepsTheIndex() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, C), 0));
      Policy again = Bench.policy(Direction.OUT, Bench.udp(A, B), 99, Bench.esp(1));
      assertThat(bench.engine.spd().add(0, again, bench.out)).isEqualTo(Errno.EEXIST);
      assertThat(bench.engine.spd().update(0, again, Lifetimes.NONE, bench.out))
          .isEqualTo(Errno.OK);
      assertThat(indexes(bench)).containsExactly(9, 1);
      Policy other = Bench.labelled(again, SecurityLabel.selinux(5, "u:r:t:s0"));
      assertThat(bench.engine.spd().add(0, other, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.spd().inOrder(Direction.OUT)).hasSize(3);
    }
  }

  @Test
  void lowestPriorityFirstAndAmongEqualsTheOlder() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/24"), -1));
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/25"), 5));
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/26"), 5));
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/27"), 1));
      assertThat(indexes(bench)).containsExactly(25, 9, 17, 1);
      bench
          .engine
          .spd()
          .update(
              0,
              Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/25"), 5),
              Lifetimes.NONE,
              bench.out);
      assertThat(indexes(bench)).containsExactly(25, 9, 17, 1);
      bench
          .engine
          .spd()
          .update(
              0,
              Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/27"), 5),
              Lifetimes.NONE,
              bench.out);
      assertThat(indexes(bench)).containsExactly(9, 17, 25, 1);
    }
  }

  @Test
  void marksAndInterfacesMustFit() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Policy marked =
          new Policy(
              Direction.OUT,
              Bench.udp(A, B),
              0,
              0,
              Policy.Action.BLOCK,
              new Mark(0xf5, 0x0f),
              0,
              null,
              List.of());
      bench.add(marked);
      assertThat(bench.engine.spd().inOrder(Direction.OUT).getFirst().policy().mark())
          .isEqualTo(new Mark(5, 0x0f));
      bench.flow.addresses(A, B).ports(IpProtocol.UDP, 1, 2);
      bench.flow.mark = 0x15;
      assertThat(bench.engine.lookup(0, bench.flow, Who.FORWARD, bench.out))
          .isInstanceOf(Lookup.Refuse.class);
      bench.flow.mark = 0x16;
      assertThat(bench.engine.lookup(0, bench.flow, Who.FORWARD, bench.out))
          .isInstanceOf(Lookup.Bypass.class);
      bench.flow.mark = 0x15;
      assertThat(bench.engine.lookup(0, bench.flow, 3, null, false, Who.FORWARD, bench.out))
          .isInstanceOf(Lookup.Bypass.class);
    }
  }

  @Test
  void optionalTunnelsOutAndSevenTemplatesAreInvalid() {
    Template optional = new Template(A, B, 0, IpProtocol.ESP, REQID, Mode.TUNNEL, true);
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      assertThat(
              bench
                  .engine
                  .spd()
                  .add(0, Bench.policy(Direction.OUT, Bench.udp(A, B), 0, optional), bench.out))
          .isEqualTo(Errno.EINVAL);
      assertThat(
              bench
                  .engine
                  .spd()
                  .add(0, Bench.policy(Direction.IN, Bench.udp(A, B), 0, optional), bench.out))
          .isEqualTo(Errno.OK);
      Template t = Bench.esp(1);
      assertThat(
              bench
                  .engine
                  .spd()
                  .add(
                      0,
                      Bench.policy(Direction.IN, Bench.udp(A, C), 0, t, t, t, t, t, t, t),
                      bench.out))
          .isEqualTo(Errno.EINVAL);
    }
  }

  @Test
  void softLimitsRemindEveryThirtySecondsAndHardOnesRemove() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.engine.spd().add(0, Bench.protect(), Lifetimes.seconds(10, 75), bench.out);
      bench.run(74 * Bench.S);
      assertThat(bench.out.events(XfrmEvent.PolicyExpired.class))
          .hasSize(3)
          .noneMatch(XfrmEvent.PolicyExpired::hard);
      bench.run(75 * Bench.S);
      assertThat(bench.out.events(XfrmEvent.PolicyExpired.class).getLast().hard()).isTrue();
      assertThat(bench.engine.spd().inOrder(Direction.OUT)).isEmpty();
    }
  }

  @Test
  void limitsOfUseCountFromTheLastUseOrElseFromTheAddition() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Lifetimes used =
          new Lifetimes(
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              5,
              Lifetimes.INFINITE,
              8,
              20);
      bench.engine.spd().add(0, Bench.policy(Direction.OUT, Bench.udp(A, B), 0), used, bench.out);
      bench.run(8 * Bench.S);
      // At 5 s the one soft limit, at 8 s the other although the first reminds only at 35 s.
      assertThat(bench.out.events(XfrmEvent.PolicyExpired.class)).hasSize(2);
      bench.lookup(B, Who.FORWARD);
      assertThat(bench.engine.spd().inOrder(Direction.OUT).getFirst().useTime()).isEqualTo(8);
      bench.run(27 * Bench.S);
      assertThat(bench.engine.spd().inOrder(Direction.OUT)).hasSize(1);
      bench.run(28 * Bench.S);
      assertThat(bench.engine.spd().inOrder(Direction.OUT)).isEmpty();
    }
  }

  @Test
  void aKeyManagerMayEndAPolicy() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      Policy.Identity identity = Bench.protect().identity();
      assertThat(bench.engine.spd().expire(0, identity, false, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.spd().find(identity)).isNotNull();
      assertThat(bench.engine.spd().expire(0, identity, true, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.spd().expire(0, identity, true, bench.out)).isEqualTo(Errno.ENOENT);
      assertThat(bench.out.events(XfrmEvent.PolicyExpired.class))
          .extracting(XfrmEvent.PolicyExpired::hard)
          .containsExactly(false, true);
    }
  }

  @Test
  void subAndMainAreDifferentPolicies() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.add(Bench.protect().withType(PolicyType.SUB));
      assertThat(bench.engine.spd().add(0, Bench.protect().withType(PolicyType.SUB), bench.out))
          .isEqualTo(Errno.EEXIST);
      assertThat(indexes(bench)).containsExactly(9, 1);
    }
  }
}
