package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.packet.Errno;

/**
 * The CALIPSO option (RFC 5570) of an IPv6 hop-by-hop header, type 7, 2 bytes after a multiple of
 * 4. The kernel checks it as {@link #validate} does and drops a packet with a bad one without a
 * word.
 *
 * <pre>
 *   | 7 | length | DOI, 4 bytes | words | level | CRC, low byte first | compartments, 4 x words |
 * </pre>
 */
public final class CalipsoOption {
  public static final int TYPE = 7;

  /** All but the compartments. */
  public static final int HEADER = 10;

  /** What the length octet says without compartments. */
  static final int MIN_BODY = 8;

  /** The most compartments that fit: 244 bytes. */
  public static final int MAX_COMPARTMENTS = 1952;

  /** Bytes of padding before the option, by the offset modulo 4 at which it could begin. */
  static final int[] LEAD = {2, 1, 0, 3};

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int length;

  /** Takes the option at an absolute index, of which {@code available} bytes are there. */
  public void wrap(ByteBuf data, int index, int available) {
    buffer = data;
    start = index;
    int size = available < 2 ? available : data.getUnsignedByte(index + 1) + 2;
    length = Math.min(size, available);
  }

  /**
   * What is wrong with it, or null (ipv6_hop_calipso and calipso_validate).
   *
   * @param dois the DOIs that are known; null to take any but 0
   */
  public @Nullable CalipsoFault validate(@Nullable CalipsoDois dois) {
    if (length < 2 || buffer.getUnsignedByte(start + 1) + 2 > length) {
      return CalipsoFault.TRUNCATED;
    }
    if (length < HEADER) {
      return CalipsoFault.TOO_SHORT;
    }
    if (words() * 4 + HEADER > length) {
      return CalipsoFault.COMPARTMENTS_CUT;
    }
    if (crc(buffer, start, length) != buffer.getUnsignedShortLE(start + 8)) {
      return CalipsoFault.BAD_CRC;
    }
    return doi() == 0 || dois != null && !dois.has(doi()) ? CalipsoFault.DOI_UNKNOWN : null;
  }

  private int words() {
    return buffer.getUnsignedByte(start + 6);
  }

  /** The absolute index of the option. */
  public int start() {
    return start;
  }

  /** Bytes of the option, type and length included. */
  public int length() {
    return length;
  }

  /** The domain of interpretation, 32 bits; 0 if it is cut off. */
  public int doi() {
    return length < 6 ? 0 : buffer.getInt(start + 2);
  }

  /** The level, or -1 if it is cut off. */
  public int level() {
    return length < 8 ? -1 : buffer.getUnsignedByte(start + 7);
  }

  /** The compartments, as far as they are there. */
  public CategorySet categories() {
    BitSet categories = new BitSet();
    if (length >= HEADER) {
      int bits = Math.min(words() * 4, length - HEADER) * 8;
      for (int bit = 0; bit < bits; bit++) {
        int octet = buffer.getUnsignedByte(start + HEADER + bit / 8);
        categories.set(bit, (octet & 0x80 >>> bit % 8) != 0);
      }
    }
    return CategorySet.of(categories);
  }

  /** Whether it says a level and nothing else. */
  boolean levelOnly() {
    return words() == 0;
  }

  /** CRC-16/X-25 over an option whose CRC counts as 0. */
  static int crc(ByteBuf data, int from, int length) {
    int crc = 0xffff;
    for (int i = 0; i < length; i++) {
      crc ^= i == 8 || i == 9 ? 0 : data.getUnsignedByte(from + i);
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x8408 : crc >>> 1;
      }
    }
    return ~crc & 0xffff;
  }

  /**
   * Encodes a label (calipso_genopt): EPERM if it has no level, ENOSPC if a category does not fit.
   * Of a level of more than 8 bits the low 8 are sent, as Linux does.
   */
  public static Labeling encode(int doi, @Nullable MlsLevel level) {
    if (level == null) {
      return Labeling.refuse(Errno.EPERM);
    }
    CategorySet categories = level.categories();
    if (categories.highest() >= MAX_COMPARTMENTS) {
      return Labeling.refuse(Errno.ENOSPC);
    }
    int words = (categories.highest() + 32) / 32;
    byte[] bytes = new byte[HEADER + words * 4];
    ByteBuf out = Unpooled.wrappedBuffer(bytes);
    out.setByte(0, TYPE);
    out.setByte(1, bytes.length - 2);
    out.setInt(2, doi);
    out.setByte(6, words);
    out.setByte(7, level.sensitivity());
    for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
      bytes[HEADER + c / 8] |= (byte) (0x80 >>> c % 8);
    }
    out.setShortLE(8, crc(out, 0, bytes.length));
    return new Labeling.Attach(new LabelOption(true, doi, bytes));
  }
}
