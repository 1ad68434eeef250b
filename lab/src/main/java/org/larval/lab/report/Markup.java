package org.larval.lab.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML and SVG that is also well-formed XML. Whatever comes in as text or as an attribute is
 * escaped here, so that no name from a file can become markup.
 */
final class Markup {
  private final StringBuilder out = new StringBuilder(1 << 16);
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  Markup open(String tag, String... attributes) {
    begin(tag, attributes).append('>');
    open.push(tag);
    return this;
  }

  /** An element without content, as SVG and HTML's void elements have them. */
  Markup empty(String tag, String... attributes) {
    begin(tag, attributes).append("/>");
    return this;
  }

  /** An element with text only. */
  Markup leaf(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** Ends the element begun last. */
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  Markup text(String text) {
    escape(text);
    return this;
  }

  Markup line() {
    out.append('\n');
    return this;
  }

  /** Text of our own that must not be escaped: the style sheet, the script. */
  Markup verbatim(String ours) {
    out.append(ours);
    return this;
  }

  private StringBuilder begin(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i + 1 < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      out.append('"');
    }
    return out;
  }

  /** Characters that XML does not allow become U+FFFD. */
  private void escape(String text) {
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        case '\t', '\n' -> out.append((char) c);
        default -> {
          boolean allowed =
              c >= 0x20
                  && (c < 0x7f || c > 0x9f)
                  && (c < 0xd800 || c > 0xdfff)
                  && (c & 0xfffe) != 0xfffe;
          out.appendCodePoint(allowed ? c : 0xfffd);
        }
      }
    }
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
