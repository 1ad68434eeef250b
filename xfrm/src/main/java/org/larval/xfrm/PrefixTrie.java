package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * Prefixes of one family, and for an address the prefixes that cover it, longest first.
 *
 * <p>It is a path-compressed binary trie with a hash table beside it (a z-fast trie): each edge
 * stands in the table under the one length within it that a binary search over lengths must try, so
 * that the deepest node above an address is found in at most log2(width) + 1 probes, however many
 * prefixes there are. From there on, {@link #up} leads to those that cover it too.
 *
 * <p>An address is 128 bits, left-aligned: IPv4 fills the upper half of {@code high}.
 */
final class PrefixTrie {
  /** A prefix that carries policies, or a place where two ways part. */
  private static final class Node extends PolicyBucket {
    final long high;
    final long low;
    final int length;
    @Nullable Node parent;
    @Nullable Node zero;
    @Nullable Node one;

    // The next one above that carries policies, as it was when the trie had this version.
    private @Nullable Node up;
    private long upVersion;

    Node(long high, long low, int length) {
      this.high = high & maskHigh(length);
      this.low = low & maskLow(length);
      this.length = length;
    }

    private boolean covers(long addressHigh, long addressLow) {
      return ((addressHigh ^ high) & maskHigh(length)) == 0
          && ((addressLow ^ low) & maskLow(length)) == 0;
    }

    private @Nullable Node child(boolean ofOne) {
      return ofOne ? one : zero;
    }

    private void child(boolean ofOne, @Nullable Node node) {
      if (ofOne) {
        one = node;
      } else {
        zero = node;
      }
    }
  }

  private final int width;
  private final boolean ofSources;
  private final Node root = new Node(0, 0, 0);
  private final KeyTable<Node> edges = new KeyTable<>();
  private long version = 1;

  /**
   * An empty one.
   *
   * @param width 32 or 128 bits
   * @param ofSources whether the prefixes are those that policies have for the source
   */
  PrefixTrie(int width, boolean ofSources) {
    this.width = width;
    this.ofSources = ofSources;
  }

  int width() {
    return width;
  }

  boolean ofSources() {
    return ofSources;
  }

  static long maskHigh(int length) {
    return length == 0 ? 0 : length >= 64 ? -1L : -1L << 64 - length;
  }

  static long maskLow(int length) {
    return length <= 64 ? 0 : -1L << 128 - length;
  }

  void add(InstalledPolicy policy) {
    Node node =
        ofSources
            ? make(policy.sourceHigh, policy.sourceLow, policy.sourceLength)
            : make(policy.targetHigh, policy.targetLow, policy.targetLength);
    if (node.isEmpty()) {
      version++;
    }
    node.add(policy, this);
  }

  void remove(InstalledPolicy policy) {
    Node node =
        ofSources
            ? get(policy.sourceHigh, policy.sourceLow, policy.sourceLength)
            : get(policy.targetHigh, policy.targetLow, policy.targetLength);
    if (node == null || node.isEmpty()) {
      throw new IllegalStateException("not in the index: " + policy);
    }
    node.remove(policy);
    if (node.isEmpty()) {
      version++;
      prune(node);
    }
  }

  /** Looks at all prefixes that cover an address and may hold something better. */
  void search(PolicySearch search, long high, long low) {
    Node deepest = deepest(high, low, width);
    Node node = deepest.isEmpty() ? up(deepest) : deepest;
    while (node != null) {
      if (node.first < search.bestRank) {
        node.search(search);
      }
      node = up(node);
    }
  }

  /** The next shorter prefix that carries policies, or null. */
  private @Nullable Node up(Node node) {
    if (node.upVersion != version) {
      Node above = node.parent;
      while (above != null && above.isEmpty()) {
        above = above.upVersion == version ? above.up : above.parent;
      }
      node.up = above;
      node.upVersion = version;
    }
    return node.up;
  }

  /** The deepest node on the way to an address, not deeper than a limit. */
  private Node deepest(long high, long low, int limit) {
    Node found = root;
    int over = 0;
    int upTo = limit;
    while (over < upTo) {
      int probe = fattest(over, upTo);
      Node edge = edges.get(high & maskHigh(probe), low & maskLow(probe), probe);
      if (edge == null) {
        upTo = probe - 1;
      } else if (edge.length <= limit && edge.covers(high, low)) {
        found = edge;
        over = edge.length;
      } else {
        return edge.parent == null ? root : edge.parent;
      }
    }
    return found;
  }

  /** The number in (over, upTo] that is divisible by the largest power of two. */
  private static int fattest(int over, int upTo) {
    return upTo & Integer.MIN_VALUE >> Integer.numberOfLeadingZeros(over ^ upTo);
  }

  /** The node of a prefix, or null. */
  private @Nullable Node get(long high, long low, int length) {
    Node node = deepest(high & maskHigh(length), low & maskLow(length), length);
    return node.length == length ? node : null;
  }

  /** The node of a prefix, made if there was none. */
  private Node make(long addressHigh, long addressLow, int length) {
    long high = addressHigh & maskHigh(length);
    long low = addressLow & maskLow(length);
    Node above = deepest(high, low, length);
    if (above.length == length) {
      return above;
    }
    Node made = new Node(high, low, length);
    boolean side = bit(high, low, above.length);
    Node below = above.child(side);
    if (below == null) {
      attach(above, made);
      return made;
    }
    int common = Math.min(length, common(high, low, below));
    edges.remove(below);
    if (common == length) {
      attach(above, made);
      attach(made, below);
      return made;
    }
    Node fork = new Node(high, low, common);
    attach(above, fork);
    attach(fork, below);
    attach(fork, made);
    return made;
  }

  private static int common(long high, long low, Node other) {
    int same = Long.numberOfLeadingZeros(high ^ other.high);
    if (same == 64) {
      same += Long.numberOfLeadingZeros(low ^ other.low);
    }
    return Math.min(same, other.length);
  }

  private static boolean bit(long high, long low, int at) {
    return at < 64 ? (high << at) < 0 : (low << at - 64) < 0;
  }

  /** Hangs a node under another, on the side that its bits tell, and registers the edge. */
  private void attach(Node above, Node below) {
    below.parent = above;
    above.child(bit(below.high, below.low, above.length), below);
    int probe = fattest(above.length, below.length);
    below.keyHigh = below.high & maskHigh(probe);
    below.keyLow = below.low & maskLow(probe);
    below.keyExtra = probe;
    edges.add(below);
  }

  /** Takes a node without policies out unless two ways part there. */
  private void prune(Node node) {
    Node above = node.parent;
    if (above == null || !node.isEmpty() || node.zero != null && node.one != null) {
      return;
    }
    Node below = node.zero == null ? node.one : node.zero;
    edges.remove(node);
    if (below == null) {
      above.child(bit(node.high, node.low, above.length), null);
      prune(above);
    } else {
      edges.remove(below);
      attach(above, below);
    }
  }
}
