package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import org.larval.labels.CategorySet;

/**
 * One tag of a CIPSO option: type, length, and for all but {@link Local} an alignment octet of 0, a
 * level and categories in one of three ways.
 *
 * <pre>
 *   | type | length | 0 | level | categories ... |
 * </pre>
 */
public sealed interface CipsoTag {
  /** Restricted bitmap. */
  int BITMAP = 1;

  /** Enumerated categories. */
  int ENUMERATED = 2;

  /** Ranges of categories. */
  int RANGED = 5;

  /** A number that means something on this machine only. */
  int LOCAL = 128;

  /** Type, length, alignment octet and level. */
  int HEADER = 4;

  /** The most bytes of categories that an option of 40 bytes has room for. */
  int MAX_CATEGORY_BYTES = 30;

  /** The highest level that the level octet can say. */
  int MAX_LEVEL = 255;

  /** The highest category that may be sent as 16 bits (CIPSO_V4_MAX_REM_CATS). */
  int MAX_REMOTE_CATEGORY = 65534;

  /** The type octet. */
  int type();

  /** Bytes of the whole tag, 4 to 34. */
  int length();

  /** Writes the tag of {@link #length()} bytes at an absolute index. */
  void emit(ByteBuf out, int index);

  /**
   * Tag type 1: category n is bit {@code 0x80 >> n % 8} of byte n / 8; no more bytes than needed.
   *
   * @param level 0 to 255
   * @param categories none above 239
   */
  record Bitmap(int level, CategorySet categories) implements CipsoTag {
    /** The highest category that fits. */
    public static final int MAX_CATEGORY = MAX_CATEGORY_BYTES * 8 - 1;

    /** Checks the limits. */
    public Bitmap {
      check(level, fits(categories), categories);
    }

    /** Whether a tag of this type may be sent with the categories. */
    public static boolean fits(CategorySet categories) {
      return categories.highest() <= MAX_CATEGORY;
    }

    @Override
    public int type() {
      return BITMAP;
    }

    @Override
    public int length() {
      return HEADER + (categories.highest() + 8) / 8;
    }

    @Override
    public void emit(ByteBuf out, int index) {
      emitHeader(out, index, this, level);
      out.setZero(index + HEADER, length() - HEADER);
      for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
        int at = index + HEADER + c / 8;
        out.setByte(at, out.getByte(at) | 0x80 >>> c % 8);
      }
    }
  }

  /**
   * Tag type 2: every category as 16 bits, ascending.
   *
   * @param level 0 to 255
   * @param categories at most 15; 65535 may be received but not sent
   */
  record Enumerated(int level, CategorySet categories) implements CipsoTag {
    /** How many categories fit. */
    public static final int MAX_CATEGORIES = MAX_CATEGORY_BYTES / 2;

    /** Checks the limits. */
    public Enumerated {
      check(level, categories.size() <= MAX_CATEGORIES, categories);
    }

    /** Whether a tag of this type may be sent with the categories. */
    public static boolean fits(CategorySet categories) {
      return categories.size() <= MAX_CATEGORIES && categories.highest() <= MAX_REMOTE_CATEGORY;
    }

    @Override
    public int type() {
      return ENUMERATED;
    }

    @Override
    public int length() {
      return HEADER + 2 * categories.size();
    }

    @Override
    public void emit(ByteBuf out, int index) {
      emitHeader(out, index, this, level);
      int at = index + HEADER;
      for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
        out.setShort(at, c);
        at += 2;
      }
    }
  }

  /**
   * Tag type 5: every unbroken run of categories as 16 bits of its highest and 16 of its lowest,
   * the highest run first. If the very last number would be 0 it is left out.
   *
   * @param level 0 to 255
   * @param categories at most 7 runs, or 8 if the lowest begins at 0; 65535 may be received but not
   *     sent
   */
  record Ranged(int level, CategorySet categories) implements CipsoTag {
    /** Checks the limits. */
    public Ranged {
      check(level, bytes(categories) <= MAX_CATEGORY_BYTES, categories);
    }

    /** Whether a tag of this type may be sent with the categories. */
    public static boolean fits(CategorySet categories) {
      return categories.highest() <= MAX_REMOTE_CATEGORY && bytes(categories) <= MAX_CATEGORY_BYTES;
    }

    private static int bytes(CategorySet categories) {
      int bytes = categories.contains(0) ? -2 : 0;
      for (int c = categories.next(0); c >= 0; c = categories.next(categories.runEnd(c) + 1)) {
        bytes += 4;
      }
      return bytes;
    }

    @Override
    public int type() {
      return RANGED;
    }

    @Override
    public int length() {
      return HEADER + bytes(categories);
    }

    @Override
    public void emit(ByteBuf out, int index) {
      emitHeader(out, index, this, level);
      int at = index + length();
      for (int c = categories.next(0); c >= 0; c = categories.next(categories.runEnd(c) + 1)) {
        if (c != 0) {
          at -= 2;
          out.setShort(at, c);
        }
        at -= 2;
        out.setShort(at, categories.runEnd(c));
      }
    }
  }

  /**
   * Tag type 128: the sender's whole label as the number that this machine has for it, in the
   * machine's byte order, which is little endian here. Only on loopback devices.
   *
   * @param sid the label's number
   */
  record Local(int sid) implements CipsoTag {
    /** The only length. */
    public static final int LENGTH = 6;

    @Override
    public int type() {
      return LOCAL;
    }

    @Override
    public int length() {
      return LENGTH;
    }

    @Override
    public void emit(ByteBuf out, int index) {
      out.setByte(index, LOCAL);
      out.setByte(index + 1, LENGTH);
      out.setIntLE(index + 2, sid);
    }
  }

  private static void check(int level, boolean fits, CategorySet categories) {
    if (level < 0 || level > MAX_LEVEL) {
      throw new IllegalArgumentException("level " + level + " is not in 0.." + MAX_LEVEL);
    }
    if (!fits) {
      throw new IllegalArgumentException("categories " + categories + " do not fit the tag");
    }
  }

  private static void emitHeader(ByteBuf out, int index, CipsoTag tag, int level) {
    out.setByte(index, tag.type());
    out.setByte(index + 1, tag.length());
    out.setByte(index + 2, 0);
    out.setByte(index + 3, level);
  }
}
