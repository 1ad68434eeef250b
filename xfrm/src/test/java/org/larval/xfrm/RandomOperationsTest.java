package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.S;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * Thousands of random operations under every preset and some mixtures: no packet is lost from the
 * books or ended twice, bounds hold, a released packet is younger than its limits, and what is not
 * asked to leak does not.
 */
class RandomOperationsTest {
  private static final int LABELS = 3;
  private static final List<Who> ALL = List.of(Who.values());

  static List<SaMissPolicy> rules() {
    List<SaMissPolicy> all = new ArrayList<>(SaMissPolicy.PRESETS);
    SaMissPolicy.Limits tight = new SaMissPolicy.Limits(5, 600, 3 * S, 1200, 3);
    for (SaMissPolicy.Overflow overflow : SaMissPolicy.Overflow.values()) {
      all.add(SaMissPolicy.LARVAL.change().limits(tight).overflow(overflow).make());
      all.add(SaMissPolicy.LINUX_QUEUE.change().limits(tight).overflow(overflow).make());
    }
    for (SaMissPolicy.OnFailure failure : SaMissPolicy.OnFailure.values()) {
      all.add(SaMissPolicy.LARVAL.change().onFailure(failure).failureCache(2 * S).make());
    }
    all.add(
        SaMissPolicy.LARVAL
            .change()
            .scope(SaMissPolicy.Scope.POLICY)
            .larvalMatch(SaMissPolicy.LarvalMatch.PEERS)
            .make());
    all.add(
        SaMissPolicy.LINUX_QUEUE
            .change()
            .scope(SaMissPolicy.Scope.ACQUIRE_KEY)
            .larvalMatch(SaMissPolicy.LarvalMatch.LABEL)
            .make());
    all.add(SaMissPolicy.LINUX_QUEUE.change().release(new SaMissPolicy.Release.OnInstall()).make());
    return all;
  }

  private static final AssociationPolicy LABELLED =
      new AssociationPolicy() {
        @Override
        public boolean polmatch(int flowSid, int policySid) {
          return flowSid != 0;
        }

        @Override
        public boolean sendto(int flowSid, int stateSid) {
          return true;
        }
      };

  @ParameterizedTest
  @MethodSource("rules")
  void booksBalance(SaMissPolicy rules) {
    for (int seed = 1; seed <= 5; seed++) {
      run(rules, new Random(seed));
    }
  }

  private static IpAddress peer(Random random) {
    return IpAddress.ofV4(0x0a090002 + random.nextInt(4));
  }

