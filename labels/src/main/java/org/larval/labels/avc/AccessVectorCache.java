package org.larval.labels.avc;

import java.util.Arrays;
import org.larval.labels.Sids;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.SecurityServer;

/**
 * Decisions already made (security/selinux/avc.c), by source SID, target SID and class. The table
 * has a fixed number of slots with {@value #WAYS} places each; a new entry takes a free place of
 * its slot or else the place whose turn it is. A hit allocates nothing and takes no lock.
 *
 * <p>One for each thread: the {@link LivePolicy} behind it may be shared. {@link #check} leaves the
 * particulars of its answer to be read until the next question.
 */
public final class AccessVectorCache {
  /** As many slots as Linux has. */
  public static final int DEFAULT_SLOTS = 512;

  /** The most slots. */
  public static final int MAX_SLOTS = 1 << 20;

  private static final int WAYS = 4;

  // an entry is eight ints in a row; 0 as class stands for none
  private static final int WIDTH = 8;
  private static final int TARGET = 1;
  private static final int CLASS = 2;
  private static final int ALLOWED = 3;
  private static final int AUDITALLOW = 4;
  private static final int AUDITDENY = 5;
  private static final int FLAGS = 6;

  /** The source's type is permissive. */
  private static final int PERMISSIVE = 1;

  /** Something was let pass once: from then on it counts as allowed, and is not logged again. */
  private static final int LET_PASS = 2;

  private final LivePolicy policy;
  private final Sids sids;
  private final AccessVector vector = new AccessVector();
  private final int mask;

  /** All slots, and behind them one place for answers that are not kept. */
  private final int[] entries;

  private final byte[] turns;
  private SidContexts contexts;
  private int sequence;

  private long lookups;
  private long misses;
  private long allocations;
  private long reclaims;
  private long frees;

  private int denied;
  private int audited;
  private boolean letPass;

  /** A cache of {@link #DEFAULT_SLOTS}. */
  public AccessVectorCache(LivePolicy policy, Sids sids) {
    this(policy, sids, DEFAULT_SLOTS);
  }

  /**
   * An empty cache.
   *
   * @param sids what the SIDs of questions stand for
   * @param slots a power of two up to {@link #MAX_SLOTS}
   * @throws IllegalArgumentException if it is not
   */
  public AccessVectorCache(LivePolicy policy, Sids sids, int slots) {
    if (slots < 1 || slots > MAX_SLOTS || Integer.bitCount(slots) != 1) {
      throw new IllegalArgumentException(
          slots + " slots; they are a power of two from 1 to " + MAX_SLOTS);
    }
    this.policy = policy;
    this.sids = sids;
    mask = slots - 1;
    entries = new int[(slots * WAYS + 1) * WIDTH];
    turns = new byte[slots];
    LivePolicy.State state = policy.state();
    contexts = new SidContexts(sids, state.server());
    sequence = state.sequence();
  }

  /**
   * Whether something may be done, or is let pass (avc_has_perm_noaudit).
   *
   * @param securityClass value of a class of the policy
   * @param requested bits of permissions, all of which are wanted
   */
  public boolean check(int source, int target, int securityClass, int requested) {
    LivePolicy.State state = policy.state();
    if (state.sequence() != sequence) {
      revalidate(state);
    }
    int at = find(source, target, securityClass);
    denied = requested & ~entries[at + ALLOWED];
    if (denied == 0) {
      audited = requested & entries[at + AUDITALLOW];
      letPass = (entries[at + FLAGS] & LET_PASS) != 0;
      return true;
    }
    audited = denied & entries[at + AUDITDENY];
    letPass = !state.enforcing() || (entries[at + FLAGS] & PERMISSIVE) != 0;
    if (letPass) {
      entries[at + ALLOWED] |= requested;
      entries[at + FLAGS] |= LET_PASS;
    }
    return letPass;
  }

  /** What the last question's answer lacked, let pass or not. */
  public int denied() {
    return denied;
  }

  /** What of the last question is to be logged: of {@link #denied}, or if that is none of all. */
  public int audited() {
    return audited;
  }

  /**
   * Whether something between the two of the last question was let pass, now or before, that the
   * policy denies.
   */
  public boolean letPass() {
    return letPass;
  }

