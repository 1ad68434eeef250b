package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The security options of the US Department of Defense (RFC 1108), which Linux lets pass without
 * looking at them.
 *
 * <pre>
 *   | 130 | length | classification | authorities, 7 bits and "more" in each octet |
 *   | 133 | length | format         | information |
 * </pre>
 */
public sealed interface Ripso {
  /** The Basic Security Option. */
  int BASIC = 130;

  /** The Extended Security Option. */
  int EXTENDED = 133;

  /** Room in an IPv4 header. */
  int MAX_LENGTH = 40;

  /** Bytes of the option. */
  int length();

  /** Writes the option of {@link #length()} bytes at an absolute index. */
  void emit(ByteBuf out, int index);

  /**
   * The classification octets of RFC 1108 table 1, any two of which differ in four bits or more.
   * The reserved ones have a rank and no name.
   */
  enum Classification {
    /** Reserved 1, the lowest. */
    RESERVED_1(0xf1, 0, "Reserved 1"),
    /** Unclassified. */
    UNCLASSIFIED(0xab, 1, "Unclassified"),
    /** Reserved 2. */
    RESERVED_2(0xcc, 2, "Reserved 2"),
    /** Reserved 3. */
    RESERVED_3(0x66, 3, "Reserved 3"),
    /** Confidential. */
    CONFIDENTIAL(0x96, 4, "Confidential"),
    /** Secret. */
    SECRET(0x5a, 5, "Secret"),
    /** Top secret. */
    TOP_SECRET(0x3d, 6, "Top Secret"),
    /** Reserved 4, the highest. */
    RESERVED_4(0x01, 7, "Reserved 4");

    private final int octet;
    private final int rank;
    private final String title;

    Classification(int octet, int rank, String title) {
      this.octet = octet;
      this.rank = rank;
      this.title = title;
    }

    /** The octet on the wire. */
    public int octet() {
      return octet;
    }

    /** The place in the hierarchy, 0 the lowest. */
    public int rank() {
      return rank;
    }

    /** In words. */
    public String title() {
      return title;
    }

    /** That of an octet, or null. */
    public static @Nullable Classification of(int octet) {
      for (Classification level : values()) {
        if (level.octet == octet) {
          return level;
        }
      }
      return null;
    }
  }

  /** Who protects the datagram, by its bit in the first octet of authorities, the highest first. */
  enum Authority {
    /** The Director of the Joint Chiefs of Staff, general services. */
    GENSER,
    /** The Single Integrated Operational Plan. */
    SIOP_ESI,
    /** Sensitive compartmented information, by the Director of Central Intelligence. */
    SCI,
    /** The National Security Agency. */
    NSA,
    /** The Department of Energy. */
    DOE;

    /** As RFC 1108 writes it. */
    public String title() {
      return name().replace('_', '-');
    }
  }

  /**
   * A Basic Security Option.
   *
   * @param classification the octet; one that is not in the table is kept
   * @param authorities bit numbers, 0 the first; bit n is flag n modulo 7 of octet n / 7
   */
  record Basic(int classification, List<Integer> authorities) implements Ripso {
    /** Checks octet and bits. */
    public Basic {
      authorities = List.copyOf(authorities);
      if (classification < 0 || classification > 255) {
        throw new IllegalArgumentException("classification " + classification + " is no octet");
      }
      for (int bit : authorities) {
        if (bit < 0 || bit >= (MAX_LENGTH - 3) * 7) {
          throw new IllegalArgumentException("authority " + bit + " does not fit the option");
        }
      }
    }

    /** The classification, or null for an octet that is not in the table. */
    public @Nullable Classification level() {
      return Classification.of(classification);
    }

    private int octets() {
      int highest = -1;
      for (int bit : authorities) {
        highest = Math.max(highest, bit);
      }
      return (highest + 7) / 7;
    }

    @Override
    public int length() {
      return 3 + octets();
    }

    @Override
    public void emit(ByteBuf out, int index) {
      int octets = octets();
      out.setByte(index, BASIC);
      out.setByte(index + 1, length());
      out.setByte(index + 2, classification);
      for (int i = 0; i < octets; i++) {
        int octet = i + 1 < octets ? 1 : 0;
        for (int bit : authorities) {
          octet |= bit / 7 == i ? 0x80 >>> bit % 7 : 0;
        }
        out.setByte(index + 3 + i, octet);
      }
    }

    @Override
    public String toString() {
      Classification level = level();
      List<String> names = new ArrayList<>();
      for (int bit : authorities) {
        names.add(
            bit < Authority.values().length ? Authority.values()[bit].title() : "authority " + bit);
      }
      return (level == null ? "classification 0x%02x".formatted(classification) : level.title())
          + (names.isEmpty() ? "" : ", " + String.join(" ", names));
    }
  }

  /**
   * An Extended Security Option.
   *
   * @param format the octet that says who defined the rest
   * @param information that rest, in hexadecimal, at most 37 octets
   */
  record Extended(int format, String information) implements Ripso {
    /** Checks the octets. */
    public Extended {
      int octets = HexFormat.of().parseHex(information).length;
      if (format < 0 || format > 255 || octets > MAX_LENGTH - 3) {
        throw new IllegalArgumentException(
            "format " + format + " with " + octets + " octets does not fit the option");
      }
    }

    @Override
    public int length() {
      return 3 + information.length() / 2;
    }

    @Override
    public void emit(ByteBuf out, int index) {
      out.setByte(index, EXTENDED);
      out.setByte(index + 1, length());
      out.setByte(index + 2, format);
      out.setBytes(index + 3, HexFormat.of().parseHex(information));
    }

    @Override
    public String toString() {
      return "format " + format + (information.isEmpty() ? "" : ", " + information);
    }
  }

  /**
   * Reads the option at an absolute index, of which at most {@code available} bytes are there; null
   * if it is none, or malformed: too short, beyond the header, or with authorities that do not end
   * with it.
   */
  static @Nullable Ripso parse(ByteBuf data, int index, int available) {
    int size = available < 3 ? 0 : data.getUnsignedByte(index + 1);
    if (size < 3 || size > Math.min(available, MAX_LENGTH)) {
      return null;
    }
    int octet = data.getUnsignedByte(index + 2);
    return switch (data.getUnsignedByte(index)) {
      case BASIC -> basic(data, index, size, octet);
      case EXTENDED -> {
        byte[] rest = new byte[size - 3];
        data.getBytes(index + 3, rest);
        yield new Extended(octet, HexFormat.of().formatHex(rest));
      }
      default -> null;
    };
  }

  private static @Nullable Ripso basic(ByteBuf data, int index, int size, int classification) {
    List<Integer> authorities = new ArrayList<>();
    for (int i = 3; i < size; i++) {
      int octet = data.getUnsignedByte(index + i);
      for (int bit = 0; bit < 7; bit++) {
        if ((octet & 0x80 >>> bit) != 0) {
          authorities.add((i - 3) * 7 + bit);
        }
      }
      if (((octet & 1) == 0) != (i + 1 == size)) {
        return null;
      }
    }
    return new Basic(classification, authorities);
  }
}
