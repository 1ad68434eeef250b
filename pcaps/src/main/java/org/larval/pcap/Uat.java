package org.larval.pcap;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The form of Wireshark's tables ("user accessible tables"): a record a line, fields with commas
 * between them, those in quotes with {@code \xNN} for what would not print, comments behind #.
 */
final class Uat {
  /** A record. */
  record Row(int line, List<String> fields) {
    String field(int index) {
      return index < fields.size() ? fields.get(index) : "";
    }
  }

  private Uat() {}

  static List<Row> rows(String text) throws UatException {
    List<Row> rows = new ArrayList<>();
    String[] lines = text.split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      List<String> fields = fields(lines[i], i + 1);
      if (!fields.isEmpty()) {
        rows.add(new Row(i + 1, fields));
      }
    }
    return rows;
  }

  private static List<String> fields(String line, int number) throws UatException {
    List<String> fields = new ArrayList<>();
    int at = blanks(line, 0);
    if (at == line.length() || line.charAt(at) == '#') {
      return fields;
    }
    while (true) {
      at = blanks(line, at);
      StringBuilder field = new StringBuilder();
      if (at < line.length() && line.charAt(at) == '"') {
        at = quoted(line, at + 1, field, number);
        at = blanks(line, at);
      } else {
        while (at < line.length() && line.charAt(at) != ',' && line.charAt(at) != '#') {
          field.append(line.charAt(at++));
        }
      }
      fields.add(field.toString().strip());
      if (at == line.length() || line.charAt(at) == '#') {
        return fields;
      }
      if (line.charAt(at) != ',') {
        throw new UatException(number, "a comma is missing behind field " + fields.size());
      }
      at++;
    }
  }

  private static int blanks(String line, int from) {
    int at = from;
    while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Reads up to behind the closing quote. */
  private static int quoted(String line, int from, StringBuilder field, int number)
      throws UatException {
    int at = from;
    while (at < line.length() && line.charAt(at) != '"') {
      char c = line.charAt(at++);
      if (c == '\\' && at < line.length()) {
        boolean hex = line.charAt(at) == 'x' && at + 2 < line.length();
        if (hex && isHex(line.charAt(at + 1)) && isHex(line.charAt(at + 2))) {
          c = (char) HexFormat.fromHexDigits(line, at + 1, at + 3);
          at += 3;
        } else {
          c = line.charAt(at++);
        }
      }
      field.append(c);
    }
    if (at == line.length()) {
      throw new UatException(number, "a quote is not closed");
    }
    return at + 1;
  }

  private static boolean isHex(char c) {
    return HexFormat.isHexDigit(c);
  }

  /** A buffer field: hexadecimal digits. */
  static byte[] buffer(Row row, int index, String what) throws UatException {
    String digits = row.field(index);
    try {
      return HexFormat.of().parseHex(digits.startsWith("0x") ? digits.substring(2) : digits);
    } catch (IllegalArgumentException problem) {
      // never the field itself: it may be a key
      throw new UatException(row.line(), what + " is not of hexadecimal digits, two an octet");
    }
  }

  /** A key of esp_sa: hexadecimal digits behind 0x, or else the text itself. */
  static byte[] key(Row row, int index, String what) throws UatException {
    String text = row.field(index);
    if (!text.startsWith("0x") && !text.startsWith("0X")) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
    String digits = text.substring(2);
    try {
      return HexFormat.of().parseHex(digits.length() % 2 == 0 ? digits : "0" + digits);
    } catch (IllegalArgumentException problem) {
      throw new UatException(row.line(), what + " has other than hexadecimal digits behind 0x");
    }
  }
}
