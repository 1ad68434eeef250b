package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * The policies of one prefix. A few are looked at one after the other; many are told apart by what
 * else they select: those of a destination by their source, those of a pair by {@link
 * ServiceShapes}. Once split it stays so until it is empty.
 */
abstract class PolicyBucket extends PolicyChain {
  /** The most that are looked at one after the other. */
  private static final int SMALL = 4;

  private @Nullable PrefixTrie sources;
  private @Nullable ServiceShapes services;
  private int total;

  /** No policy in here ranks before this. */
  long first = PolicySearch.NONE;

  final boolean isEmpty() {
    return total == 0;
  }

  /**
   * Adds a policy.
   *
   * @param trie where this is a node
   */
  final void add(InstalledPolicy policy, PrefixTrie trie) {
    total++;
    first = Math.min(first, policy.rank);
    if (sources != null || services != null) {
      spread(policy, trie);
      return;
    }
    link(policy);
    if (total > SMALL) {
      for (InstalledPolicy each : drain()) {
        spread(each, trie);
      }
    }
  }

  private void spread(InstalledPolicy policy, PrefixTrie trie) {
    if (trie.ofSources()) {
      ServiceShapes shapes = services;
      if (shapes == null) {
        shapes = new ServiceShapes();
        services = shapes;
      }
      shapes.add(policy);
    } else {
      PrefixTrie within = sources;
      if (within == null) {
        within = new PrefixTrie(trie.width(), true);
        sources = within;
      }
      within.add(policy);
    }
  }

  final void remove(InstalledPolicy policy) {
    total--;
    if (services != null) {
      services.remove(policy);
    } else if (sources != null) {
      sources.remove(policy);
    } else {
      unlink(policy);
    }
    if (total == 0) {
      sources = null;
      services = null;
      first = PolicySearch.NONE;
    }
  }

  final void search(PolicySearch search) {
    if (services != null) {
      services.search(search);
    } else if (sources != null) {
      sources.search(search, search.sourceHigh, search.sourceLow);
    } else {
      consider(search);
    }
  }
}
