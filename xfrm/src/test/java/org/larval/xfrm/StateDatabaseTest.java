package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** The tables beside plain lists that do what the kernel's chains do. */
class StateDatabaseTest {
  private static final Random NONE = new Random(0);

  private static IpAddress address(boolean v6, int number) {
    return v6 ? IpAddress.ofV6(0xfd00L << 48, number) : IpAddress.ofV4(0x0a00_0000 | number);
  }

  private static State random(Random random) {
    boolean v6 = random.nextInt(3) == 0;
    int protocol = random.nextBoolean() ? IpProtocol.ESP : IpProtocol.AH;
    IpAddress source =
        random.nextInt(8) == 0 ? IpAddress.any(v6) : address(v6, 1 + random.nextInt(3));
    int mask = random.nextInt(4) == 0 ? 3 : 0;
    Lifetimes limits =
        random.nextInt(3) == 0 ? Lifetimes.seconds(1 + random.nextInt(20), 60) : Lifetimes.NONE;
    return State.of(source, address(v6, 1 + random.nextInt(3)), 1 + random.nextInt(40), protocol)
        .reqid(random.nextInt(3))
        .ifId(random.nextInt(3) == 0 ? 5 : 0)
        .mode(random.nextBoolean() ? Mode.TRANSPORT : Mode.TUNNEL)
        .mark(new Mark(random.nextInt(4), mask))
        .lifetimes(limits)
        .transform(new ScriptedTransform())
        .build();
  }

  /** The list's answer, newest first. */
  private static @Nullable State inbound(List<State> all, State like, int mark) {
    for (State state : all.reversed()) {
      if (state.id().equals(like.id()) && state.mark().matches(mark)) {
        return state;
      }
    }
    return null;
  }

