package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chains of states under keys of a few words: open addressing with linear probing, at most half
 * full. Whole keys stand in an array of their own, so that a look-up follows no reference to
 * compare them: one that misses reads one line of memory as a rule, one that hits two, however many
 * states there are. Keys are built in {@link #probe}; their first word is never 0.
 */
final class StateTable {
  private static final int INITIAL = 16;
  private static final long ODD = 0x9e37_79b9_7f4a_7c15L;
  private static final long OTHER = 0xd6e8_feb8_6659_fd93L;

  private final int width;

  /** The key at hand. */
  final long[] probe;

  private long[] keys;
  private @Nullable State[] heads = new @Nullable State[INITIAL];
  private boolean[] plain = new boolean[INITIAL];
  private int found;
  private int mask = INITIAL - 1;
  private int used;

  /**
   * An empty table.
   *
   * @param width words of a key
   */
  StateTable(int width) {
    this.width = width;
    probe = new long[width];
    keys = new long[INITIAL * width];
  }

  private static int home(long[] words, int at, int width) {
    long mixed = words[at] * ODD;
    for (int i = 1; i < width; i++) {
      mixed = (mixed ^ mixed >>> 32 ^ words[at + i]) * ODD;
    }
    mixed = (mixed ^ mixed >>> 32) * OTHER;
    return (int) (mixed >>> 32);
  }

  /** The same of a key of one word, in a straight line: every packet by IPv4 asks it. */
  private int placeOfWord() {
    long[] all = keys;
    int last = mask;
    long key = probe[0];
    long mixed = key * ODD;
    mixed = (mixed ^ mixed >>> 32) * OTHER;
    int place = (int) (mixed >>> 32) & last;
    for (long there = all[place]; there != key; there = all[place]) {
      if (there == 0) {
        return ~place;
      }
      place = place + 1 & last;
    }
    return place;
  }

  /** The place of the chain under {@link #probe}, or the complement of where it would begin. */
  private int place() {
    if (width == 1) {
      return placeOfWord();
    }
    long[] all = keys;
    int last = mask;
    int words = width;
    int place = home(probe, 0, words) & last;
    long first = probe[0];
    for (long there = all[place * words]; there != 0; there = all[place * words]) {
      if (there == first && same(all, place * words)) {
        return place;
      }
      place = place + 1 & last;
    }
    return ~place;
  }

  private boolean same(long[] all, int at) {
    for (int i = 1; i < width; i++) {
      if (all[at + i] != probe[i]) {
        return false;
      }
    }
    return true;
  }

  /** The head of the chain under {@link #probe}, or null. */
  @Nullable State find() {
    int place = place();
    found = place;
    return place < 0 ? null : heads[place];
  }

  /** Whether the head that was found last can be used unseen, see {@link State#isPlain}. */
  boolean foundPlain() {
    return plain[found];
  }

  /** Notes that the head under {@link #probe} changed. */
  void refresh(State head) {
    plain[place()] = head.isPlain();
  }

  /** Puts a state before the chain under {@link #probe}, whose old head is the answer. */
  @Nullable State push(State head) {
    int place = place();
    boolean begins = place < 0;
    place = begins ? ~place : place;
    State before = heads[place];
    heads[place] = head;
    plain[place] = head.isPlain();
    if (begins) {
      System.arraycopy(probe, 0, keys, place * width, width);
      if (++used > (mask + 1) / 2) {
        grow();
      }
    }
    return before;
  }

  private void grow() {
    long[] oldKeys = keys;
    @Nullable State[] oldHeads = heads;
    boolean[] oldPlain = plain;
    int size = oldHeads.length * 2;
    mask = size - 1;
    keys = new long[size * width];
    heads = new @Nullable State[size];
    plain = new boolean[size];
    for (int i = 0; i < oldHeads.length; i++) {
      if (oldHeads[i] != null) {
        int place = home(oldKeys, i * width, width) & mask;
        while (heads[place] != null) {
          place = place + 1 & mask;
        }
        System.arraycopy(oldKeys, i * width, keys, place * width, width);
        heads[place] = oldHeads[i];
        plain[place] = oldPlain[i];
      }
    }
  }

  /** Replaces the head of the chain under {@link #probe}; null ends it. */
  void replace(@Nullable State head) {
    int place = place();
    if (head != null) {
      heads[place] = head;
      plain[place] = head.isPlain();
      return;
    }
    used--;
    // Those behind the hole move up, so that no search stops early.
    int hole = place;
    for (int next = hole + 1 & mask; heads[next] != null; next = next + 1 & mask) {
      int from = home(keys, next * width, width) & mask;
      if ((next - from & mask) >= (next - hole & mask)) {
        System.arraycopy(keys, next * width, keys, hole * width, width);
        heads[hole] = heads[next];
        plain[hole] = plain[next];
        hole = next;
      }
    }
    Arrays.fill(keys, hole * width, (hole + 1) * width, 0);
    heads[hole] = null;
  }
}
