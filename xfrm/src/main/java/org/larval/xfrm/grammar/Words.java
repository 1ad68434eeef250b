package org.larval.xfrm.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mark;

/**
 * The words of one command line with their columns, and a place among them. Single and double
 * quotes keep a word together, as a shell has them.
 */
final class Words {
  private record Word(String text, int column) {}

  private final List<Word> words = new ArrayList<>();
  private final int endColumn;
  private int place;

  /** Cuts a line. */
  Words(String line) {
    int at = 0;
    while (true) {
      while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        break;
      }
      at = cut(line, at);
    }
    endColumn = line.stripTrailing().length() + 1;
  }

  private int cut(String line, int from) {
    StringBuilder text = new StringBuilder();
    int at = from;
    while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
      char c = line.charAt(at);
      if (c != '\'' && c != '"') {
        text.append(c);
        at++;
        continue;
      }
      int close = line.indexOf(c, at + 1);
      if (close < 0) {
        throw new IpXfrmException(
            at + 1, "a quote without its second half", "close it with another " + c);
      }
      text.append(line, at + 1, close);
      at = close + 1;
    }
    words.add(new Word(text.toString(), from + 1));
    return at;
  }

  boolean done() {
    return place == words.size();
  }

  /** The next word without taking it; "" at the end. */
  String peek() {
    return done() ? "" : words.get(place).text;
  }

  /** The column of the next word, or one after the end. */
  int column() {
    return done() ? endColumn : words.get(place).column;
  }

  /** The column of the word taken last. */
  int lastColumn() {
    return place == 0 ? 1 : words.get(place - 1).column;
  }

  /** Takes the next word if it is this one. */
  boolean take(String word) {
    if (!done() && peek().equals(word)) {
      place++;
      return true;
    }
    return false;
  }

  /** Takes the next word. */
  String next(String expected) {
    if (done()) {
      throw new IpXfrmException(endColumn, "the line ends too early", "expected " + expected);
    }
    return words.get(place++).text;
  }

  /** An error about the word taken last. */
  IpXfrmException wrong(String problem, String remedy) {
    return new IpXfrmException(lastColumn(), problem, remedy);
  }

  /** An error about the next word, which nobody knows. */
  IpXfrmException unknown(String remedy) {
    String problem = done() ? "the line ends too early" : "unknown word '" + peek() + "'";
    return new IpXfrmException(column(), problem, remedy);
  }

  /** Nothing may follow. */
  void expectEnd() {
    if (!done()) {
      throw unknown("expected nothing more");
    }
  }

  /** Takes an unsigned number, decimal, after 0x or, as C has it, octal after 0. */
  long number(String what, long max) {
    String expected = what + ", a number from 0 to " + Long.toUnsignedString(max);
    String text = next(expected);
    boolean hex = text.startsWith("0x") || text.startsWith("0X");
    boolean octal = !hex && text.length() > 1 && text.charAt(0) == '0';
    try {
      String digits = hex ? text.substring(2) : text;
      long value = Long.parseUnsignedLong(digits, hex ? 16 : octal ? 8 : 10);
      if (text.indexOf('+') < 0 && Long.compareUnsigned(value, max) <= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong("'" + text + "' is no number", "expected " + expected);
    }
    throw wrong("'" + text + "' is out of range", "expected " + expected);
  }

  /**
   * Takes a command: the first of these that begins with the word, as the tool has it.
   *
   * @param order every command in the tool's order of trying, several names of one after each other
   */
  String verb(List<String> order, String expected) {
    String text = peek();
    for (String verb : order) {
      if (!text.isEmpty() && verb.startsWith(text)) {
        place++;
        return verb;
      }
    }
    throw unknown(expected);
  }

  /** Takes a number of 32 bits. */
  int u32(String what) {
    return (int) number(what, 0xffff_ffffL);
  }

  /** Takes one of a few words. */
  <T> T choice(String what, List<T> choices, Function<T, String> name) {
    String expected = what + ": " + String.join(", ", choices.stream().map(name).toList());
    String text = next(expected);
    for (T choice : choices) {
      if (name.apply(choice).equals(text)) {
        return choice;
      }
    }
    throw wrong("unknown " + what + " '" + text + "'", "expected " + expected);
  }

  IpAddress address(String what) {
    return read(what + ", an address like 10.0.0.1 or fd00::1", IpAddress::parse);
  }

  Prefix prefix(String what) {
    return read(what + ", like 10.0.0.0/8 or fd00::1", Prefix::parse);
  }

  /** {@code VALUE [mask MASK]} after the word mark; a mask of 0 is no mark. */
  Mark mark() {
    int value = u32("the mark");
    int mask = take("mask") ? u32("the mark's mask") : -1;
    return mask == 0 ? Mark.NONE : new Mark(value, mask);
  }

  private <T> T read(String expected, Function<String, T> reader) {
    String text = next(expected);
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new IpXfrmException(
          lastColumn(), "'" + text + "' does not fit", "expected " + expected);
    }
  }
}
