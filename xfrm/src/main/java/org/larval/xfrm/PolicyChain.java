package org.larval.xfrm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Policies in the order of search. Beside each stands a word that tells most flows that do not fit,
 * so that the policy itself need not be looked at; the first, often the only one, stands here
 * itself. Its key is its owner's affair.
 */
class PolicyChain extends KeyTable.Entry {
  private static final InstalledPolicy[] EMPTY = {};
  private static final long[] NOTHING = {};
  private static final int WHOLE_PORT = 0xffff;

  // From the top: 32 bits of source, 8 of protocol, 8 of prefix length, 16 of target port.
  private long headWord;
  private long[] words = NOTHING;
  private @Nullable InstalledPolicy head;
  private InstalledPolicy[] others = EMPTY;

  final int linked() {
    return head == null ? 0 : 1 + others.length;
  }

  final void link(InstalledPolicy policy) {
    InstalledPolicy before = head;
    if (before == null) {
      setHead(policy);
      return;
    }
    InstalledPolicy added = policy;
    if (policy.rank < before.rank) {
      setHead(policy);
      added = before;
    }
    int at = place(added.rank);
    int count = others.length;
    InstalledPolicy[] more = Arrays.copyOf(others, count + 1);
    long[] moreWords = Arrays.copyOf(words, count + 1);
    System.arraycopy(others, at, more, at + 1, count - at);
    System.arraycopy(words, at, moreWords, at + 1, count - at);
    more[at] = added;
    moreWords[at] = word(added);
    others = more;
    words = moreWords;
  }

  @SuppressWarnings("ReferenceEquality") // the policy itself
  final void unlink(InstalledPolicy policy) {
    int at = 0;
    if (policy == head) {
      if (others.length == 0) {
        head = null;
        return;
      }
      setHead(others[0]);
    } else {
      at = place(policy.rank);
      if (at == others.length || others[at] != policy) {
        throw new IllegalStateException("not in the chain: " + policy);
      }
    }
    int count = others.length - 1;
    InstalledPolicy[] fewer = count == 0 ? EMPTY : Arrays.copyOf(others, count);
    long[] fewerWords = count == 0 ? NOTHING : Arrays.copyOf(words, count);
    System.arraycopy(others, at + 1, fewer, at, count - at);
    System.arraycopy(words, at + 1, fewerWords, at, count - at);
    others = fewer;
    words = fewerWords;
  }

  private void setHead(InstalledPolicy policy) {
    head = policy;
    headWord = word(policy);
  }

  /** Forgets all and hands them out. */
  final List<InstalledPolicy> drain() {
    List<InstalledPolicy> all = new ArrayList<>();
    if (head != null) {
      all.add(head);
      all.addAll(Arrays.asList(others));
    }
    head = null;
    others = EMPTY;
    words = NOTHING;
    return all;
  }

  private static long word(InstalledPolicy policy) {
    int port = policy.targetMask == WHOLE_PORT ? policy.targetPort : 0;
    return (long) window(policy.sourceHigh, policy.sourceLow, policy.sourceLength) << 32
        | (long) policy.protocol << 24
        | (long) policy.sourceLength << 16
        | port;
  }

  /** The last 32 bits within a prefix of a length, or all of a shorter one. */
  private static int window(long high, long low, int length) {
    if (length <= 64) {
      return length == 0 ? 0 : (int) (high >>> 64 - length);
    }
    long bits = low >>> 128 - length;
    return (int) (length >= 96 ? bits : high << length - 64 | bits);
  }

  private static boolean mayFit(long word, PolicySearch search) {
    int length = (int) word >>> 16 & 0xff;
    int protocol = (int) word >>> 24;
    int port = (int) word & WHOLE_PORT;
    return (int) (word >>> 32) == window(search.sourceHigh, search.sourceLow, length)
        && (protocol == 0 || protocol == search.flow.protocol)
        && (port == 0 || port == search.flow.targetPort);
  }

  /** Looks at the policies in order, until one fits or none can be better. */
  final void consider(PolicySearch search) {
    InstalledPolicy first = head;
    if (first == null || mayFit(headWord, search) && search.consider(first)) {
      return;
    }
    long[] tested = words;
    for (int i = 0; i < tested.length; i++) {
      if (mayFit(tested[i], search) && search.consider(others[i])) {
        return;
      }
    }
  }

  /** The first place among the others whose policy does not rank before this; unique ranks. */
  private int place(long rank) {
    int low = 0;
    int high = others.length;
    while (low < high) {
      int middle = low + high >>> 1;
      if (others[middle].rank < rank) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
