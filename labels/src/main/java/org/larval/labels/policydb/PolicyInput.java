package org.larval.labels.policydb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.larval.labels.CategorySet;

/**
 * The bytes of a policy, read from front to back. Nothing is allocated for a count before it is
 * certain that so many records can be there, and all bitmaps together have a limit, since a few
 * bytes can ask for a long one.
 */
final class PolicyInput {
  /** The highest value that a table may have: what 16 bits in the rules can say. */
  static final int MAX_VALUE = 65535;

  /** What all bitmaps together may take, in words of 64 bits: 64 MiB. */
  static final int MAX_BITMAP_WORDS = 1 << 23;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final String file;
  private final byte[] bytes;
  private PolicySection section = PolicySection.HEADER;
  private int at;

  /** Where the field read last began. */
  private int field;

  private int bitmapWords;

  PolicyInput(String file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  void enter(PolicySection next) {
    section = next;
    field = at;
  }

  PolicySection section() {
    return section;
  }

  /** Where the next field begins. */
  int offset() {
    return at;
  }

  int remaining() {
    return bytes.length - at;
  }

  /** An error in the field read last. */
  PolicyFileException wrong(String problem) {
    return wrongAt(field, problem);
  }

  /** An error in a section left already, which only shows now. */
  PolicyFileException wrongIn(PolicySection earlier, int offset, String problem) {
    return new PolicyFileException(file, offset, earlier, problem);
  }

  /** An error at another place of this section. */
  PolicyFileException wrongAt(int offset, String problem) {
    return new PolicyFileException(file, offset, section, problem);
  }

  private void need(int length, String what) throws PolicyFileException {
    field = at;
    if (length > bytes.length - at) {
      throw wrong(
          "the file ends within "
              + what
              + ": "
              + length
              + " bytes expected, "
              + remaining()
              + " left");
    }
  }

  int u8(String what) throws PolicyFileException {
    need(1, what);
    return bytes[at++] & 0xff;
  }

  int u16(String what) throws PolicyFileException {
    need(2, what);
    int value = bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
    at += 2;
    return value;
  }

  /** What stands at a place that was read already. */
  int u16At(int offset) {
    return bytes[offset] & 0xff | (bytes[offset + 1] & 0xff) << 8;
  }

  /** All 32 bits; those of 2^31 and above come out negative. */
  int u32(String what) throws PolicyFileException {
    need(4, what);
    int value = (int) INT.get(bytes, at);
    at += 4;
    return value;
  }

  private long u64(String what) throws PolicyFileException {
    need(8, what);
    long value = (long) LONG.get(bytes, at);
    at += 8;
    return value;
  }

  /** A number in a range. */
  int number(String what, int low, int high) throws PolicyFileException {
    int value = u32(what);
    if (value < low || value > high) {
      throw wrong(
          what + " is " + Integer.toUnsignedString(value) + ", not in " + low + ".." + high);
    }
    return value;
  }

  /** How many records follow, each of at least so many bytes. */
  int count(String what, int recordBytes) throws PolicyFileException {
    int count = u32("the number of " + what);
    if (count < 0 || count > remaining() / recordBytes) {
      throw wrong(
          Integer.toUnsignedString(count)
              + " "
              + what
              + " do not fit into the "
              + remaining()
              + " bytes left");
    }
    return count;
  }

  /** The length of a string that is not empty. */
  int length(String what) throws PolicyFileException {
    int length = count("bytes of " + what, 1);
    if (length == 0) {
      throw wrong(what + " is empty");
    }
    return length;
  }

  /** A name: printable ASCII without blanks. */
  String name(int length, String what) throws PolicyFileException {
    return text(length, what, 0x21, 0x7e);
  }

  /** A path or file name, in which only the byte 0 is impossible; one character per byte. */
  String path(int length, String what) throws PolicyFileException {
    return text(length, what, 1, 0xff);
  }

  private String text(int length, String what, int low, int high) throws PolicyFileException {
    need(length, what);
    for (int i = at; i < at + length; i++) {
      int b = bytes[i] & 0xff;
      if (b < low || b > high) {
        field = i;
        throw wrong("byte " + "0x%02x".formatted(b) + " in " + what);
      }
    }
    String text = new String(bytes, at, length, StandardCharsets.ISO_8859_1);
    at += length;
    return text;
  }

  byte[] raw(int length, String what) throws PolicyFileException {
    need(length, what);
    byte[] raw = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return raw;
  }

  /** A value of a table that is read already. */
  int value(NameTable table, String what) throws PolicyFileException {
    return existing(u32(what), table, what);
  }

  /** A value of a table, or 0 for none. */
  int valueOrNone(NameTable table, String what) throws PolicyFileException {
    int value = u32(what);
    return value == 0 ? 0 : existing(value, table, what);
  }

  /** Checks a value just read. */
  int existing(int value, NameTable table, String what) throws PolicyFileException {
    if (!table.has(value)) {
      throw wrong(what + " " + Integer.toUnsignedString(value) + " does not exist");
    }
    return value;
  }

  /** A bitmap. */
  ValueSet bitmap(String what) throws PolicyFileException {
    int start = at;
    int base = 0;
    long[] words = ValueSet.EMPTY.words();
    int mapSize = u32(what);
    if (mapSize != 64) {
      throw wrong(what + ": the word size is " + Integer.toUnsignedString(mapSize) + ", not 64");
    }
    int high = u32(what);
    if (high < 0 || high > MAX_VALUE + 1 || (high & 63) != 0) {
      throw wrong(
          what
              + ": the highest bit "
              + Integer.toUnsignedString(high)
              + " is no multiple of 64 up to "
              + (MAX_VALUE + 1));
    }
    int count = count("words of " + what, 12);
    if (high > 0 && count == 0) {
      throw wrong(what + " has no words although its highest bit is " + high);
    }
    int last = -64;
    for (int i = 0; i < count; i++) {
      int bit = u32(what);
      if (bit <= last || (bit & 63) != 0 || bit > high - 64) {
        throw wrong(
            what
                + ": a word begins at bit "
                + Integer.toUnsignedString(bit)
                + " after "
                + last
                + " of "
                + high);
      }
      if (i == 0) {
        base = bit >> 6;
        words = new long[charge((high >> 6) - base, what)];
      }
      long bits = u64(what);
      if (bits == 0) {
        throw wrong(what + " keeps a word without bits");
      }
      words[(bit >> 6) - base] = bits;
      last = bit;
    }
    if (last + 64 != high && high != 0) {
      throw wrongAt(start, what + " ends at bit " + (last + 64) + ", not " + high);
    }
    return count == 0 ? ValueSet.EMPTY : new ValueSet(base, words);
  }

  /** A bitmap whose values, which count from 1, must be within the limit of a table. */
  ValueSet values(NameTable table, String what) throws PolicyFileException {
    int start = at;
    ValueSet set = bitmap(what);
    if (set.highest() > table.limit()) {
      throw wrongAt(start, what + " has the value " + set.highest() + " above " + table.limit());
    }
    return set;
  }

  /** A bitmap of categories; their values minus one are the numbers in the set. */
  CategorySet categories(String what) throws PolicyFileException {
    ValueSet set = bitmap(what);
    if (set.isEmpty()) {
      return CategorySet.EMPTY;
    }
    long[] words = new long[charge(set.base() + set.words().length, what)];
    System.arraycopy(set.words(), 0, words, set.base(), set.words().length);
    return CategorySet.of(words);
  }

  /** Books words of bitmaps. */
  int charge(int words, String what) throws PolicyFileException {
    bitmapWords += words;
    if (bitmapWords > MAX_BITMAP_WORDS) {
      throw wrong(what + ": all bitmaps together take more than " + MAX_BITMAP_WORDS + " words");
    }
    return words;
  }

  void end() throws PolicyFileException {
    enter(PolicySection.END);
    if (remaining() > 0) {
      throw wrong(remaining() + " bytes are left over");
    }
  }
}
