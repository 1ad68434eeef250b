package org.larval.labels.avc;

import java.util.Arrays;
import org.larval.labels.Sids;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.SecurityServer;

/**
 * Decisions already made (security/selinux/avc.c), by source SID, target SID and class. An entry
 * stands in one of {@value #WAYS} places from its slot on; a new one takes the first free of them
 * or else the one whose turn it is. A hit allocates nothing, takes no lock, and reads one volatile
 * number and as a rule one line of memory.
 *
 * <p>One for each thread: the {@link LivePolicy} behind it may be shared. {@link #check} leaves the
 * particulars of its answer to be read until the next question.
 */
@SuppressWarnings("ReferenceEquality") // each state is another one
public final class AccessVectorCache {
  /** As many slots as Linux has. */
  public static final int DEFAULT_SLOTS = 512;

  /** The most slots. */
  public static final int MAX_SLOTS = 1 << 20;

  private static final int WAYS = 8;

  /** Numbers of an entry. */
  private static final int WIDTH = 2;

  /** Bits of a word in an entry that tell the class; there is none of number 0. */
  private static final int CLASS_MASK = 0xFFFF;

  /** The source's type is permissive, or the policy is not enforced. */
  private static final long LENIENT = 1L << 63;

  /** Something was let pass once: from then on it counts as allowed, and is not logged again. */
  private static final long LET_PASS = 1L << 62;

  private final LivePolicy policy;
  private final Sids sids;
  private final AccessVector vector = new AccessVector();
  private final int slots;

  /** Lets a hash be a place where a slot begins. */
  private final int mask;

  /** Where an answer goes that is not kept. */
  private final int unkept;

  /**
   * At each place source and target, and behind them a word: what is allowed in the low half, the
   * class above it, flags at the top. A word of 0 is a free place.
   */
  private final long[] entries;

  /** What of the allowed is logged in the high half, and what of the denied in the low. */
  private final long[] audits;

  private SidContexts contexts;
  private LivePolicy.State state;
  private int turn;

  private long lookups;
  private long misses;
  private long reclaims;
  private long allocations;
  private long frees;

