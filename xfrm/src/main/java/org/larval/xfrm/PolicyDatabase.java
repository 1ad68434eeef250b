package org.larval.xfrm;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;

/**
 * The security policy database (net/xfrm/xfrm_policy.c). Each direction is a list in the order in
 * which Linux looks: numerically lowest priority first, among equals the older one.
 */
final class PolicyDatabase {
  /** The most policies that are accepted. */
  static final int LIMIT = 65_536;

  private static final int MAX_TEMPLATES = 6;

  private final Map<Direction, List<InstalledPolicy>> lists = new EnumMap<>(Direction.class);
  private final Map<Direction, Policy.Action> defaults = new EnumMap<>(Direction.class);
  private final LinkedHashMap<Policy.Identity, InstalledPolicy> byIdentity = new LinkedHashMap<>();
  private final LinkedHashMap<Integer, InstalledPolicy> byIndex = new LinkedHashMap<>();
  private int indexGenerator;
  private long routeGeneration;
  private boolean passedOver;

  PolicyDatabase() {
    for (Direction direction : Direction.values()) {
      lists.put(direction, new ArrayList<>());
      defaults.put(direction, Policy.Action.ALLOW);
    }
  }

  /** Whether and why a policy may not be installed; OK if it may. */
  static Errno check(Policy policy) {
    if (policy.templates().size() > MAX_TEMPLATES) {
      return Errno.EINVAL;
    }
    for (Template template : policy.templates()) {
      if (policy.direction() == Direction.OUT
          && template.optional()
          && template.mode().isTunnel()) {
        return Errno.EINVAL;
      }
    }
    if (policy.index() != 0 && (policy.index() & 7) != number(policy.direction())) {
      return Errno.EINVAL;
    }
    SecurityLabel label = policy.label();
    if (label != null && (label.doi() != 1 || label.algorithm() != 1)) {
      return Errno.EINVAL;
    }
    return Errno.OK;
  }

  /** The same policy with its mark masked, as the kernel stores it. */
  static Policy normal(Policy policy) {
    Mark mark = policy.mark();
    if ((mark.value() & mark.mask()) == mark.value()) {
      return policy;
    }
    return new Policy(
        policy.direction(),
        policy.selector(),
        policy.priority(),
        policy.index(),
        policy.action(),
        new Mark(mark.value() & mark.mask(), mark.mask()),
        policy.ifId(),
        policy.label(),
        policy.templates());
  }

  boolean full() {
    return byIndex.size() >= LIMIT;
  }

  @Nullable InstalledPolicy get(Policy.Identity identity) {
    return byIdentity.get(identity);
  }

  @Nullable InstalledPolicy get(int index) {
    return byIndex.get(index);
  }

  /**
   * Puts a policy at its place, instead of one of the same identity, whose index it takes over.
   * Every insertion makes all cached routes stale (rt_genid_bump).
   */
  InstalledPolicy insert(long now, Policy policy, Lifetimes lifetimes) {
    InstalledPolicy old = byIdentity.get(policy.identity());
    int index = old == null ? newIndex(policy) : old.policy.index();
    InstalledPolicy fresh = new InstalledPolicy(policy.withIndex(index), lifetimes, now);
    List<InstalledPolicy> list = list(policy.direction());
    int at;
    if (old != null && old.policy.priority() == policy.priority()) {
      at = list.indexOf(old);
      list.set(at, fresh);
    } else {
      if (old != null) {
        list.remove(old);
      }
      at = place(list, policy.priority());
      list.add(at, fresh);
    }
    if (old != null) {
      old.dead = true;
    }
    byIdentity.put(policy.identity(), fresh);
    byIndex.put(index, fresh);
    routeGeneration++;
    return fresh;
  }

  /** Behind every policy of the same or a lower number. */
  private static int place(List<InstalledPolicy> list, int priority) {
    int low = 0;
    int high = list.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Integer.compareUnsigned(list.get(middle).policy.priority(), priority) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int newIndex(Policy policy) {
    int wanted = policy.index();
    while (true) {
      int index = wanted;
      wanted = 0;
      if (index == 0) {
        index = indexGenerator | number(policy.direction());
        indexGenerator += 8;
      }
      if (index == 0) {
        index = 8;
      }
      if (!byIndex.containsKey(index)) {
        return index;
      }
    }
  }

  void remove(InstalledPolicy gone) {
    gone.dead = true;
    list(gone.policy.direction()).remove(gone);
    byIdentity.remove(gone.policy.identity());
    byIndex.remove(gone.policy.index());
  }

  /**
   * The policy for a flow, or null. Selector, mark and interface first, then the label; a label
   * that denies means that the search goes on.
   */
  @Nullable InstalledPolicy find(
      Direction direction, FlowKey flow, int ifId, AssociationPolicy labels) {
    passedOver = false;
    List<InstalledPolicy> list = list(direction);
    for (int i = 0, size = list.size(); i < size; i++) {
      InstalledPolicy candidate = list.get(i);
      if (!covers(candidate.policy, flow, ifId)) {
        continue;
      }
      SecurityLabel label = candidate.policy.label();
      if (label == null || labels.polmatch(flow.label, label.sid())) {
        return candidate;
      }
      passedOver |= candidate.demandsProtection;
    }
    return null;
  }

  /** Whether the last search passed over a policy that demands protection, for its label. */
  boolean passedOver() {
    return passedOver;
  }

  static boolean covers(Policy policy, FlowKey flow, int ifId) {
    return policy.ifId() == ifId
        && policy.mark().matches(flow.mark)
        && policy.selector().matches(flow);
  }

  private static int number(Direction direction) {
    return switch (direction) {
      case IN -> 0;
      case OUT -> 1;
      case FWD -> 2;
    };
  }

  private List<InstalledPolicy> list(Direction direction) {
    List<InstalledPolicy> list = lists.get(direction);
    if (list == null) {
      throw new AssertionError(direction);
    }
    return list;
  }

  boolean none(Direction direction) {
    return list(direction).isEmpty();
  }

  void defaultAction(Direction direction, Policy.Action action) {
    defaults.put(direction, action);
    routeGeneration++;
  }

  boolean blocksByDefault(Direction direction) {
    return defaults.get(direction) == Policy.Action.BLOCK;
  }

  /** Raised by every insertion. */
  long routeGeneration() {
    return routeGeneration;
  }

  /** A direction's policies in the order of search. */
  List<InstalledPolicy> inOrder(Direction direction) {
    return List.copyOf(list(direction));
  }

  /** All policies in the order of first installation. */
  List<InstalledPolicy> all() {
    return List.copyOf(byIndex.values());
  }
}
