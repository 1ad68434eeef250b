package org.larval.secmark;

/** One part of a rule: a match, a statement or a verdict. The parts run in order. */
sealed interface RuleStep permits Match, Statement {
  /** Does it, and answers with one of {@link Flow}. */
  int run(PacketFields packet);
}
