package org.larval.cipso.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** The words of one line with their columns. */
final class LineWords {
  private record Word(String text, int column) {}

  private final List<Word> words = new ArrayList<>();
  private final int end;
  private int next;
  private int lastColumn;

  LineWords(String line) {
    int at = 0;
    while (at < line.length()) {
      if (Character.isWhitespace(line.charAt(at))) {
        at++;
        continue;
      }
      int from = at;
      while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
        at++;
      }
      words.add(new Word(line.substring(from, at), from + 1));
    }
    end = line.stripTrailing().length() + 1;
  }

  /** Goes to the first word that fits; goes back to the first of all if none does. */
  boolean seek(Predicate<String> fits) {
    next = 0;
    while (hasNext() && !fits.test(peek())) {
      next++;
    }
    boolean found = hasNext();
    next = found ? next : 0;
    return found;
  }

  /** Takes the word in hand for good; empty after the last. */
  String remove() {
    if (!hasNext()) {
      return "";
    }
    Word word = words.remove(next);
    lastColumn = word.column;
    return word.text;
  }

  boolean hasNext() {
    return next < words.size();
  }

  /** The next word; empty after the last. */
  String peek() {
    return hasNext() ? words.get(next).text : "";
  }

  String take() {
    if (!hasNext()) {
      return "";
    }
    Word word = words.get(next++);
    lastColumn = word.column;
    return word.text;
  }

  /** What stands after a key of the word in hand, which is taken; null if it has another key. */
  @Nullable String value(String key) {
    return peek().startsWith(key) ? take().substring(key.length()) : null;
  }

  /** About the word in hand, or the end of the line. */
  NetlabelException unexpected(String problem, String remedy) {
    int column = hasNext() ? words.get(next).column : end;
    return new NetlabelException(1, column, problem, remedy);
  }

  /** About something after {@code offset} characters of the word that was taken last. */
  NetlabelException wrong(int offset, String problem, String remedy) {
    return new NetlabelException(1, lastColumn + offset, problem, remedy);
  }

  /** About the end of the line, where something is missing. */
  NetlabelException missing(String what, String remedy) {
    return new NetlabelException(1, end, what + " is missing", remedy);
  }

  /** The number of a DOI after {@code offset} characters of the last word. */
  int doi(String text, int offset) {
    long number = number(text, offset, 0xffff_ffffL, "a DOI");
    if (number == 0) {
      throw wrong(offset, "DOI 0 is reserved", "expected 1 to 4294967295");
    }
    return (int) number;
  }

  /** A decimal number after {@code offset} characters of the last word. */
  long number(String text, int offset, long max, String what) {
    long number = -1;
    if (!text.isEmpty()
        && text.length() <= 10
        && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      number = Long.parseLong(text);
    }
    if (number < 0 || number > max) {
      throw wrong(offset, "'" + text + "' is not " + what, "expected a number of 0 to " + max);
    }
    return number;
  }

  /**
   * An address with or without a prefix length after {@code offset} characters of the last word.
   */
  Prefix prefix(String text, int offset) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    IpAddress parsed;
    try {
      parsed = IpAddress.parse(address);
    } catch (IllegalArgumentException e) {
      throw wrong(
          offset, "'" + address + "' is not an IP address", "expected one like 10.0.0.0/8 or ::/0");
    }
    if (!parsed.v6() && !address.equals(parsed.toString())) {
      throw wrong(
          offset, "'" + address + "' is not written as netlabelctl wants it", "write " + parsed);
    }
    int length =
        slash < 0
            ? parsed.bits()
            : (int)
                number(
                    text.substring(slash + 1),
                    offset + slash + 1,
                    parsed.bits(),
                    "a prefix length of IPv" + parsed.version());
    return new Prefix(parsed, length);
  }
}
