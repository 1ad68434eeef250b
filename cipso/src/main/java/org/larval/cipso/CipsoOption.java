package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;

/**
 * The CIPSO option of IPv4, type 134. {@link #wrap} takes it as the generic parser of IP options
 * does, {@link #validate} looks into it as cipso_v4_validate does. The readers after them are safe
 * on whatever was wrapped: what a broken tag does not hold they leave out.
 *
 * <pre>
 *   | 134 | length | DOI, 4 bytes | tag | tag ... |
 *          tags 1, 2, 5, 6:  | type | length | 0 | level | categories ... |
 *          tag 128:          | 128 | 6 | SID, 4 bytes in the machine's order |
 * </pre>
 *
 * <p>Linux sends one tag and takes the label from the first; so do we.
 */
public final class CipsoOption {
  public static final int TYPE = 134;

  /** Type, length and DOI. */
  public static final int HEADER = 6;

  /** A header and the smallest tag. */
  public static final int MIN_LENGTH = 8;

  /** All of an IPv4 header's room for options. */
  public static final int MAX_LENGTH = 40;

  /** Type, length, alignment octet and level of tags 1, 2, 5 and 6. */
  static final int TAG_HEADER = 4;

  static final int LOCAL_TAG = 6;

  private static final int BITMAP = 1;
  private static final int ENUMERATED = 2;
  private static final int RANGED = 5;
  private static final int PERMISSIVE = 6;
  private static final int LOCAL = 128;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int length;
  private int pointer;

  /**
   * Takes the option at an absolute index, of which at most {@code available} bytes are there; null
   * if its length is possible.
   */
  public @Nullable CipsoFault wrap(ByteBuf data, int index, int available) {
    buffer = data;
    start = index;
    length = Math.min(available, 1);
    int size = available < 2 ? 0 : data.getUnsignedByte(index + 1);
    if (size < 2 || size > available) {
      length = Math.max(0, available);
      return fault(CipsoFault.OPTION_LENGTH, 0);
    }
    length = size;
    return null;
  }

  /**
   * Looks at every tag, in the kernel's order; null if all is acceptable. After a fault {@link
   * #pointer()} tells where.
   *
   * @param dois those that are known; null to take any DOI for one that passes levels through with
   *     tags 1, 2 and 5, and local tags too
   * @param loopback whether it came by the loopback device
   * @param strict whether levels and categories of tag 1 must be ones that the DOI translates
   *     (cipso_rbm_strictvalid)
   */
  public @Nullable CipsoFault validate(@Nullable DoiTable dois, boolean loopback, boolean strict) {
    if (length < MIN_LENGTH) {
      return fault(CipsoFault.OPTION_TOO_SHORT, 1);
    }
    int number = doi();
    Doi doi = dois == null ? null : dois.find(number);
    if (number == 0 || dois != null && doi == null) {
      return fault(CipsoFault.DOI_UNKNOWN, 2);
    }
    int at = HEADER;
    while (at < length) {
      int type = octet(at);
      if (doi != null && !doi.lists(type)) {
        return fault(known(type) ? CipsoFault.TAG_NOT_IN_DOI : CipsoFault.TAG_UNKNOWN, at);
      }
      if (doi == null && !known(type)) {
        return fault(CipsoFault.TAG_UNKNOWN, at);
      }
      if (at + 1 == length) {
        return fault(CipsoFault.TAG_CUT, at);
      }
      int size = octet(at + 1);
      if (size > length - at) {
        return fault(CipsoFault.TAG_TOO_LONG, at + 1);
      }
      CipsoFault fault =
          type == LOCAL ? checkLocal(at, size, loopback) : checkTag(doi, type, at, size, strict);
      if (fault != null) {
        return fault;
      }
      at += size;
    }
    return null;
  }

  private static boolean known(int type) {
    return type == BITMAP || type == ENUMERATED || type == RANGED || type == LOCAL;
  }

  private @Nullable CipsoFault checkLocal(int at, int size, boolean loopback) {
    if (!loopback) {
      return fault(CipsoFault.LOCAL_NOT_ON_LOOPBACK, at);
    }
    return size == LOCAL_TAG ? null : fault(CipsoFault.LOCAL_LENGTH, at + 1);
  }

  private @Nullable CipsoFault checkTag(
      @Nullable Doi doi, int type, int at, int size, boolean strict) {
    if (!known(type)) {
      return fault(CipsoFault.TAG_UNKNOWN, at);
    }
    if (size < TAG_HEADER) {
      return fault(CipsoFault.TAG_TOO_SHORT, at + 1);
    }
    if (doi != null && (strict || type != BITMAP) && doi.localLevel(octet(at + 3)) < 0) {
      return fault(CipsoFault.LEVEL_UNMAPPED, at + 3);
    }
    CipsoFault fault =
        switch (type) {
          case BITMAP -> strict && !translates(doi, at, size) ? CipsoFault.CATEGORY_UNMAPPED : null;
          case ENUMERATED -> size % 2 != 0 ? CipsoFault.CATEGORIES_CUT : ascends(at, size);
          default -> size % 2 != 0 ? CipsoFault.CATEGORIES_CUT : descends(at, size);
        };
    return fault == null ? null : fault(fault, at + TAG_HEADER);
  }

