package org.larval.cipso;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.packet.Errno;

/**
 * Makes CIPSO options (cipso_v4_genopt): the DOI's tags are tried in their order until one can say
 * the label; if none can, the last one's reason stands.
 */
public final class CipsoEncoder {
  private static final int CATEGORY_BYTES =
      CipsoOption.MAX_LENGTH - CipsoOption.HEADER - CipsoOption.TAG_HEADER;

  /** Bytes of bitmap in a tag of the draft's optimised format, section 3.4.2.6. */
  private static final int OPTIMISED = 10;

  private final byte[] bytes = new byte[CipsoOption.MAX_LENGTH];
  private final boolean optimised;

  /**
   * An encoder.
   *
   * @param optimised whether tag 1 is padded to 14 bytes where that is enough (cipso_rbm_optfmt)
   */
  public CipsoEncoder(boolean optimised) {
    this.optimised = optimised;
  }

  /**
   * Encodes a label: EPERM if the DOI does not translate it or it has no level, ENOSPC if it does
   * not fit.
   *
   * @param sid for local tags
   * @param level null where the policy has no levels
   */
  public Labeling encode(Doi doi, int sid, @Nullable MlsLevel level) {
    List<Integer> tags = doi.tags();
    Errno failure = Errno.EPERM;
    for (int i = 0; i < tags.size(); i++) {
      Arrays.fill(bytes, (byte) 0);
      int tag = tags.get(i);
      int size = tag == TagType.LOCAL.number() ? local(sid) : labelled(tag, doi, level);
      if (size > 0) {
        return new Labeling.Attach(new LabelOption(false, doi.number(), finish(doi, tag, size)));
      }
      failure = size == NO_ROOM ? Errno.ENOSPC : Errno.EPERM;
    }
    return Labeling.refuse(failure);
  }

  private static final int NO_ROOM = -1;
  private static final int NOT_PERMITTED = -2;

  private byte[] finish(Doi doi, int tag, int size) {
    int length = CipsoOption.HEADER + size;
    bytes[0] = (byte) CipsoOption.TYPE;
    bytes[1] = (byte) length;
    int number = doi.number();
    for (int i = 0; i < 4; i++) {
      bytes[2 + i] = (byte) (number >>> 24 - 8 * i);
    }
    bytes[6] = (byte) tag;
    bytes[7] = (byte) size;
    return Arrays.copyOf(bytes, length);
  }

  private int local(int sid) {
    for (int i = 0; i < 4; i++) {
      bytes[8 + i] = (byte) (sid >>> 8 * i);
    }
    return CipsoOption.LOCAL_TAG;
  }

  private int labelled(int tag, Doi doi, @Nullable MlsLevel level) {
    int remote = level == null ? -1 : doi.remoteLevel(level.sensitivity());
    if (level == null || remote < 0) {
      return NOT_PERMITTED;
    }
    bytes[9] = (byte) remote;
    CategorySet categories = level.categories();
    int size =
        switch (tag) {
          case 1 -> bitmap(doi, categories);
          case 2 -> enumeration(categories);
          default -> ranges(categories);
        };
    return size < 0 ? size : CipsoOption.TAG_HEADER + size;
  }

  private int bitmap(Doi doi, CategorySet categories) {
    int highest = -1;
    for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
      int bit = doi.remoteCategory(c);
      if (bit < 0) {
        return NOT_PERMITTED;
      }
      if (bit >= CATEGORY_BYTES * 8) {
        return NO_ROOM;
      }
      bytes[10 + bit / 8] |= (byte) (0x80 >>> bit % 8);
      highest = Math.max(highest, bit);
    }
    int used = (highest + 8) / 8;
    return optimised && used > 0 && used <= OPTIMISED ? OPTIMISED : used;
  }

  private int enumeration(CategorySet categories) {
    int used = 0;
    for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
      if (used + 2 > CATEGORY_BYTES) {
        return NO_ROOM;
      }
      put(used, c);
      used += 2;
    }
    return used;
  }

  /** The highest run first; a low end of 0, which can only be the last, is left out. */
  private int ranges(CategorySet categories) {
    int size = categories.contains(0) ? -2 : 0;
    for (int c = categories.next(0); c >= 0; c = categories.next(categories.runEnd(c) + 1)) {
      size += 4;
    }
    if (size > CATEGORY_BYTES) {
      return NO_ROOM;
    }
    int end = size;
    for (int c = categories.next(0); c >= 0; c = categories.next(categories.runEnd(c) + 1)) {
      if (c != 0) {
        end -= 2;
        put(end, c);
      }
      end -= 2;
      put(end, categories.runEnd(c));
    }
    return size;
  }

  private void put(int at, int category) {
    bytes[10 + at] = (byte) (category >>> 8);
    bytes[11 + at] = (byte) category;
  }
}
