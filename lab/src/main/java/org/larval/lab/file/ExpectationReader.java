package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.larval.lab.file.LabFile.Expectation;
import org.larval.lab.file.LabFile.Expectation.Relation;

/** Reads {@code expect:}: {@code {flow: 1, delivered: 40, late: ">= 3"}}. */
final class ExpectationReader {
  /** The figures of the ledger that can be expected. */
  static final List<String> FIGURES =
      List.of(
          "offered",
          "delivered",
          "answered",
          "lost",
          "refused",
          "asleep",
          "late",
          "held",
          "reordered",
          "duplicated",
          "leaked-in-clear",
          "connected",
          "syn-retransmissions");

  private static final Pattern CONDITION = Pattern.compile("(>=|<=|=)?\\s*([0-9]+)");

  private ExpectationReader() {}

  static List<Expectation> read(List<YamlNode> items, int flows) {
    List<Expectation> all = new ArrayList<>();
    for (YamlNode item : items) {
      Fields fields = Fields.of(item, "an entry of 'expect'");
      int flow = 0;
      if (!fields.text("flow", "all", "flow: 1").equals("all")) {
        flow = (int) fields.number("flow", 0, 1, Math.max(1, flows));
        if (flow > flows) {
          throw new LabFileException(
              fields.where("flow"), "there is no traffic to expect of", "add 'traffic:' first");
        }
      }
      int before = all.size();
      for (String figure : FIGURES) {
        YamlNode node = fields.node(figure);
        if (node != null) {
          all.add(condition(node, flow, figure));
        }
      }
      fields.finish();
      if (all.size() == before) {
        throw new LabFileException(
            item.where(), "nothing is expected here", "add a figure, e.g. delivered: 40");
      }
    }
    return List.copyOf(all);
  }

  private static Expectation condition(YamlNode node, int flow, String figure) {
    String text = Fields.scalar(node, figure);
    Matcher matcher = CONDITION.matcher(text.strip());
    if (!matcher.matches() || matcher.group(2).length() > 18) {
      throw new LabFileException(
          node.where(),
          "'" + figure + "' is '" + text + "'",
          "write a number, or a condition like \">= 3\"");
    }
    String sign = matcher.group(1);
    Relation relation =
        ">=".equals(sign)
            ? Relation.AT_LEAST
            : "<=".equals(sign) ? Relation.AT_MOST : Relation.EQUAL;
    return new Expectation(node.where(), flow, figure, relation, Long.parseLong(matcher.group(2)));
  }
}