  private boolean translates(@Nullable Doi doi, int at, int size) {
    if (doi == null || doi.translated() == null) {
      return true;
    }
    int bits = (size - TAG_HEADER) * 8;
    for (int bit = 0; bit < bits; bit++) {
      if (bitSet(at, bit) && doi.localCategory(bit) < 0) {
        return false;
      }
    }
    return true;
  }

  private boolean bitSet(int tag, int bit) {
    return (octet(tag + TAG_HEADER + bit / 8) & 0x80 >>> bit % 8) != 0;
  }

  private @Nullable CipsoFault ascends(int tag, int size) {
    int last = -1;
    for (int at = tag + TAG_HEADER; at < tag + size; at += 2) {
      int category = word(at);
      if (category <= last) {
        return CipsoFault.CATEGORIES_NOT_ASCENDING;
      }
      last = category;
    }
    return null;
  }

  /** As the kernel, high ends below the low end of their own range get by: they say nothing. */
  private @Nullable CipsoFault descends(int tag, int size) {
    int last = CategorySet.MAX;
    for (int at = tag + TAG_HEADER; at < tag + size; at += 4) {
      if (word(at) > last) {
        return CipsoFault.RANGES_NOT_DESCENDING;
      }
      last = at + 4 <= tag + size ? word(at + 2) : 0;
    }
    return null;
  }

  private int octet(int offset) {
    return buffer.getUnsignedByte(start + offset);
  }

  private int word(int offset) {
    return buffer.getUnsignedShort(start + offset);
  }

  private CipsoFault fault(CipsoFault fault, int at) {
    pointer = at;
    return fault;
  }

  /**
   * Where the octet stands that the last fault is about, from the option's first; an ICMP Parameter
   * Problem points there.
   */
  public int pointer() {
    return pointer;
  }

  /** The absolute index of the option. */
  public int start() {
    return start;
  }

  /** Bytes of the option, 2 to 40, padding after it not included. */
  public int length() {
    return length;
  }

  /** The domain of interpretation, 32 bits; 0 if it is cut off. */
  public int doi() {
    return length < HEADER ? 0 : buffer.getInt(start + 2);
  }

  /** The type of the first tag; -1 if there is none. */
  public int tagType() {
    return length > HEADER ? octet(HEADER) : -1;
  }

  /** How many bytes of the first tag are there. */
  private int tagLength() {
    return length < MIN_LENGTH ? 0 : Math.min(octet(HEADER + 1), length - HEADER);
  }

  /** The level of the first tag as on the wire, or -1 if it has none. */
  public int level() {
    int type = tagType();
    boolean has = type == BITMAP || type == ENUMERATED || type == RANGED || type == PERMISSIVE;
    return has && tagLength() >= TAG_HEADER ? octet(HEADER + 3) : -1;
  }

  /** The SID of a local first tag, or 0. The machine's order is taken for little-endian. */
  public int sid() {
    return tagType() == LOCAL && tagLength() >= LOCAL_TAG ? buffer.getIntLE(start + HEADER + 2) : 0;
  }

  /** The categories of the first tag as on the wire. */
  public CategorySet categories() {
    BitSet categories = new BitSet();
    int end = HEADER + tagLength();
    switch (tagType()) {
      case BITMAP, PERMISSIVE -> {
        for (int bit = 0; bit < (end - HEADER - TAG_HEADER) * 8; bit++) {
          categories.set(bit, bitSet(HEADER, bit));
        }
      }
      case ENUMERATED -> {
        for (int at = HEADER + TAG_HEADER; at + 2 <= end; at += 2) {
          categories.set(word(at));
        }
      }
      case RANGED -> {
        for (int at = HEADER + TAG_HEADER; at + 2 <= end; at += 4) {
          int low = at + 4 <= end ? word(at + 2) : 0;
          if (low <= word(at)) {
            categories.set(low, word(at) + 1);
          }
        }
      }
      default -> {}
    }
    return CategorySet.of(categories);
  }

  /**
   * The level and categories of the first tag as the DOI reads them (cipso_v4_getattr); null if it
   * does not: a tag without a level, or numbers that are not translated.
   */
  public @Nullable MlsLevel label(Doi doi) {
    int type = tagType();
    if (type != BITMAP && type != ENUMERATED && type != RANGED || level() < 0) {
      return null;
    }
    int level = doi.localLevel(level());
    if (level < 0) {
      return null;
    }
    CategorySet remote = categories();
    if (doi.translated() == null) {
      return new MlsLevel(level, remote);
    }
    BitSet categories = new BitSet();
    for (int c = remote.next(0); c >= 0; c = remote.next(c + 1)) {
      int local = doi.localCategory(c);
      if (local < 0) {
        return null;
      }
      categories.set(local);
    }
    return new MlsLevel(level, CategorySet.of(categories));
  }
}
