package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;

/**
 * Those who wait for an SA: packets in the hold queues, and callers told to sleep. Both databases
 * tell them here what has changed.
 */
final class Waiters {
  private final PolicyDatabase policies;
  private final Acquirer acquirer;
  private final HoldDesk desk;
  private final PolicyStep step;

  Waiters(PolicyDatabase policies, Acquirer acquirer, HoldDesk desk, PolicyStep step) {
    this.policies = policies;
    this.acquirer = acquirer;
    this.desk = desk;
    this.step = step;
  }

  /** A policy came ({@code old} null), changed or went ({@code fresh} null), or a default did. */
  void policyChanged(
      long now, @Nullable InstalledPolicy old, @Nullable InstalledPolicy fresh, Effects out) {
    desk.bump();
    desk.onPolicyChange(now, old, fresh, out);
    wake(out);
  }

  /** A state was installed, in place of a larval one if there was one. */
  void installed(long now, State state, @Nullable State larval, Effects out) {
    desk.bump();
    State before = acquirer.answered;
    acquirer.answered = larval;
    desk.onInstall(now, state, out);
    wake(out);
    acquirer.answered = before;
  }

  /** States changed or went: answers given until now are to be asked for again. */
  void statesChanged() {
    desk.bump();
  }

  /** Nobody will make the SA of a larval state: the rule for failures counts. */
  void failed(long now, State larval, XfrmEvent.Cause cause, Effects out) {
    desk.bump();
    XfrmEvent.Acquire acquire = larval.acquire;
    InstalledPolicy policy = acquire == null ? null : policies.get(acquire.policy().index());
    if (policy != null) {
      desk.onFailure(now, larval.key, policy, cause, out);
    }
    desk.onPolicyChange(now, null, null, out);
  }

  /** The repetition of a larval state's acquires ended without an answer. */
  void giveUp(long now, State larval, Effects out) {
    desk.giveUp(now, larval.key, out);
  }

  /** Whoever sleeps tries again. */
  void wake(Effects out) {
    if (step.takeSleepers()) {
      out.emit(XfrmEvent.Wake.ALL);
    }
  }
}