  private static void run(SaMissPolicy rules, Random random) {
    try (Bench bench = new Bench(rules, LABELLED)) {
      long offered = 0;
      long ended = 0;
      List<Hold> sticky = new ArrayList<>();
      for (int i = 0; i < 1500; i++) {
        bench.run(bench.now + random.nextInt(50) * MS);
        bench.label = random.nextInt(LABELS);
        int operation = random.nextInt(24);
        switch (operation) {
          case 0 -> bench.engine.spd().update(bench.now, policy(random), lives(random), bench.out);
          case 1 -> bench.engine.spd().add(bench.now, policy(random), bench.out);
          case 2 -> {
            if (random.nextInt(4) == 0) {
              bench.engine.spd().flush(bench.now, bench.out);
            } else {
              bench.engine.spd().delete(bench.now, policy(random).identity(), bench.out);
            }
          }
          case 3, 4 -> {
            StateBuilder sa = bench.sa(A, peer(random)).lifetimes(lives(random));
            if (bench.label != 0) {
              sa.label(SecurityLabel.selinux(bench.label, "u:r:t" + bench.label));
            }
            bench.install(sa);
          }
          case 5 -> {
            List<State> states = bench.engine.sad().list();
            if (!states.isEmpty()) {
              State state = states.get(random.nextInt(states.size()));
              bench.engine.sad().delete(bench.now, state.id(), 0, bench.out);
            }
          }
          case 6 -> bench.engine.sad().acquireFailed(bench.now, random.nextInt(i + 1), bench.out);
          case 7 -> {
            if (random.nextInt(8) == 0) {
              bench.engine.sad().flush(bench.now, bench.out);
            }
          }
          case 8 -> bench.engine.keyManagerListening(random.nextInt(4) != 0);
          case 9 -> bench.run(bench.now + random.nextInt(20) * S);
          case 10, 11 -> {
            if (bench.lookup(peer(random), Who.LOCAL_NONBLOCKING) instanceof Hold hold) {
              sticky.add(hold);
            }
          }
          case 12, 13 -> {
            if (!sticky.isEmpty()) {
              offered++;
              Hold hold = sticky.get(random.nextInt(sticky.size()));
              bench.engine.hold(bench.now, hold, packet(bench, random), bench.out);
            }
          }
          default -> {
            offered++;
            Who who = ALL.get(random.nextInt(ALL.size()));
            bench.send(packet(bench, random), who);
          }
        }
        for (EffectList.Forwarded forwarded : bench.out.of(EffectList.Forwarded.class)) {
          check(rules, forwarded.packet());
        }
        ended += bench.forwarded() + bench.out.drops().size();
        bench.out.clear();
        assertThat(ended + bench.engine.held().count())
            .as("step %d, operation %d", i, operation)
            .isEqualTo(offered);
        assertThat(bench.pool.live()).isEqualTo(bench.engine.held().count());
        assertThat(bench.engine.held().bytes()).isEqualTo(bench.engine.held().count() * 128L);
        assertThat(bench.engine.held().bytes()).isLessThanOrEqualTo(rules.limits().globalBytes());
        assertThat(bench.engine.held().queues() == 0).isEqualTo(bench.engine.held().count() == 0);
      }
      HoldStats stats = bench.engine.held().stats();
      assertThat(stats.held())
          .isEqualTo(stats.released() + stats.dropped() + bench.engine.held().count());
      bench.engine.close(bench.now, bench.out);
      assertThat(bench.engine.held().count()).isZero();
    }
  }

  private static void check(SaMissPolicy rules, Packet packet) {
    long age = rules.limits().age();
    assertThat(packet.heldNanos).isLessThanOrEqualTo(age);
    boolean mayLeak =
        rules.polls() || rules.onFailure() == SaMissPolicy.OnFailure.PASS || packet.heldNanos == 0;
    assertThat(packet.leaked && !mayLeak).isFalse();
  }

  private static Packet packet(Bench bench, Random random) {
    Packet packet = bench.udp(peer(random), random.nextInt(3));
    if (random.nextInt(3) == 0) {
      packet.segment = 1 + random.nextInt(5);
    }
    return packet;
  }

  private static Lifetimes lives(Random random) {
    return random.nextInt(3) == 0 ? Lifetimes.seconds(3, 1 + random.nextInt(40)) : Lifetimes.NONE;
  }

  private static Policy policy(Random random) {
    Selector selector =
        random.nextBoolean()
            ? Bench.udp(A, peer(random))
            : Bench.anyTo("10.9.0." + random.nextInt(6) + (random.nextBoolean() ? "/32" : "/29"));
    int priority = random.nextInt(4);
    Policy policy =
        switch (random.nextInt(8)) {
          case 0 -> Bench.block(selector, priority);
          case 1 -> Bench.policy(Direction.OUT, selector, priority);
          case 2 -> Bench.policy(Direction.OUT, selector, priority, Bench.optional(Bench.REQID));
          case 3 ->
              Bench.policy(
                  Direction.OUT, selector, priority, Bench.optional(9), Bench.esp(Bench.REQID));
          default -> Bench.policy(Direction.OUT, selector, priority, Bench.esp(Bench.REQID));
        };
    return random.nextInt(3) == 0
        ? Bench.labelled(policy, SecurityLabel.selinux(50, "u:r:spd"))
        : policy;
  }
}
