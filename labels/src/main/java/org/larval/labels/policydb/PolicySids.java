package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The contexts of one policy as small numbers and back (the kernel's sidtab). The policy's initial
 * SIDs keep their numbers; an unknown SID reads as unlabeled. Any thread may read and add.
 */
public final class PolicySids {
  /** How many SIDs are the policy's own (SECINITSID_NUM). */
  public static final int INITIAL_SIDS = 27;

  private final ObjectContexts objects;
  private final int capacity;
  private final Map<PolicyContext, Integer> sids = new HashMap<>();

  /** Grown by copying, so that readers need no lock. */
  private volatile @Nullable PolicyContext[] contexts = new @Nullable PolicyContext[64];

  private int next;

  /**
   * A table with the initial SIDs of a policy.
   *
   * @param capacity SIDs stay below it
   * @throws IllegalArgumentException if not even the initial SIDs fit
   */
  public PolicySids(PolicyDb policy, int capacity) {
    objects = policy.objects();
    this.capacity = capacity;
    int highest = INITIAL_SIDS;
    for (int sid : objects.initialSids().keySet()) {
      highest = Math.max(highest, sid);
    }
    if (capacity <= highest) {
      throw new IllegalArgumentException(
          "a table for " + capacity + " SIDs has no room for the " + highest + " initial ones");
    }
    next = highest + 1;
    objects
        .initialSids()
        .forEach(
            (sid, context) -> {
              put(sid, context);
              sids.merge(context, sid, Math::min);
            });
  }

  private void put(int sid, PolicyContext context) {
    @Nullable PolicyContext[] grown = contexts;
    if (sid >= grown.length) {
      grown = Arrays.copyOf(grown, sid * 2);
    }
    grown[sid] = context;
    contexts = grown;
  }

  /** The SID of a context, a new one if need be; 0 if there is no room for another. */
  public synchronized int sid(PolicyContext context) {
    Integer known = sids.get(context);
    if (known != null) {
      return known;
    }
    if (next >= capacity) {
      return 0;
    }
    put(next, context);
    sids.put(context, next);
    return next++;
  }

  /**
   * The context of a SID; of one that is unknown, or 0, that of unlabeled. Null only if the policy
   * has no context for that.
   */
  public @Nullable PolicyContext context(int sid) {
    @Nullable PolicyContext[] table = contexts;
    PolicyContext context = sid > 0 && sid < table.length ? table[sid] : null;
    return context == null ? objects.initial(ObjectContexts.UNLABELED) : context;
  }
}
