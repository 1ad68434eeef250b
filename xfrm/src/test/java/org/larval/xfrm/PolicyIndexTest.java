package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** The index answers as a scan of a list in the order of (type, priority, age) would. */
class PolicyIndexTest {
  /** Denies by the sum of the SIDs, so that about half of the labelled policies are passed over. */
  private static final AssociationPolicy ODD =
      new AssociationPolicy() {
        @Override
        public boolean polmatch(int flowSid, int policySid) {
          return (flowSid + policySid & 1) == 0;
        }

        @Override
        public boolean sendto(int flowSid, int stateSid) {
          return true;
        }
      };

  /** What the database must equal. */
  private static final class Scan {
    /** In the order of age. */
    final List<Policy> policies = new ArrayList<>();

    @Nullable Policy passedOver;

    void put(Policy policy) {
      for (int i = 0; i < policies.size(); i++) {
        Policy old = policies.get(i);
        if (old.identity().equals(policy.identity())) {
          if (old.priority() == policy.priority()) {
            policies.set(i, policy);
            return;
          }
          policies.remove(i);
          break;
        }
      }
      policies.add(policy);
    }

    void remove(Policy policy) {
      policies.removeIf(old -> old.identity().equals(policy.identity()));
    }

    @Nullable Policy find(Direction direction, FlowKey flow, int ifId) {
      passedOver = null;
      for (PolicyType type : List.of(PolicyType.SUB, PolicyType.MAIN)) {
        List<Policy> ordered =
            policies.stream()
                .filter(p -> p.direction() == direction && p.type() == type)
                .sorted(
                    Comparator.comparingLong(p -> Integer.toUnsignedLong(p.priority()))) // stable
                .toList();
        for (Policy policy : ordered) {
          if (policy.ifId() == ifId
              && policy.mark().matches(flow.mark)
              && policy.selector().matches(flow)) {
            SecurityLabel label = policy.label();
            if (label == null || ODD.polmatch(flow.label, label.sid())) {
              return policy;
            }
            passedOver = passedOver == null && policy.demandsProtection() ? policy : passedOver;
          }
        }
      }
      return null;
    }
  }

  /** Random policies and flows that hit each other often. */
  private static final class Dice {
    final SplittableRandom random;

    Dice(long seed) {
      random = new SplittableRandom(seed);
    }

    int of(int... choices) {
      return choices[random.nextInt(choices.length)];
    }

    boolean one(int in) {
      return random.nextInt(in) == 0;
    }

    IpAddress address(boolean v6) {
      if (one(8)) {
        return v6
            ? IpAddress.ofV6(random.nextLong(), random.nextLong())
            : IpAddress.ofV4(random.nextInt());
      }
      int few = random.nextInt(4) << 24 | random.nextInt(3) << 16 | random.nextInt(3);
      return v6
          ? IpAddress.ofV6(0x2001_0db8_0000_0000L | few >>> 8, (long) few << 40 | random.nextInt(4))
          : IpAddress.ofV4(10 << 24 ^ few);
    }

    Prefix prefix(boolean v6) {
      int bits = v6 ? 128 : 32;
      int length = one(2) ? bits : one(4) ? 0 : random.nextInt(bits + 1);
      Prefix prefix = new Prefix(address(v6), length);
      return one(2) ? prefix : prefix.network();
    }

    Policy policy() {
      boolean v6 = one(2);
      int protocol = of(0, 0, IpProtocol.UDP, IpProtocol.TCP);
      boolean ports = protocol != 0 && one(2);
      Selector selector =
          new Selector(
              prefix(v6),
              prefix(v6),
              protocol,
              ports ? random.nextInt(4) : 0,
              ports ? of(0, 0xffff, 0xfffe) : 0,
              ports ? random.nextInt(4) : 0,
              ports ? of(0, 0xffff, 0xfffc) : 0,
              one(8) ? 2 : 0);
      Mark mark = one(6) ? new Mark(random.nextInt(4), 3) : Mark.NONE;
      SecurityLabel label = one(4) ? SecurityLabel.selinux(1 + random.nextInt(3), "u:r:t") : null;
      List<Template> templates =
          one(2) || v6 ? List.of() : List.of(one(2) ? Bench.esp(1) : Bench.optional(1));
      return new Policy(
          one(6) ? PolicyType.SUB : PolicyType.MAIN,
          one(6) ? Direction.IN : Direction.OUT,
          selector,
          of(0, 1, 2, 3, -1, random.nextInt()),
          0,
          Policy.Action.ALLOW,
          java.util.Set.of(),
          mark,
          one(6) ? 1 + random.nextInt(300) / 100 : 0,
          label,
          templates);
    }

    FlowKey flow() {
      boolean v6 = one(2);
      FlowKey flow = new FlowKey().addresses(address(v6), address(v6));
      flow.ports(of(IpProtocol.UDP, IpProtocol.TCP), random.nextInt(4), random.nextInt(4));
      flow.mark = one(2) ? 0 : random.nextInt(4);
      flow.oif = one(2) ? 2 : 0;
      flow.label = random.nextInt(3);
      return flow;
    }
  }

