package org.larval.cipso;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;

/**
 * A domain of interpretation whose numbers are ours: level N is sensitivity sN, category N is cN
 * (the kernel's pass mapping, {@code netlabelctl cipso add pass doi:16 tags:1,2}).
 *
 * <p>Linux cuts a level above 255 down to its low 8 bits on the way out; here no tag fits it.
 *
 * @param number not 0; 32 bits as a Java int
 * @param tags the types that may be used, best first: 1 to 5 of {@link CipsoTag#BITMAP}, {@link
 *     CipsoTag#ENUMERATED} and {@link CipsoTag#RANGED}
 */
public record Doi(int number, List<Integer> tags) {
  /** How many tag types a DOI may list (CIPSO_V4_TAG_MAXCNT). */
  public static final int MAX_TAGS = 5;

  /** Checks number and tags as the kernel does when a DOI is added. */
  public Doi {
    tags = List.copyOf(tags);
    if (number == 0) {
      throw new IllegalArgumentException("DOI 0 is reserved; expected 1 to 4294967295");
    }
    if (tags.isEmpty() || tags.size() > MAX_TAGS) {
      throw new IllegalArgumentException(
          "a DOI lists 1 to " + MAX_TAGS + " tags, not " + tags.size());
    }
    for (int tag : tags) {
      if (tag != CipsoTag.BITMAP && tag != CipsoTag.ENUMERATED && tag != CipsoTag.RANGED) {
        throw new IllegalArgumentException(
            "tag " + tag + " cannot pass levels through; expected 1, 2 or 5");
      }
    }
  }

  /** A DOI whose numbers are passed through. */
  public static Doi pass(int number, Integer... tags) {
    return new Doi(number, List.of(tags));
  }

  /**
   * Whether a well-formed option is of this DOI; null if it is. The option's {@link
   * CipsoOption#pointer()} then tells where not.
   */
  public @Nullable CipsoFault validate(CipsoOption option) {
    if (option.doi() != number) {
      return option.refuse(CipsoFault.DOI_UNKNOWN, 2);
    }
    int at = CipsoOption.HEADER;
    for (int type = option.tagAt(at); type >= 0; type = option.tagAt(at)) {
      if (!uses(type)) {
        return option.refuse(unusable(type), at);
      }
      at = option.afterTag(at);
    }
    return null;
  }

  private static CipsoFault unusable(int type) {
    return switch (type) {
      case CipsoTag.BITMAP, CipsoTag.ENUMERATED, CipsoTag.RANGED, CipsoTag.LOCAL ->
          CipsoFault.TAG_NOT_IN_DOI;
      default -> CipsoFault.TAG_UNKNOWN;
    };
  }

  private boolean uses(int type) {
    for (int i = 0; i < tags.size(); i++) {
      if (tags.get(i) == type) {
        return true;
      }
    }
    return false;
  }

  /** The level that a tag says, or null for a tag that this mapping does not read. */
  public @Nullable MlsLevel level(CipsoTag tag) {
    return switch (tag) {
      case CipsoTag.Bitmap t -> new MlsLevel(t.level(), t.categories());
      case CipsoTag.Enumerated t -> new MlsLevel(t.level(), t.categories());
      case CipsoTag.Ranged t -> new MlsLevel(t.level(), t.categories());
      case CipsoTag.Local t -> null;
    };
  }

  /** The first kind of tag that can carry a level, or null if none can (Linux: ENOSPC). */
  public @Nullable CipsoTag tag(MlsLevel level) {
    int number = level.sensitivity();
    if (number > CipsoTag.MAX_LEVEL) {
      return null;
    }
    CategorySet categories = level.categories();
    for (int tag : tags) {
      if (tag == CipsoTag.BITMAP && CipsoTag.Bitmap.fits(categories)) {
        return new CipsoTag.Bitmap(number, categories);
      }
      if (tag == CipsoTag.ENUMERATED && CipsoTag.Enumerated.fits(categories)) {
        return new CipsoTag.Enumerated(number, categories);
      }
      if (tag == CipsoTag.RANGED && CipsoTag.Ranged.fits(categories)) {
        return new CipsoTag.Ranged(number, categories);
      }
    }
    return null;
  }
}
