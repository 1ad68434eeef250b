package org.larval.pcap;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.pcap.Uat.Row;
import org.larval.wire.IpAddress;

/**
 * Wireshark's table of ESP SAs, {@code esp_sa} in a Wireshark profile, which {@link EspKeyFile}
 * writes. Addresses and SPIs may have asterisks: alone for any, for an octet of an IPv4 address,
 * for digits of a group or for a group of an IPv6 address, for digits of an SPI.
 */
public final class EspKeyTable {
  /**
   * An SA, or several by wildcards.
   *
   * @param line where it stands, from 1
   * @param source what its packets come from
   * @param target where they go
   * @param spi in lower case
   * @param key with what stands behind it, such as a salt
   * @param extended 64-bit sequence numbers, as newer tables can say
   * @param high the upper 32 bits of those
   */
  @SuppressWarnings("ArrayRecordComponent") // keys, compared by nobody
  public record Entry(
      int line,
      boolean v6,
      String source,
      String target,
      String spi,
      EspEncryption encryption,
      byte[] key,
      EspAuthentication authentication,
      byte[] authenticationKey,
      boolean extended,
      int high) {
    /** Whether a packet may be one of this SA. */
    public boolean fits(IpAddress from, IpAddress to, int number) {
      return from.v6() == v6
          && spiFits(spi, number)
          && addressFits(source, from)
          && addressFits(target, to);
    }

    /** Never a key. */
    @Override
    public String toString() {
      return "line " + line + ": " + encryption.label() + ", " + authentication.label();
    }
  }

  private EspKeyTable() {}

  /**
   * Reads a table.
   *
   * @throws UatException at the first line that cannot be understood
   */
  public static List<Entry> parse(String text) throws UatException {
    List<Entry> entries = new ArrayList<>();
    for (Row row : Uat.rows(text)) {
      if (row.fields().size() < 8) {
        throw new UatException(row.line(), row.fields().size() + " fields, expected 8 or 10");
      }
      boolean v6 = row.field(0).equalsIgnoreCase("IPv6");
      if (!v6 && !row.field(0).equalsIgnoreCase("IPv4")) {
        throw new UatException(row.line(), "'" + row.field(0) + "' is neither IPv4 nor IPv6");
      }
      EspEncryption encryption = EspEncryption.of(row.field(4));
      if (encryption == null) {
        throw new UatException(row.line(), "encryption '" + row.field(4) + "' is not known");
      }
      EspAuthentication authentication = EspAuthentication.of(row.field(6));
      if (authentication == null) {
        throw new UatException(row.line(), "authentication '" + row.field(6) + "' is not known");
      }
      entries.add(
          new Entry(
              row.line(),
              v6,
              address(row, 1, v6),
              address(row, 2, v6),
              spi(row),
              encryption,
              Uat.key(row, 5, "the encryption key"),
              authentication,
              Uat.key(row, 7, "the authentication key"),
              row.field(8).contains("64"),
              high(row)));
    }
    return entries;
  }

  private static int high(Row row) throws UatException {
    String text = row.field(9);
    try {
      return text.isEmpty() ? 0 : (int) (long) Long.decode(text);
    } catch (NumberFormatException problem) {
      throw new UatException(row.line(), "'" + text + "' is no number");
    }
  }

  private static String spi(Row row) throws UatException {
    String text = row.field(3).toLowerCase(Locale.ROOT);
    if (text.contains("*")) {
      return text;
    }
    try {
      long value = Long.decode(text);
      if (value < 0 || value > 0xffff_ffffL) {
        throw new UatException(row.line(), "SPI " + text + " has more than 32 bits");
      }
      return "0x" + HexFormat.of().toHexDigits((int) value);
    } catch (NumberFormatException problem) {
      throw new UatException(row.line(), "'" + row.field(3) + "' is no SPI");
    }
  }

  private static String address(Row row, int index, boolean v6) throws UatException {
    String text = row.field(index).toLowerCase(Locale.ROOT);
    if (text.equals("*")) {
      return text;
    }
    String digits = v6 ? digits6(text) : digits4(text);
    if (digits == null) {
      throw new UatException(row.line(), "'" + row.field(index) + "' is no address");
    }
    return digits;
  }

  private static @Nullable String digits4(String text) {
    String[] parts = text.split("\\.", -1);
    StringBuilder digits = new StringBuilder();
    for (String part : parts) {
      if (part.equals("*")) {
        digits.append("**");
      } else if (part.matches("[0-9]{1,3}") && Integer.parseInt(part) < 256) {
        digits.append(HexFormat.of().toHexDigits((byte) Integer.parseInt(part)));
      } else {
        return null;
      }
    }
    return parts.length == 4 ? digits.toString() : null;
  }

  private static @Nullable String digits6(String text) {
    int gap = text.indexOf("::");
    String head = groups(gap < 0 ? text : text.substring(0, gap));
    String tail = gap < 0 ? "" : groups(text.substring(gap + 2));
    int zeroes = 32 - head.length() - tail.length();
    boolean fits = gap < 0 ? zeroes == 0 : zeroes >= 0;
    String digits = head + "0".repeat(Math.max(zeroes, 0)) + tail;
    return fits && digits.matches("[0-9a-f*]{32}") ? digits : null;
  }

  private static String groups(String text) {
    StringBuilder digits = new StringBuilder();
    for (String group : text.isEmpty() ? new String[0] : text.split(":", -1)) {
      boolean any = group.equals("*");
      digits.append(any ? "****" : "0".repeat(Math.max(0, 4 - group.length())) + group);
      if (group.isEmpty() || group.length() > 4) {
        digits.append('?');
      }
    }
    return digits.toString();
  }

  private static boolean spiFits(String pattern, int spi) {
    return pattern.equals("*") || fits(pattern, "0x" + HexFormat.of().toHexDigits(spi));
  }

  private static boolean addressFits(String pattern, IpAddress address) {
    HexFormat hex = HexFormat.of();
    return pattern.equals("*")
        || fits(
            pattern,
            address.v6()
                ? hex.toHexDigits(address.high()) + hex.toHexDigits(address.low())
                : hex.toHexDigits(address.v4Bits()));
  }

  private static boolean fits(String pattern, String digits) {
    if (pattern.length() != digits.length()) {
      return false;
    }
    for (int i = 0; i < digits.length(); i++) {
      if (pattern.charAt(i) != '*' && pattern.charAt(i) != digits.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
