package org.larval.ike;

import java.util.Set;

/**
 * How a scripted key manager behaves; times in nanoseconds, {@link Long#MAX_VALUE} for never.
 *
 * @param answerAfter from an acquire to the SA
 * @param failAfter from an acquire to giving up
 * @param listensFrom when it starts
 * @param onlyLabels SIDs that get an SA, the others are never answered; empty for all
 * @param blockMeanwhile puts a blocking policy in place while it negotiates, as libreswan does
 * @param rewritePolicy updates the policy after installing, as strongSwan does
 */
public record Script(
    long answerAfter,
    long failAfter,
    long listensFrom,
    Set<Integer> onlyLabels,
    boolean blockMeanwhile,
    boolean rewritePolicy) {
  /** Keeps its own copy of the set. */
  public Script {
    onlyLabels = Set.copyOf(onlyLabels);
  }
}
