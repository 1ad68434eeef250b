package org.larval.labels;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers already given (the access vector cache): a table with one place per hash, where a newer
 * question displaces an older one. A hit allocates nothing.
 */
public final class DecisionCache {
  /** A power of two; Linux has 512 hash slots as well. */
  public static final int PLACES = 512;

  private final int[] sources = new int[PLACES];
  private final int[] targets = new int[PLACES];
  private final @Nullable String[] classes = new @Nullable String[PLACES];
  private final @Nullable String[] permissions = new @Nullable String[PLACES];
  private final @Nullable Decision[] decisions = new @Nullable Decision[PLACES];

  /** The answer to a question, or null. */
  public @Nullable Decision find(int source, int target, String securityClass, String permission) {
    int place = place(source, target, securityClass, permission);
    return sources[place] == source
            && targets[place] == target
            && permission.equals(permissions[place])
            && securityClass.equals(classes[place])
        ? decisions[place]
        : null;
  }

  /** Keeps an answer. */
  public void put(
      int source, int target, String securityClass, String permission, Decision decision) {
    int place = place(source, target, securityClass, permission);
    sources[place] = source;
    targets[place] = target;
    classes[place] = securityClass;
    permissions[place] = permission;
    decisions[place] = decision;
  }

  /** Forgets all answers. */
  public void clear() {
    Arrays.fill(decisions, null);
  }

  private static int place(int source, int target, String securityClass, String permission) {
    int hash = source * 31 + target;
    hash = (hash * 31 + securityClass.hashCode()) * 31 + permission.hashCode();
    return (hash ^ hash >>> 9 ^ hash >>> 18) & PLACES - 1;
  }
}
