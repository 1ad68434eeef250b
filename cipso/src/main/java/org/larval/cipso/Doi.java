package org.larval.cipso;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A domain of interpretation of CIPSO: what levels and categories on the wire mean, and which tags
 * say them (struct cipso_v4_doi).
 */
public sealed interface Doi {
  /** How many tag types a DOI may list (CIPSO_V4_TAG_MAXCNT). */
  int MAX_TAGS = 5;

  /** The highest level that the level octet can say (CIPSO_V4_MAX_REM_LVLS). */
  int MAX_REMOTE_LEVEL = 255;

  /** The highest category that a table may name (CIPSO_V4_MAX_REM_CATS). */
  int MAX_REMOTE_CATEGORY = 65534;

  /** Not 0; 32 bits as a Java int. */
  int number();

  /** The types of tags that may be used, best first. */
  List<Integer> tags();

  /** What {@code netlabelctl cipso list} calls the mapping. */
  String title();

  /** The level on the wire, or -1 if there is none. Of more than 8 bits the low 8 are sent. */
  int remoteLevel(int level);

  /** Our level for one on the wire, or -1. */
  int localLevel(int level);

  /** The category on the wire, or -1 if there is none. */
  int remoteCategory(int category);

  /** Our category for one on the wire, or -1. */
  int localCategory(int category);

  /**
   * Whether a tag of this type gets by the DOI's list. As in the kernel an unused place of the list
   * lets type 0 by, which is then refused for itself.
   */
  default boolean lists(int type) {
    List<Integer> tags = tags();
    for (int i = 0; i < tags.size(); i++) {
      if (tags.get(i) == type) {
        return true;
      }
    }
    return type == 0 && tags.size() < MAX_TAGS;
  }

  /** A DOI whose numbers are ours. */
  static Pass pass(int number, Integer... tags) {
    return new Pass(number, List.of(tags));
  }

  /**
   * Level N is sensitivity sN, category N is cN.
   *
   * @param tags 1 to 5 of the types 1, 2 and 5
   */
  record Pass(int number, List<Integer> tags) implements Doi {
    /** Checks number and tags as the kernel does when a DOI is added. */
    public Pass {
      tags = List.copyOf(tags);
      check(number, tags);
      for (int tag : tags) {
        if (tag != 1 && tag != 2 && tag != 5) {
          throw new IllegalArgumentException(
              "tag " + tag + " cannot pass levels through; expected 1, 2 or 5");
        }
      }
    }

    @Override
    public String title() {
      return "PASS_THROUGH";
    }

    @Override
    public int remoteLevel(int level) {
      return level;
    }

    @Override
    public int localLevel(int level) {
      return level;
    }

    @Override
    public int remoteCategory(int category) {
      return category;
    }

    @Override
    public int localCategory(int category) {
      return category;
    }
  }

  /**
   * Levels and categories by tables.
   *
   * @param tags 1 to 5 times type 1
   */
  record Translated(int number, List<Integer> tags, Translation levels, Translation categories)
      implements Doi {
    /** Checks number and tags as the kernel does when a DOI is added. */
    public Translated {
      tags = List.copyOf(tags);
      check(number, tags);
      for (int tag : tags) {
        if (tag != 1) {
          throw new IllegalArgumentException("tag " + tag + " cannot be translated; expected 1");
        }
      }
    }

    @Override
    public String title() {
      return "TRANSLATED";
    }

    @Override
    public int remoteLevel(int level) {
      return levels.remote(level);
    }

    @Override
    public int localLevel(int level) {
      return levels.local(level);
    }

    @Override
    public int remoteCategory(int category) {
      return categories.remote(category);
    }

    @Override
    public int localCategory(int category) {
      return categories.local(category);
    }
  }

  /** Whole labels as SIDs, over the loopback device only. */
  record Local(int number) implements Doi {
    private static final List<Integer> TAGS = List.of(TagType.LOCAL.number());

    /** Checks the number. */
    public Local {
      check(number, TAGS);
    }

    @Override
    public List<Integer> tags() {
      return TAGS;
    }

    @Override
    public String title() {
      return "LOCAL";
    }

    @Override
    public int remoteLevel(int level) {
      return -1;
    }

    @Override
    public int localLevel(int level) {
      return -1;
    }

    @Override
    public int remoteCategory(int category) {
      return -1;
    }

    @Override
    public int localCategory(int category) {
      return -1;
    }
  }

  private static void check(int number, List<Integer> tags) {
    if (number == 0) {
      throw new IllegalArgumentException("DOI 0 is reserved; expected 1 to 4294967295");
    }
    if (tags.isEmpty() || tags.size() > MAX_TAGS) {
      throw new IllegalArgumentException(
          "a DOI lists 1 to " + MAX_TAGS + " tags, not " + tags.size());
    }
  }

  /** The tables of a DOI that has some. */
  default @Nullable Translated translated() {
    return this instanceof Translated tables ? tables : null;
  }
}
