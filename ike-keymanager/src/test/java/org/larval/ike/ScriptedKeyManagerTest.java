package org.larval.ike;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.larval.packet.EffectList;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

class ScriptedKeyManagerTest {
  private static final long MS = 1_000_000;
  private static final long NEVER = Long.MAX_VALUE;

  private static AcquireRequest acquire(int sequence, int label) {
    return new AcquireRequest(
        "a",
        sequence,
        IpAddress.parse("10.0.0.1"),
        IpAddress.parse("10.0.0.2"),
        IpProtocol.ESP,
        false,
        1,
        label,
        9);
  }

  private static ScriptedKeyManager following(Script script) {
    ScriptedKeyManager manager = new ScriptedKeyManager(script);
    try (EffectList out = new EffectList()) {
      if (manager.deadline() == 0) {
        manager.onDeadline(0, out);
      }
    }
    return manager;
  }

  @Test
  void answersAfterItsTimeAndNotBefore() {
    ScriptedKeyManager manager = following(new Script(50 * MS, NEVER, 0, Set.of(), false, false));
    try (EffectList out = new EffectList()) {
      manager.onAcquire(MS, acquire(1, 0), out);
      assertThat(manager.deadline()).isEqualTo(51 * MS);
      manager.onDeadline(50 * MS, out);
      assertThat(out.all()).isEmpty();
      manager.onDeadline(51 * MS, out);
      assertThat(out.events(KeyManagerEvent.class))
          .containsExactly(new KeyManagerEvent.Install(acquire(1, 0)));
      assertThat(manager.deadline()).isEqualTo(NEVER);
    }
  }

  @Test
  void takesARepeatedAcquireForTheSameNegotiation() {
    ScriptedKeyManager manager = following(new Script(50 * MS, NEVER, 0, Set.of(), false, false));
    try (EffectList out = new EffectList()) {
      manager.onAcquire(0, acquire(1, 0), out);
      manager.onAcquire(MS, acquire(1, 0), out);
      manager.onDeadline(60 * MS, out);
      assertThat(out.events(KeyManagerEvent.Install.class)).hasSize(1);
    }
  }

  @Test
  void answersOnlyTheLabelsOfItsScript() {
    ScriptedKeyManager manager = following(new Script(50 * MS, NEVER, 0, Set.of(7), false, false));
    try (EffectList out = new EffectList()) {
      manager.onAcquire(0, acquire(1, 8), out);
      manager.onAcquire(0, acquire(2, 7), out);
      manager.onDeadline(60 * MS, out);
      assertThat(out.events(KeyManagerEvent.class))
          .containsExactly(new KeyManagerEvent.Install(acquire(2, 7)));
    }
  }

  @Test
  void failsNeverAnswersAndStartsLate() {
    try (EffectList out = new EffectList()) {
      ScriptedKeyManager failing = following(new Script(NEVER, 20 * MS, 0, Set.of(), false, false));
      failing.onAcquire(0, acquire(1, 0), out);
      failing.onDeadline(20 * MS, out);
      assertThat(out.events(KeyManagerEvent.class))
          .containsExactly(new KeyManagerEvent.Failed(acquire(1, 0)));
      out.clear();

      ScriptedKeyManager silent = following(new Script(NEVER, NEVER, 0, Set.of(), false, false));
      silent.onAcquire(0, acquire(1, 0), out);
      assertThat(silent.deadline()).isEqualTo(NEVER);

      ScriptedKeyManager late =
          new ScriptedKeyManager(new Script(MS, NEVER, 100 * MS, Set.of(), false, false));
      assertThat(late.listening(99 * MS)).isFalse();
      late.onAcquire(0, acquire(1, 0), out);
      assertThat(late.deadline()).isEqualTo(100 * MS);
      late.onDeadline(100 * MS, out);
      assertThat(out.events(KeyManagerEvent.class))
          .containsExactly(new KeyManagerEvent.Listening());
    }
  }

  @Test
  void blocksMeanwhileAndPutsThePolicyBack() {
    ScriptedKeyManager manager = following(new Script(50 * MS, NEVER, 0, Set.of(), true, false));
    try (EffectList out = new EffectList()) {
      manager.onAcquire(0, acquire(1, 0), out);
      manager.onDeadline(50 * MS, out);
      assertThat(out.events(KeyManagerEvent.class))
          .containsExactly(
              new KeyManagerEvent.BlockMeanwhile(acquire(1, 0)),
              new KeyManagerEvent.Install(acquire(1, 0)),
              new KeyManagerEvent.RewritePolicy(acquire(1, 0)));
    }
  }
}