  private static void compare(Scan scan, PolicyDatabase database, Dice dice, int flows) {
    for (int i = 0; i < flows; i++) {
      FlowKey flow = dice.flow();
      int ifId = dice.one(6) ? 1 + dice.random.nextInt(3) : 0;
      Direction direction = dice.one(6) ? Direction.IN : Direction.OUT;
      Policy wanted = scan.find(direction, flow, ifId);
      InstalledPolicy found = database.find(direction, flow, ifId);
      assertThat(found == null ? null : found.policy.withIndex(0))
          .as(() -> flow + " if_id " + ifId)
          .isEqualTo(wanted);
      InstalledPolicy passedOver = database.passedOver();
      assertThat(passedOver == null ? null : passedOver.policy.withIndex(0))
          .as(flow::toString)
          .isEqualTo(scan.passedOver);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 10, 40, 150, 600})
  void answersAsAScanWould(int size) {
    for (int seed = 1; seed <= 8; seed++) {
      Dice dice = new Dice(seed * 1000L + size);
      PolicyDatabase database = new PolicyDatabase(ODD);
      Scan scan = new Scan();
      List<Policy> seen = new ArrayList<>();
      for (int step = 0; step < 3 * size; step++) {
        int choice = dice.random.nextInt(8);
        if (choice < 5 || seen.isEmpty()) {
          Policy policy = PolicyDatabase.normal(dice.policy());
          seen.add(policy);
          scan.put(policy);
          database.insert(0, policy, Lifetimes.NONE);
        } else {
          Policy old = seen.get(dice.random.nextInt(seen.size()));
          InstalledPolicy there = database.get(old.identity());
          if (choice == 5 || there == null) {
            scan.put(old);
            database.insert(0, old, Lifetimes.NONE);
          } else {
            scan.remove(old);
            database.remove(there);
          }
        }
        if (step % 16 == 0) {
          compare(scan, database, dice, 12);
        }
      }
      compare(scan, database, dice, 400);
      for (Direction direction : List.of(Direction.IN, Direction.OUT)) {
        for (InstalledPolicy policy : database.inOrder(direction)) {
          database.remove(policy);
        }
        assertThat(database.none(direction)).isTrue();
      }
      compare(new Scan(), database, dice, 20);
    }
  }

  @Test
  void manyServicesBetweenTheSamePrefixesAreToldApart() {
    Dice dice = new Dice(7);
    PolicyDatabase database = new PolicyDatabase(ODD);
    Scan scan = new Scan();
    IpAddress from = IpAddress.parse("10.0.0.1");
    IpAddress to = IpAddress.parse("10.0.0.2");
    for (int i = 0; i < 2000; i++) {
      int source = dice.of(0, 0xffff, 0xfff0);
      int target = dice.of(0, 0xffff, 0xff00);
      Policy policy =
          PolicyDatabase.normal(
              new Policy(
                  Direction.OUT,
                  new Selector(
                      Prefix.host(from),
                      Prefix.host(to),
                      dice.of(0, 6, 17),
                      dice.random.nextInt(1024),
                      source,
                      dice.random.nextInt(1024),
                      target,
                      dice.of(0, 0, 2)),
                  dice.random.nextInt(50),
                  0,
                  Policy.Action.ALLOW,
                  dice.one(3) ? new Mark(dice.random.nextInt(8), 7) : Mark.NONE,
                  0,
                  null,
                  List.of()));
      scan.put(policy);
      database.insert(0, policy, Lifetimes.NONE);
    }
    for (int i = 0; i < 2000; i++) {
      FlowKey flow = new FlowKey().addresses(from, to);
      flow.ports(dice.of(6, 17, 1), dice.random.nextInt(1024), dice.random.nextInt(1024));
      flow.mark = dice.random.nextInt(8);
      flow.oif = dice.of(0, 2);
      Policy wanted = scan.find(Direction.OUT, flow, 0);
      InstalledPolicy found = database.find(Direction.OUT, flow, 0);
      assertThat(found == null ? null : found.policy.withIndex(0)).isEqualTo(wanted);
    }
  }

  @Test
  void whenAllPositionsAreGivenAwayTheOrderStays() {
    PolicyDatabase database = new PolicyDatabase(ODD);
    Dice dice = new Dice(3);
    Scan scan = new Scan();
    database.nextPosition((1L << 31) - 20);
    for (int i = 0; i < 60; i++) {
      Policy policy = PolicyDatabase.normal(dice.policy());
      scan.put(policy);
      database.insert(0, policy, Lifetimes.NONE);
    }
    compare(scan, database, dice, 500);
  }

  @Test
  void aHundredThousandLoadAndGoInAMoment() {
    PolicyDatabase database = new PolicyDatabase(ODD);
    SplittableRandom random = new SplittableRandom(5);
    List<InstalledPolicy> all = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      IpAddress to = IpAddress.ofV4(i);
      Policy policy =
          new Policy(
              Direction.OUT,
              Selector.between(
                  Prefix.any(false), new Prefix(to, random.nextInt(8) == 0 ? 24 : 32).network()),
              i,
              0,
              Policy.Action.ALLOW,
              Mark.NONE,
              0,
              null,
              List.of());
      all.add(database.insert(0, policy, Lifetimes.NONE));
    }
    FlowKey flow = new FlowKey().addresses(IpAddress.ofV4(1), IpAddress.ofV4(99_999));
    assertThat(database.find(Direction.OUT, flow, 0)).isNotNull();
    assertThat(database.count(Direction.OUT)).isGreaterThan(80_000);
    for (InstalledPolicy policy : all) {
      if (!policy.dead) {
        database.remove(policy);
      }
    }
    assertThat(database.find(Direction.OUT, flow, 0)).isNull();
  }
}
