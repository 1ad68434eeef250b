package org.larval.labels.why;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;

/**
 * Looks for another label of the source or of the target that satisfies what two labels must. Tried
 * are the levels that both have, what these have in common and what they have together, and the
 * other's user and role; of what helps and may exist in the policy the one with the fewest
 * differences is taken.
 */
final class Relabelling {
  /** Another user or role counts as so many categories. */
  private static final int NAME = 4;

  /** So do two levels where there was one. */
  private static final int OPENED = 2;

  private final PolicyDb policy;

  Relabelling(PolicyDb policy) {
    this.policy = policy;
  }

  private record Candidate(Change.Side side, PolicyContext before, PolicyContext after, int cost) {}

  /**
   * The smallest change of the source's label and that of the target's, the smaller first.
   *
   * @param satisfied whether two labels are as they must be
   */
  List<Change> of(
      PolicyContext source,
      PolicyContext target,
      BiPredicate<PolicyContext, PolicyContext> satisfied) {
    Set<MlsRange> ranges = ranges(source.range(), target.range());
    Candidate one = null;
    for (PolicyContext each : candidates(source, target, ranges)) {
      one = better(one, Change.Side.SOURCE, source, each, satisfied.test(each, target));
    }
    Candidate other = null;
    for (PolicyContext each : candidates(target, source, ranges)) {
      other = better(other, Change.Side.TARGET, target, each, satisfied.test(source, each));
    }
    List<Change> changes = new ArrayList<>();
    if (one != null) {
      changes.add(change(one));
    }
    if (other != null) {
      changes.add(one != null && other.cost < one.cost ? 0 : changes.size(), change(other));
    }
    return changes;
  }

  private @Nullable Candidate better(
      @Nullable Candidate best,
      Change.Side side,
      PolicyContext before,
      PolicyContext after,
      boolean satisfied) {
    int cost = cost(before, after);
    return satisfied && (best == null || cost < best.cost) && policy.contexts().valid(after)
        ? new Candidate(side, before, after, cost)
        : best;
  }

  private static List<PolicyContext> candidates(
      PolicyContext from, PolicyContext other, Set<MlsRange> ranges) {
    List<PolicyContext> all = new ArrayList<>();
    for (MlsRange range : ranges) {
      all.add(new PolicyContext(from.user(), from.role(), from.type(), range));
    }
    for (int user : new int[] {from.user(), other.user()}) {
      for (int role : new int[] {from.role(), other.role()}) {
        all.add(new PolicyContext(user, role, from.type(), from.range()));
        all.add(new PolicyContext(user, role, from.type(), other.range()));
      }
    }
    return all;
  }

  private Set<MlsRange> ranges(MlsRange one, MlsRange other) {
    Set<MlsLevel> levels = new LinkedHashSet<>(List.of(one.low(), one.high()));
    levels.add(other.low());
    levels.add(other.high());
    List<MlsLevel> plain = List.copyOf(levels);
    for (MlsLevel left : plain) {
      for (MlsLevel right : plain) {
        levels.add(together(left, right, true));
        levels.add(together(left, right, false));
        levels.add(new MlsLevel(left.sensitivity(), right.categories()));
        levels.add(new MlsLevel(left.sensitivity(), union(left, right)));
        levels.add(
            new MlsLevel(left.sensitivity(), left.categories().intersection(right.categories())));
      }
    }
    Set<MlsRange> ranges = new LinkedHashSet<>();
    for (MlsLevel low : levels) {
      for (MlsLevel high : levels) {
        if (high.dominates(low)) {
          ranges.add(new MlsRange(low, high));
        }
      }
    }
    return ranges;
  }

  /** The least level that dominates both, or the greatest that both dominate. */
  private static MlsLevel together(MlsLevel one, MlsLevel other, boolean up) {
    return up
        ? new MlsLevel(Math.max(one.sensitivity(), other.sensitivity()), union(one, other))
        : new MlsLevel(
            Math.min(one.sensitivity(), other.sensitivity()),
            one.categories().intersection(other.categories()));
  }

  private static CategorySet union(MlsLevel one, MlsLevel other) {
    BitSet bits = new BitSet();
    for (CategorySet set : List.of(one.categories(), other.categories())) {
      for (int category = set.next(0); category >= 0; category = set.next(category + 1)) {
        bits.set(category);
      }
    }
    return CategorySet.of(bits);
  }

  private static int cost(PolicyContext before, PolicyContext after) {
    int names =
        (before.user() == after.user() ? 0 : NAME) + (before.role() == after.role() ? 0 : NAME);
    int low = cost(before.range().low(), after.range().low());
    int high = cost(before.range().high(), after.range().high());
    boolean plain = single(before.range());
    return names + (plain && single(after.range()) ? low : low + high + (plain ? OPENED : 0));
  }

  private static boolean single(MlsRange range) {
    return range.low().equals(range.high());
  }

  private static int cost(MlsLevel before, MlsLevel after) {
    return Math.abs(before.sensitivity() - after.sensitivity())
        + LevelDifference.missing(before.categories(), after.categories()).size()
        + LevelDifference.missing(after.categories(), before.categories()).size();
  }

  // --- in words ---

  private Change change(Candidate candidate) {
    PolicyContext before = candidate.before;
    PolicyContext after = candidate.after;
    List<String> differences = new ArrayList<>();
    if (before.user() != after.user()) {
      differences.add("another user");
    }
    if (before.role() != after.role()) {
      differences.add("another role");
    }
    List<String> low = differences(before.range().low(), after.range().low());
    List<String> high = differences(before.range().high(), after.range().high());
    if (low.equals(high)) {
      differences.addAll(low);
    } else {
      low.forEach(each -> differences.add("low " + each));
      high.forEach(each -> differences.add("high " + each));
    }
    return new Change.Relabel(
        candidate.side, policy.contexts().text(after), String.join(", ", differences));
  }

  private List<String> differences(MlsLevel before, MlsLevel after) {
    List<String> all = new ArrayList<>();
    int step = after.sensitivity() - before.sensitivity();
    if (step != 0) {
      all.add(
          (step > 0 ? "raised to " : "lowered to ")
              + LevelDifference.sensitivity(policy.contexts(), after));
    }
    String added =
        LevelDifference.categories(
            policy.contexts(), LevelDifference.missing(before.categories(), after.categories()));
    String removed =
        LevelDifference.categories(
            policy.contexts(), LevelDifference.missing(after.categories(), before.categories()));
    if (!added.isEmpty()) {
      all.add("plus " + added);
    }
    if (!removed.isEmpty()) {
      all.add("without " + removed);
    }
    return all;
  }
}
