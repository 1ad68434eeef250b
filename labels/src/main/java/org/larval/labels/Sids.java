package org.larval.labels;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Contexts as small numbers and back (the kernel's sidtab). A context gets its SID when it is first
 * named and keeps it. As in Linux the first {@value #INITIAL_SIDS} are initial SIDs, which exist
 * before any policy; of those only {@link #KERNEL} and {@link #UNLABELED} have a context here.
 */
public final class Sids {
  /** No label at all. Looked up, it behaves as {@link #UNLABELED}. */
  public static final int NONE = 0;

  /** SECINITSID_KERNEL: the kernel itself. */
  public static final int KERNEL = 1;

  /** SECINITSID_UNLABELED: whatever nobody labeled. */
  public static final int UNLABELED = 3;

  /** How many SIDs are the policy's own (SECINITSID_NUM). */
  public static final int INITIAL_SIDS = 27;

  /** How many SIDs a table has room for unless told otherwise, initial ones included. */
  public static final int DEFAULT_CAPACITY = 65536;

  private static final SecurityContext UNLABELED_CONTEXT =
      SecurityContext.parse("system_u:object_r:unlabeled_t:s0");
  private static final SecurityContext KERNEL_CONTEXT =
      SecurityContext.parse("system_u:system_r:kernel_t:s0");

  private final Map<SecurityContext, Integer> sids = new HashMap<>();
  private @Nullable SecurityContext[] contexts = new @Nullable SecurityContext[64];
  private final int capacity;
  private int next = INITIAL_SIDS + 1;

  /** A table of {@link #DEFAULT_CAPACITY}. */
  public Sids() {
    this(DEFAULT_CAPACITY);
  }

  /**
   * A table whose SIDs stay below {@code capacity}.
   *
   * @throws IllegalArgumentException if not even the initial SIDs fit
   */
  public Sids(int capacity) {
    if (capacity <= INITIAL_SIDS) {
      throw new IllegalArgumentException(
          "a table for "
              + capacity
              + " SIDs has no room for the "
              + INITIAL_SIDS
              + " initial ones");
    }
    this.capacity = capacity;
    put(KERNEL, KERNEL_CONTEXT);
    put(UNLABELED, UNLABELED_CONTEXT);
  }

  private void put(int sid, SecurityContext context) {
    if (sid >= contexts.length) {
      contexts = Arrays.copyOf(contexts, sid * 2);
    }
    contexts[sid] = context;
    sids.put(context, sid);
  }

  /**
   * The SID of a context, a new one if need be.
   *
   * @throws IllegalStateException if the table is full; a caller with contexts from outside asks
   *     {@link #find} and {@link #full} first
   */
  public int sid(SecurityContext context) {
    int known = find(context);
    if (known != NONE) {
      return known;
    }
    if (full()) {
      throw new IllegalStateException("no room for another context among " + capacity + " SIDs");
    }
    put(next, context);
    return next++;
  }

  /**
   * The same for a context as text.
   *
   * @throws IllegalArgumentException if the text is no context
   */
  public int sid(String context) {
    return sid(SecurityContext.parse(context));
  }

  /** The SID of a context that already has one, or {@link #NONE}. */
  public int find(SecurityContext context) {
    Integer known = sids.get(context);
    return known == null ? NONE : known;
  }

  /** Whether no new context fits. */
  public boolean full() {
    return next >= capacity;
  }

  /** Whether a SID will never stand for another context than it does now. */
  public boolean settled(int sid) {
    return sid >= NONE && sid < next;
  }

  /** The context of a SID; that of {@link #UNLABELED} for 0 and unknown ones (sidtab_search). */
  public SecurityContext context(int sid) {
    SecurityContext context = sid >= 0 && sid < contexts.length ? contexts[sid] : null;
    return context == null ? UNLABELED_CONTEXT : context;
  }
}