  /** Where the last answer stands. */
  private int last;

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
    this.slots = slots;
    mask = (slots - 1) * WIDTH;
    unkept = (slots + WAYS - 1) * WIDTH;
    entries = new long[unkept + WIDTH];
    audits = new long[entries.length / WIDTH];
    state = policy.state();
    contexts = new SidContexts(sids, state.server());
  }

  /**
   * Whether something may be done, or is let pass (avc_has_perm_noaudit).
   *
   * @param securityClass value of a class of the policy
   * @param requested bits of permissions, all of which are wanted
   */
  public boolean check(int source, int target, int securityClass, int requested) {
    if (policy.state() != state) {
      revalidate();
    }
    lookups++;
    long pair = (long) source << Integer.SIZE | Integer.toUnsignedLong(target);
    int place = slot(pair, securityClass);
    long word = entries[place + 1];
    if (entries[place] != pair || securityClass(word) != securityClass) {
      place = next(place, pair, source, target, securityClass);
      word = entries[place + 1];
    }
    last = place;
    boolean allowed = (requested & ~(int) word) == 0;
    return word < 0 && !allowed ? pass(place, word, requested) : allowed;
  }

  /** Lets something pass, and keeps what the entry said before where answers go that are not. */
  private boolean pass(int place, long word, int requested) {
    entries[place + 1] = word | LET_PASS | Integer.toUnsignedLong(requested);
    entries[unkept + 1] = word | LET_PASS;
    audits[unkept / WIDTH] = audits[place / WIDTH];
    last = unkept;
    return true;
  }

  /** What of the last question's {@code requested} its answer lacked, let pass or not. */
  public int denied(int requested) {
    return requested & ~(int) said();
  }

  /**
   * What of the last question's {@code requested} is to be logged: of {@link #denied}, or if that
   * is none of all.
   */
  public int audited(int requested) {
    long audit = audits[last / WIDTH];
    int denied = denied(requested);
    return denied == 0 ? requested & (int) (audit >>> Integer.SIZE) : denied & (int) audit;
  }

  /**
   * Whether something between the two of the last question was let pass, now or before, that the
   * policy denies.
   */
  public boolean letPass() {
    return (said() & LET_PASS) != 0;
  }

  private long said() {
    return entries[last + 1];
  }

  /** The policy that the last question was put to. */
  SidContexts contexts() {
    return contexts;
  }

  /** The policy that the next question will be put to. */
  SidContexts current() {
    if (policy.state() != state) {
      revalidate();
    }
    return contexts;
  }

  /** The number of the policy's state that the answers belong to. */
  public int sequence() {
    return state.sequence();
  }

  /** The first place that an answer may stand at. */
  private int slot(long pair, int securityClass) {
    long hash = (pair + ((long) securityClass << 20)) * 0x9E3779B97F4A7C15L;
    return (int) (hash >>> Integer.SIZE) & mask;
  }

  private static int securityClass(long word) {
    return (int) (word >>> Integer.SIZE) & CLASS_MASK;
  }

  /** Where the answer stands if not in the first place; it is put there if it is not known. */
  private int next(int slot, long pair, int source, int target, int securityClass) {
    for (int place = slot + WIDTH; place < slot + WAYS * WIDTH; place += WIDTH) {
      if (entries[place] == pair && securityClass(entries[place + 1]) == securityClass) {
        return place;
      }
    }
    misses++;
    boolean kept =
        sids.settled(source)
            && sids.settled(target) // or else it may come to mean something else
            && securityClass <= CLASS_MASK;
    int place = kept ? room(slot) : unkept;
    fill(place, pair, source, target, securityClass);
    return place;
  }

  private int room(int slot) {
    allocations++;
    for (int place = slot; place < slot + WAYS * WIDTH; place += WIDTH) {
      if (entries[place + 1] == 0) {
        return place;
      }
    }
    reclaims++;
    frees++;
    turn = (turn + 1) % WAYS;
    return slot + turn * WIDTH;
  }

  private void fill(int place, long pair, int source, int target, int securityClass) {
    SecurityServer server = contexts.server();
    var subject = contexts.of(source);
    server.decide(subject, contexts.of(target), securityClass, vector);
    boolean lenient = vector.permissive() || !state.enforcing();
    entries[place] = pair;
    entries[place + 1] =
        Integer.toUnsignedLong(vector.allowed())
            | (long) (securityClass & CLASS_MASK) << Integer.SIZE
            | (lenient ? LENIENT : 0);
    audits[place / WIDTH] =
        server.policy().neveraudit(subject.type())
            ? 0
            : (long) vector.auditallow() << Integer.SIZE
                | Integer.toUnsignedLong(vector.auditdeny());
  }

  /** Forgets everything: the policy says something else now. */
  private void revalidate() {
    state = policy.state();
    frees += live();
    Arrays.fill(entries, 0);
    if (state.server() != contexts.server()) {
      contexts = new SidContexts(sids, state.server());
    }
  }

  private int live() {
    int count = 0;
    for (int place = 0; place < unkept; place += WIDTH) {
      count += entries[place + 1] == 0 ? 0 : 1;
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
    int[] chains = new int[slots];
    for (int place = 0; place < unkept; place += WIDTH) {
      long word = entries[place + 1];
      chains[slot(entries[place], securityClass(word)) / WIDTH] += word == 0 ? 0 : 1;
    }
    return "entries: %d\nbuckets used: %d/%d\nlongest chain: %d\n"
        .formatted(
            live(),
            Arrays.stream(chains).filter(chain -> chain > 0).count(),
            chains.length,
            Arrays.stream(chains).max().orElse(0));
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
