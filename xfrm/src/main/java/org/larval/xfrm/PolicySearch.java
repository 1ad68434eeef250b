package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.FlowKey;

/** One look-up on its way through the indexes: the flow, and the best policy so far. */
final class PolicySearch {
  /** Behind every policy. */
  static final long NONE = Long.MAX_VALUE;

  private final AssociationPolicy labels;
  FlowKey flow;

  // The flow's addresses, left-aligned.
  long targetHigh;
  long targetLow;
  long sourceHigh;
  long sourceLow;

  @Nullable InstalledPolicy best;

  /** Only what ranks before this is worth looking at. */
  long bestRank;

  private long passedOverRank;
  private @Nullable InstalledPolicy passedOver;

  PolicySearch(AssociationPolicy labels) {
    this.labels = labels;
    flow = new FlowKey();
  }

  void begin(FlowKey wanted) {
    flow = wanted;
    if (wanted.v6) {
      targetHigh = wanted.targetHigh;
      targetLow = wanted.targetLow;
      sourceHigh = wanted.sourceHigh;
      sourceLow = wanted.sourceLow;
    } else {
      targetHigh = wanted.targetLow << 32;
      targetLow = 0;
      sourceHigh = wanted.sourceLow << 32;
      sourceLow = 0;
    }
    best = null;
    bestRank = NONE;
    passedOverRank = NONE;
    passedOver = null;
  }

  /** Looks at a policy; true if what follows it in order need not be looked at. */
  boolean consider(InstalledPolicy candidate) {
    if (candidate.rank >= bestRank) {
      return true;
    }
    if (!candidate.covers(flow)) {
      return false;
    }
    SecurityLabel label = candidate.label;
    if (label == null || labels.polmatch(flow.label, label.sid())) {
      best = candidate;
      bestRank = candidate.rank;
      return true;
    }
    if (candidate.demandsProtection && candidate.rank < passedOverRank) {
      passedOverRank = candidate.rank;
      passedOver = candidate;
    }
    return false;
  }

  /**
   * The first policy that demands protection, covers the flow by its selector, stands before the
   * one found, and was passed over because its label denied; null if there is none.
   */
  @Nullable InstalledPolicy passedOver() {
    return passedOverRank < bestRank ? passedOver : null;
  }
}
