package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;

/**
 * The CIPSO option of IPv4, type 134. {@code wrap} checks every length and every tag of a known
 * type; after a null no getter can fail. Tags of unknown types are stepped over here and refused by
 * the {@link Doi}.
 *
 * <pre>
 *   | 134 | length | DOI, 4 bytes | tag | tag ... |
 * </pre>
 *
 * <p>Linux sends one tag and takes the label from the first; so do we. A range whose high end is
 * below its low end counts as not descending, where Linux takes it as no categories at all.
 */
public final class CipsoOption {
  public static final int TYPE = 134;

  /** Type, length and DOI. */
  public static final int HEADER = 6;

  public static final int MIN_LENGTH = 8;
  public static final int MAX_LENGTH = 40;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int length;
  private int pointer;

  /**
   * Takes the option at an absolute index, of which at most {@code available} bytes are there; null
   * if it is well formed.
   */
  public @Nullable CipsoFault wrap(ByteBuf data, int index, int available) {
    buffer = data;
    start = index;
    length = 0;
    if (available < 2) {
      return fault(CipsoFault.TRUNCATED, 0);
    }
    if (data.getUnsignedByte(index) != TYPE) {
      return fault(CipsoFault.NOT_CIPSO, 0);
    }
    int size = data.getUnsignedByte(index + 1);
    if (size < MIN_LENGTH) {
      return fault(CipsoFault.OPTION_TOO_SHORT, 1);
    }
    if (size > MAX_LENGTH) {
      return fault(CipsoFault.OPTION_TOO_LONG, 1);
    }
    if (size > available) {
      return fault(CipsoFault.TRUNCATED, 0);
    }
    if (data.getInt(index + 2) == 0) {
      return fault(CipsoFault.DOI_ZERO, 2);
    }
    length = size;
    return checkTags(data);
  }

