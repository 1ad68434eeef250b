package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;

/** A dispatcher may carry an acquire to a key manager that answers before the look-up returns. */
class PromptKeyManagerTest {
  static final List<SaMissPolicy> PRESETS = SaMissPolicy.PRESETS;

  /** Installs what an acquire asks for while it is being emitted. */
  private static final class Prompt implements Effects {
    private final Bench bench;
    final List<Packet> forwarded = new ArrayList<>();
    int acquires;

    Prompt(Bench bench) {
      this.bench = bench;
    }

    @Override
    public void forward(Packet packet) {
      forwarded.add(packet);
      bench.out.forward(packet);
    }

    @Override
    public void send(int port, Packet packet) {
      throw new AssertionError();
    }

    @Override
    public void deliver(Packet packet) {
      throw new AssertionError();
    }

    @Override
    public void absorb(Packet packet) {
      throw new AssertionError();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      bench.out.drop(packet, reason);
    }

    @Override
    public void emit(Event event) {
      if (event instanceof XfrmEvent.Acquire acquire) {
        acquires++;
        State state =
            bench
                .sa(acquire.source(), acquire.target())
                .sequence(acquire.sequence())
                .selector(acquire.selector())
                .build();
        bench.engine.sad().install(bench.now, state, this);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("PRESETS")
  void theAnswerIsUsable(SaMissPolicy rules) {
    try (Bench bench = new Bench(rules)) {
      Prompt out = new Prompt(bench);
      bench.add(Bench.protectAll());
      for (int i = 0; i < 3; i++) {
        Packet packet = bench.udp(i == 2 ? C : B);
        bench.flow.decode(packet);
        switch (bench.engine.lookup(0, bench.flow, Who.LOCAL_NONBLOCKING, out)) {
          case Hold hold -> bench.engine.hold(0, hold, packet, out);
          case Bundle bundle -> bench.engine.output(0, packet, bundle, 1500, out);
          default -> out.drop(packet, DropReason.XFRM_OUT_NO_STATES);
        }
      }
      assertThat(out.acquires).isEqualTo(2);
      bench.run(200 * Bench.MS);
      if (rules.outcome() == SaMissPolicy.Outcome.HOLD) {
        assertThat(bench.out.drops()).isEmpty();
        assertThat(bench.forwarded()).isEqualTo(3);
      } else {
        assertThat(bench.forwarded()).isOne();
      }
      assertThat(bench.engine.sad().list()).allMatch(s -> s.lifecycle() == State.Lifecycle.VALID);
      assertThat(bench.engine.sad().list()).extracting(State::source).containsOnly(A);
    }
  }
}
