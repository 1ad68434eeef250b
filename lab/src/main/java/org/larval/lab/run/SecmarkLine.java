package org.larval.lab.run;

import java.util.Locale;
import org.larval.lab.file.LabFile;
import org.larval.secmark.SecmarkChain;

/**
 * A line of {@code secmark:}: the chain may stand in front, as in {@code input tcp dport 80 meta
 * secmark set "..."}; without one the rule stands in output.
 *
 * @param offset characters of the line before the rule
 */
public record SecmarkLine(SecmarkChain chain, String text, int offset) {
  /** Takes a line apart. */
  public static SecmarkLine of(LabFile.Line line) {
    String text = line.text();
    int space = text.indexOf(' ');
    String first = space < 0 ? text : text.substring(0, space);
    for (SecmarkChain chain : SecmarkChain.values()) {
      if (chain.name().toLowerCase(Locale.ROOT).equals(first)) {
        return new SecmarkLine(chain, text.substring(space + 1), space + 1);
      }
    }
    return new SecmarkLine(SecmarkChain.OUTPUT, text, 0);
  }
}
