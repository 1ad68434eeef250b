package org.larval.cipso;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Numbers of this machine and the numbers that a DOI gives them on the wire (the tables of the
 * kernel's cipso_v4_std_map_tbl). Each direction is a table of its own: a number named twice keeps
 * what was said last.
 */
public final class Translation {
  /** No numbers at all. */
  public static final Translation NONE = new Translation(new int[0], new int[0], List.of());

  /** The highest number of this machine that is of use: what a level or category can be. */
  public static final int MAX_LOCAL = 65535;

  private static final int UNMAPPED = -1;

  /**
   * One line of the tables.
   *
   * @param local the number here
   * @param remote the number on the wire
   */
  public record Pair(int local, int remote) {}

  private final int[] remotes;
  private final int[] locals;
  private final List<Pair> given;

  private Translation(int[] remotes, int[] locals, List<Pair> given) {
    this.remotes = remotes;
    this.locals = locals;
    this.given = List.copyOf(given);
  }

  /**
   * Tables of pairs.
   *
   * @param maxRemote the highest number that the wire can say
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Translation of(List<Pair> pairs, int maxRemote) {
    int local = -1;
    int remote = -1;
    for (Pair pair : pairs) {
      if (pair.local < 0 || pair.local > MAX_LOCAL) {
        throw new IllegalArgumentException(
            "local number " + pair.local + " is not in 0.." + MAX_LOCAL);
      }
      if (pair.remote < 0 || pair.remote > maxRemote) {
        throw new IllegalArgumentException(
            "remote number " + pair.remote + " is not in 0.." + maxRemote);
      }
      local = Math.max(local, pair.local);
      remote = Math.max(remote, pair.remote);
    }
    int[] remotes = new int[local + 1];
    int[] locals = new int[remote + 1];
    Arrays.fill(remotes, UNMAPPED);
    Arrays.fill(locals, UNMAPPED);
    for (Pair pair : pairs) {
      remotes[pair.local] = pair.remote;
      locals[pair.remote] = pair.local;
    }
    return new Translation(remotes, locals, pairs);
  }

  /** The number on the wire of one of ours, or -1. */
  public int remote(int local) {
    return local < remotes.length ? remotes[local] : UNMAPPED;
  }

  /** Our number of one on the wire, or -1. */
  public int local(int remote) {
    return remote < locals.length ? locals[remote] : UNMAPPED;
  }

  /** The lines of the outbound table, by our numbers: what the kernel lists. */
  public List<Pair> pairs() {
    List<Pair> pairs = new ArrayList<>();
    for (int local = 0; local < remotes.length; local++) {
      if (remotes[local] != UNMAPPED) {
        pairs.add(new Pair(local, remotes[local]));
      }
    }
    return pairs;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Translation table
        && Arrays.equals(remotes, table.remotes)
        && Arrays.equals(locals, table.locals);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(remotes);
  }

  /** The outbound table as netlabelctl lists it: {@code 0=0,1=5}. */
  public String listed() {
    return text(pairs());
  }

  /** As netlabelctl takes it, everything that was said: {@code 0=0,1=5}. */
  @Override
  public String toString() {
    return text(given);
  }

  private static String text(List<Pair> pairs) {
    StringBuilder text = new StringBuilder();
    for (Pair pair : pairs) {
      text.append(text.isEmpty() ? "" : ",").append(pair.local()).append('=').append(pair.remote());
    }
    return text.toString();
  }
}