  private @Nullable CipsoFault checkTags(ByteBuf data) {
    for (int at = HEADER; at < length; at += data.getUnsignedByte(start + at + 1)) {
      if (at + 1 == length) {
        return fault(CipsoFault.TAG_TRUNCATED, at);
      }
      int size = data.getUnsignedByte(start + at + 1);
      if (size > length - at) {
        return fault(CipsoFault.TAG_TRUNCATED, at + 1);
      }
      int type = data.getUnsignedByte(start + at);
      if (size < minLength(type)) {
        return fault(CipsoFault.TAG_TOO_SHORT, at + 1);
      }
      CipsoFault fault = checkBody(data, type, at, size);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static int minLength(int type) {
    return switch (type) {
      case CipsoTag.BITMAP, CipsoTag.ENUMERATED, CipsoTag.RANGED -> CipsoTag.HEADER;
      default -> 2;
    };
  }

  private @Nullable CipsoFault checkBody(ByteBuf data, int type, int at, int size) {
    int from = start + at + CipsoTag.HEADER;
    int end = start + at + size;
    switch (type) {
      case CipsoTag.ENUMERATED -> {
        if (size % 2 != 0) {
          return fault(CipsoFault.CATEGORIES_CUT, at + CipsoTag.HEADER);
        }
        if (!ascends(data, from, end)) {
          return fault(CipsoFault.CATEGORIES_NOT_ASCENDING, at + CipsoTag.HEADER);
        }
      }
      case CipsoTag.RANGED -> {
        if (size % 2 != 0) {
          return fault(CipsoFault.CATEGORIES_CUT, at + CipsoTag.HEADER);
        }
        if (!descends(data, from, end)) {
          return fault(CipsoFault.RANGES_NOT_DESCENDING, at + CipsoTag.HEADER);
        }
      }
      case CipsoTag.LOCAL -> {
        if (size != CipsoTag.Local.LENGTH) {
          return fault(CipsoFault.LOCAL_LENGTH, at + 1);
        }
      }
      default -> {}
    }
    return null;
  }

  private static boolean ascends(ByteBuf data, int from, int end) {
    int last = -1;
    for (int at = from; at < end; at += 2) {
      int category = data.getUnsignedShort(at);
      if (category <= last) {
        return false;
      }
      last = category;
    }
    return true;
  }

  private static boolean descends(ByteBuf data, int from, int end) {
    int last = CategorySet.MAX;
    for (int at = from; at < end; at += 2) {
      int category = data.getUnsignedShort(at);
      if (category > last) {
        return false;
      }
      last = category;
    }
    return true;
  }

  private CipsoFault fault(CipsoFault fault, int at) {
    pointer = at;
    return fault;
  }

  /**
   * Where the octet stands that the last fault is about, from the option's first; an ICMP Parameter
   * Problem points there (cipso_v4_validate). 0 for a truncated option.
   */
  public int pointer() {
    return pointer;
  }

  /** Bytes of the option, 8 to 40, padding after it not included. */
  public int length() {
    return length;
  }

  /** The domain of interpretation, 32 bits, not 0. */
  public int doi() {
    return buffer.getInt(start + 2);
  }

  /** The type of the first tag. */
  public int tagType() {
    return buffer.getUnsignedByte(start + HEADER);
  }

  /** The first tag as a value, or null if its type is not known. */
  public @Nullable CipsoTag tag() {
    int type = tagType();
    int from = start + HEADER + CipsoTag.HEADER;
    int end = start + HEADER + buffer.getUnsignedByte(start + HEADER + 1);
    return switch (type) {
      case CipsoTag.BITMAP -> new CipsoTag.Bitmap(level(), bitmap(from, end));
      case CipsoTag.ENUMERATED -> new CipsoTag.Enumerated(level(), enumeration(from, end));
      case CipsoTag.RANGED -> new CipsoTag.Ranged(level(), ranges(from, end));
      case CipsoTag.LOCAL -> new CipsoTag.Local(buffer.getIntLE(start + HEADER + 2));
      default -> null;
    };
  }

  private int level() {
    return buffer.getUnsignedByte(start + HEADER + 3);
  }

  private CategorySet bitmap(int from, int end) {
    BitSet categories = new BitSet();
    for (int bit = 0; bit < (end - from) * 8; bit++) {
      if ((buffer.getByte(from + bit / 8) & 0x80 >>> bit % 8) != 0) {
        categories.set(bit);
      }
    }
    return CategorySet.of(categories);
  }

  private CategorySet enumeration(int from, int end) {
    BitSet categories = new BitSet();
    for (int at = from; at < end; at += 2) {
      categories.set(buffer.getUnsignedShort(at));
    }
    return CategorySet.of(categories);
  }

  private CategorySet ranges(int from, int end) {
    BitSet categories = new BitSet();
    for (int at = from; at < end; at += 4) {
      int low = at + 2 < end ? buffer.getUnsignedShort(at + 2) : 0;
      categories.set(low, buffer.getUnsignedShort(at) + 1);
    }
    return CategorySet.of(categories);
  }

  /** The type of the tag at an offset from the option's first octet; -1 after the last tag. */
  int tagAt(int offset) {
    return offset < length ? buffer.getUnsignedByte(start + offset) : -1;
  }

  /** Where the tag after the one at {@code offset} begins, from the option's first octet. */
  int afterTag(int offset) {
    return offset + buffer.getUnsignedByte(start + offset + 1);
  }

  /** Refuses a well-formed option for a reason of the DOI's. */
  CipsoFault refuse(CipsoFault fault, int at) {
    return fault(fault, at);
  }

  /**
   * Writes an option with one tag at an absolute index, and zeros up to a multiple of 4 bytes.
   *
   * @param doi not 0
   * @return the bytes written, 8 to 40
   */
  public static int emit(ByteBuf out, int index, int doi, CipsoTag tag) {
    int size = HEADER + tag.length();
    int padded = size + 3 & ~3;
    out.setByte(index, TYPE);
    out.setByte(index + 1, size);
    out.setInt(index + 2, doi);
    tag.emit(out, index + HEADER);
    out.setZero(index + size, padded - size);
    return padded;
  }
}