  /** The policy that the last question was put to. */
  SidContexts contexts() {
    LivePolicy.State state = policy.state();
    if (state.sequence() != sequence) {
      revalidate(state);
    }
    return contexts;
  }

  /** The number of the policy's state that the answers belong to. */
  public int sequence() {
    return sequence;
  }

  private int find(int source, int target, int securityClass) {
    lookups++;
    int slot = slot(source, target, securityClass);
    int first = slot * WAYS * WIDTH;
    for (int at = first; at < first + WAYS * WIDTH; at += WIDTH) {
      if (entries[at] == source
          && entries[at + TARGET] == target
          && entries[at + CLASS] == securityClass) {
        return at;
      }
    }
    misses++;
    int place = place(source, target, slot);
    fill(place, source, target, securityClass);
    return place;
  }

  private int slot(int source, int target, int securityClass) {
    int hash = source * 0x9E3779B1 ^ target * 0x85EBCA6B ^ securityClass * 0xC2B2AE35;
    return (hash ^ hash >>> 15) & mask;
  }

  private int place(int source, int target, int slot) {
    if (!sids.settled(source) || !sids.settled(target)) {
      return (mask + 1) * WAYS * WIDTH; // it may come to mean something else
    }
    allocations++;
    int first = slot * WAYS * WIDTH;
    for (int at = first; at < first + WAYS * WIDTH; at += WIDTH) {
      if (entries[at + CLASS] == 0) {
        return at;
      }
    }
    reclaims++;
    frees++;
    int turn = turns[slot];
    turns[slot] = (byte) ((turn + 1) % WAYS);
    return first + turn * WIDTH;
  }

  private void fill(int at, int source, int target, int securityClass) {
    SecurityServer server = contexts.server();
    var subject = contexts.of(source);
    server.decide(subject, contexts.of(target), securityClass, vector);
    boolean silent = server.policy().neveraudit(subject.type());
    entries[at] = source;
    entries[at + TARGET] = target;
    entries[at + CLASS] = securityClass;
    entries[at + ALLOWED] = vector.allowed();
    entries[at + AUDITALLOW] = silent ? 0 : vector.auditallow();
    entries[at + AUDITDENY] = silent ? 0 : vector.auditdeny();
    entries[at + FLAGS] = vector.permissive() ? PERMISSIVE : 0;
  }

  /** Forgets everything: the policy says something else now. */
  private void revalidate(LivePolicy.State state) {
    frees += live();
    Arrays.fill(entries, 0);
    Arrays.fill(turns, (byte) 0);
    if (state.server() != contexts.server()) {
      contexts = new SidContexts(sids, state.server());
    }
    sequence = state.sequence();
  }

  private int live() {
    int count = 0;
    for (int at = 0; at < (mask + 1) * WAYS * WIDTH; at += WIDTH) {
      count += entries[at + CLASS] == 0 ? 0 : 1;
    }
    return count;
  }

  // --- statistics ---

  /** What was asked and kept so far. */
  public Statistics statistics() {
    return new Statistics(lookups, lookups - misses, misses, allocations, reclaims, frees);
  }

  /** How full the table is, as /sys/fs/selinux/avc/hash_stats prints it. */
  public String fill() {
    int used = 0;
    int longest = 0;
    for (int slot = 0; slot <= mask; slot++) {
      int chain = 0;
      for (int way = 0; way < WAYS; way++) {
        chain += entries[(slot * WAYS + way) * WIDTH + CLASS] == 0 ? 0 : 1;
      }
      used += chain == 0 ? 0 : 1;
      longest = Math.max(longest, chain);
    }
    return "entries: %d\nbuckets used: %d/%d\nlongest chain: %d\n"
        .formatted(live(), used, mask + 1, longest);
  }

  /**
   * The counters of /sys/fs/selinux/avc/cache_stats.
   *
   * @param lookups questions
   * @param hits those answered from the cache
   * @param misses those that the policy was asked
   * @param allocations entries made
   * @param reclaims entries that had to make room for others
   * @param frees entries gone, because they made room or the policy changed
   */
  public record Statistics(
      long lookups, long hits, long misses, long allocations, long reclaims, long frees) {
    @Override
    public String toString() {
      return "lookups hits misses allocations reclaims frees\n%d %d %d %d %d %d\n"
          .formatted(lookups, hits, misses, allocations, reclaims, frees);
    }
  }
}
