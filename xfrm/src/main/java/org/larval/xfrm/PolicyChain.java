package org.larval.xfrm;

import java.util.Arrays;

/** Policies in the order of search. */
final class PolicyChain {
  private static final InstalledPolicy[] EMPTY = {};

  InstalledPolicy[] policies = EMPTY;
  int count;

  void add(InstalledPolicy policy) {
    if (count == policies.length) {
      policies = Arrays.copyOf(policies, count == 0 ? 1 : count * 2);
    }
    int at = place(policy.rank);
    System.arraycopy(policies, at, policies, at + 1, count - at);
    policies[at] = policy;
    count++;
  }

  void remove(InstalledPolicy policy) {
    int at = place(policy.rank);
    if (at == count || policies[at] != policy) {
      throw new IllegalStateException("not in the chain: " + policy);
    }
    InstalledPolicy[] fewer = count == 1 ? EMPTY : new InstalledPolicy[count - 1];
    System.arraycopy(policies, 0, fewer, 0, at);
    System.arraycopy(policies, at + 1, fewer, at, count - at - 1);
    policies = fewer;
    count--;
  }

  /** The first place whose policy does not rank before this. Ranks are unique. */
  private int place(long rank) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (policies[middle].rank < rank) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