  private static @Nullable State outbound(List<State> all, State like, int mark, IpAddress from) {
    State best = null;
    for (State state : all.reversed()) {
      if (state.target().equals(like.target())
          && state.source().equals(from)
          && state.id().protocol() == like.id().protocol()
          && state.reqid() == like.reqid()
          && state.ifId() == like.ifId()
          && state.mode() == like.mode()
          && state.mark().matches(mark)
          && (best == null
              || best.dying() && !state.dying()
              || best.dying() == state.dying() && best.addTime() < state.addTime())) {
        best = state;
      }
    }
    return best;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void answersAsAListWould(long seed) {
    Random random = new Random(seed);
    XfrmEngine engine =
        new XfrmEngine(
            "a", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    List<State> all = new ArrayList<>();
    try (EffectList out = new EffectList()) {
      for (int round = 0; round < 6000; round++) {
        long now = round * 10_000_000L;
        while (engine.deadline() <= now) {
          engine.onDeadline(engine.deadline(), out);
        }
        all.removeIf(state -> state.lifecycle() == State.Lifecycle.DEAD);
        State state = random(random);
        if (random.nextInt(5) < 3) {
          State twin = inbound(all, state, state.mark().value());
          Errno errno = engine.sad().install(now, state, out);
          assertThat(errno).isEqualTo(twin == null ? Errno.OK : Errno.EEXIST);
          if (twin == null) {
            all.add(state);
          }
        } else if (!all.isEmpty()) {
          State gone = all.get(random.nextInt(all.size()));
          State named = inbound(all, gone, gone.mark().value());
          assertThat(engine.sad().delete(now, gone.id(), gone.mark().value(), out))
              .isEqualTo(Errno.OK);
          all.remove(named);
        }
        int mark = random.nextInt(4);
        State like = random(random);
        assertThat(engine.sad().find(like.id(), mark)).isSameAs(inbound(all, like, mark));
        State exact = outbound(all, like, mark, like.source());
        State wanted =
            exact == null ? outbound(all, like, mark, IpAddress.any(like.target().v6())) : exact;
        assertThat(engine.sad().outbound(flow(like), policy(like, mark))).isSameAs(wanted);
        assertThat(engine.sad().count()).isEqualTo(all.size());
      }
      assertThat(engine.sad().list()).containsExactlyElementsOf(all);
      assertThat(all).hasSizeGreaterThan(100);
    }
  }

  private static FlowKey flow(State like) {
    return new FlowKey().addresses(like.source(), like.target()).ports(IpProtocol.UDP, 1, 2);
  }

  private static InstalledPolicy policy(State like, int mark) {
    boolean v6 = like.target().v6();
    Template template =
        like.mode() == Mode.TUNNEL && !like.source().isAny()
            ? template(like, like.source(), like.target())
            : template(like, IpAddress.any(v6), like.target());
    Policy policy =
        new Policy(
            Direction.OUT,
            Bench.anyTo("0.0.0.0/0"),
            0,
            0,
            Policy.Action.ALLOW,
            new Mark(mark, -1),
            like.ifId(),
            null,
            List.of(template));
    return new InstalledPolicy(policy, Lifetimes.NONE, 0);
  }

  private static Template template(State like, IpAddress from, IpAddress to) {
    return new Template(from, to, 0, like.id().protocol(), like.reqid(), like.mode(), false);
  }

  /** Quadratic work would take minutes. */
  @Test
  void aLongChainCostsNoMoreThanManyShortOnes() {
    XfrmEngine engine =
        new XfrmEngine(
            "a", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    List<State> all = new ArrayList<>();
    try (EffectList out = new EffectList()) {
      for (int i = 1; i <= 100_000; i++) {
        State state =
            State.of(Bench.A, Bench.B, i, IpProtocol.ESP)
                .reqid(7)
                .lifetimes(Lifetimes.seconds(i, 2L * i))
                .transform(new ScriptedTransform())
                .build();
        assertThat(engine.sad().install(0, state, out)).isEqualTo(Errno.OK);
        all.add(state);
      }
      assertThat(all.getFirst().genid()).isEqualTo(99_999);
      State like = all.getFirst();
      InstalledPolicy policy = policy(like, 0);
      for (int i = 0; i < 100_000; i++) {
        assertThat(engine.sad().outbound(flow(like), policy)).isSameAs(all.get(99_999 - i));
        engine.sad().delete(0, all.get(99_999 - i).id(), 0, out);
      }
      assertThat(engine.sad().count()).isZero();
      assertThat(engine.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void spisAreAllocatedOnceInTheWholeSystem() {
    XfrmEngine engine =
        new XfrmEngine(
            "a", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    Random random = new Random(3);
    try (EffectList out = new EffectList()) {
      State taken =
          State.of(Bench.A, Bench.C, 0x101, IpProtocol.ESP)
              .transform(new ScriptedTransform())
              .build();
      assertThat(engine.sad().install(0, taken, out)).isEqualTo(Errno.OK);
      List<Integer> given = new ArrayList<>();
      int failed = 0;
      for (int i = 0; i < 300 && given.size() < 15; i++) {
        Sad.Allocation answer =
            engine.sad().allocateSpi(0, larval(i, IpProtocol.ESP), 0x100, 0x10f, random);
        if (answer.errno() == Errno.OK && answer.state() != null) {
          given.add(answer.state().id().spi());
          assertThat(engine.sad().find(answer.state().id(), 0)).isSameAs(answer.state());
        } else {
          assertThat(answer.errno()).isEqualTo(Errno.ENOENT);
          failed++;
        }
      }
      assertThat(given).hasSize(15).doesNotHaveDuplicates().doesNotContain(0x101);
      assertThat(engine.sad().count()).isEqualTo(16);
      assertThat(failed).isLessThan(285);
      assertThat(errno(engine, larval(900, IpProtocol.ESP), 0x100, 0x10f)).isEqualTo(Errno.ENOENT);
      assertThat(errno(engine, larval(900, IpProtocol.ESP), 0x101, 0x101)).isEqualTo(Errno.ENOENT);
      assertThat(errno(engine, larval(900, IpProtocol.AH), 0x101, 0x101)).isEqualTo(Errno.OK);
      // The larval state of these peers has its SPI already.
      assertThat(errno(engine, larval(901, IpProtocol.ESP), 0, 0)).isEqualTo(Errno.ENOENT);
      assertThat(errno(engine, larval(901, IpProtocol.ESP), 9, 8)).isEqualTo(Errno.EINVAL);
      assertThat(errno(engine, larval(901, IpProtocol.IPCOMP), 1, 0x10000)).isEqualTo(Errno.EINVAL);
      assertThat(errno(engine, larval(901, IpProtocol.UDP), 1, 2)).isEqualTo(Errno.EINVAL);
      assertThat(errno(engine, larval(902, IpProtocol.ESP), 0xffff_ffffL, 0xffff_ffffL))
          .isEqualTo(Errno.OK);
      engine.sad().delete(0, taken.id(), 0, out);
      assertThat(errno(engine, larval(903, IpProtocol.ESP), 0x101, 0x101)).isEqualTo(Errno.OK);
    }
  }

  private static State larval(int peer, int protocol) {
    return State.of(address(false, 1000 + peer), Bench.A, 0, protocol).build();
  }

  private static Errno errno(XfrmEngine engine, State like, long low, long high) {
    return engine.sad().allocateSpi(0, like, low, high, NONE).errno();
  }

  @Test
  void timersFireInOrderWhateverIsCancelled() {
    Random random = new Random(9);
    Agenda agenda = new Agenda();
    List<Agenda.Timer> timers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      timers.add(new Agenda.Timer(i));
    }
    for (int i = 0; i < 5000; i++) {
      Agenda.Timer timer = timers.get(random.nextInt(500));
      if (random.nextInt(3) == 0) {
        agenda.cancel(timer);
      } else {
        agenda.arm(timer, random.nextInt(100));
      }
      long least = timers.stream().mapToLong(Agenda.Timer::at).min().orElseThrow();
      assertThat(agenda.deadline()).isEqualTo(least);
    }
    long before = 0;
    for (long at = agenda.deadline(); at != Long.MAX_VALUE; at = agenda.deadline()) {
      assertThat(at).isGreaterThanOrEqualTo(before);
      assertThat(agenda.due(at - 1)).isNull();
      assertThat(agenda.due(at)).isNotNull();
      before = at;
    }
    assertThat(before).isPositive();
    assertThat(timers).noneMatch(Agenda.Timer::armed);
  }
}
