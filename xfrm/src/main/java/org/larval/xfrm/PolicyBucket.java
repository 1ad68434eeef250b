package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * The policies of one prefix. A few are looked at one after the other; many are told apart by what
 * else they select: those of a destination by their source, those of a pair by {@link
 * ServiceShapes}. Once split it stays so until it is empty.
 */
final class PolicyBucket {
  /** The most that are looked at one after the other. */
  static final int SMALL = 4;

  private final int width;
  private final boolean ofSource;
  private @Nullable PolicyChain chain = new PolicyChain();
  private @Nullable PrefixTrie sources;
  private @Nullable ServiceShapes services;
  private int count;

  /** No policy in here ranks before this. */
  long first = PolicySearch.NONE;

  /**
   * An empty one.
   *
   * @param width bits of an address of the family
   * @param ofSource whether the policies share their source prefix too
   */
  PolicyBucket(int width, boolean ofSource) {
    this.width = width;
    this.ofSource = ofSource;
  }

  boolean isEmpty() {
    return count == 0;
  }

  void add(InstalledPolicy policy) {
    count++;
    first = Math.min(first, policy.rank);
    PolicyChain few = chain;
    if (few == null) {
      spread(policy);
      return;
    }
    few.add(policy);
    if (count > SMALL) {
      chain = null;
      for (int i = 0; i < few.count; i++) {
        spread(few.policies[i]);
      }
    }
  }

  private void spread(InstalledPolicy policy) {
    if (ofSource) {
      ServiceShapes shapes = services;
      if (shapes == null) {
        shapes = new ServiceShapes();
        services = shapes;
      }
      shapes.add(policy);
    } else {
      PrefixTrie trie = sources;
      if (trie == null) {
        trie = new PrefixTrie(width);
        sources = trie;
      }
      add(trie, trie.make(policy.sourceHigh, policy.sourceLow, policy.sourceLength), policy, true);
    }
  }

  void remove(InstalledPolicy policy) {
    count--;
    if (chain != null) {
      chain.remove(policy);
    } else if (services != null) {
      services.remove(policy);
    } else if (sources != null) {
      remove(
          sources, sources.get(policy.sourceHigh, policy.sourceLow, policy.sourceLength), policy);
    }
  }

  void search(PolicySearch search) {
    if (chain != null) {
      search.consider(chain.policies, chain.count);
    } else if (services != null) {
      services.search(search);
    } else if (sources != null) {
      search(sources, search.sourceHigh, search.sourceLow, search);
    }
  }

  /** Looks into all prefixes of a trie that cover an address and may hold something better. */
  static void search(PrefixTrie trie, long high, long low, PolicySearch search) {
    PrefixTrie.Node node = trie.covering(high, low);
    while (node != null) {
      PolicyBucket bucket = node.bucket;
      if (bucket != null && bucket.first < search.bestRank) {
        bucket.search(search);
      }
      node = trie.up(node);
    }
  }

  static void add(PrefixTrie trie, PrefixTrie.Node node, InstalledPolicy policy, boolean ofSource) {
    PolicyBucket bucket = node.bucket;
    if (bucket == null) {
      bucket = new PolicyBucket(trie.width(), ofSource);
      node.bucket = bucket;
      trie.changed(node);
    }
    bucket.add(policy);
  }

  static void remove(PrefixTrie trie, PrefixTrie.@Nullable Node node, InstalledPolicy policy) {
    PolicyBucket bucket = node == null ? null : node.bucket;
    if (node == null || bucket == null) {
      throw new IllegalStateException("not in the index: " + policy);
    }
    bucket.remove(policy);
    if (bucket.isEmpty()) {
      node.bucket = null;
      trie.changed(node);
    }
  }
}
