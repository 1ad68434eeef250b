package org.larval.cipso.grammar;

import java.util.ArrayList;
import java.util.List;
import org.larval.cipso.Doi;
import org.larval.cipso.DomainMap;
import org.larval.cipso.Mapping;
import org.larval.cipso.NetLabel;
import org.larval.cipso.StaticLabels;

/**
 * A file like /etc/netlabel.rules: a command in each line, comments from a # at its beginning,
 * blank lines; a backslash at the end joins the next line, as the shell's read does.
 */
public final class NetlabelRules {
  private NetlabelRules() {}

  /**
   * A command and where it stands.
   *
   * @param line its first, from 1
   */
  public record Rule(int line, Netlabelctl.Line content) {}

  /**
   * Reads a file's text.
   *
   * @throws NetlabelException at the first line that cannot be followed
   */
  public static List<Rule> parse(String text) {
    List<Rule> rules = new ArrayList<>();
    String[] lines = text.split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      int first = i;
      StringBuilder joined = new StringBuilder(lines[i]);
      while (joined.length() > 0
          && joined.charAt(joined.length() - 1) == '\\'
          && i + 1 < lines.length) {
        // A blank in the place of the backslash keeps the columns of the first line.
        joined.setCharAt(joined.length() - 1, ' ');
        joined.append(lines[++i]);
      }
      String line = joined.toString();
      if (line.isBlank() || line.stripLeading().startsWith("#")) {
        continue;
      }
      try {
        rules.add(new Rule(first + 1, Netlabelctl.parse(line)));
      } catch (NetlabelException problem) {
        throw within(problem, lines, first);
      }
    }
    return rules;
  }

  /** The place of a problem in lines that were joined. */
  private static NetlabelException within(NetlabelException problem, String[] lines, int first) {
    int line = first;
    int column = problem.column();
    while (line + 1 < lines.length && lines[line].endsWith("\\") && column > lines[line].length()) {
      column -= lines[line].length();
      line++;
    }
    return new NetlabelException(line + 1, column, problem.problem(), problem.remedy());
  }

  /** The lines that bring a guest from how it is after boot to how NetLabel is now. */
  public static List<String> of(NetLabel netLabel) {
    List<String> lines = new ArrayList<>();
    for (Doi doi : netLabel.dois().all()) {
      lines.add(new NetlabelCommand.CipsoAdd(doi).toString());
    }
    for (int doi : netLabel.calipsoDois().all()) {
      lines.add(new NetlabelCommand.CalipsoAdd(doi).toString());
    }
    lines.add(new NetlabelCommand.MapDel(null).toString());
    for (boolean v6 : new boolean[] {false, true}) {
      DomainMap.Entry entry = netLabel.map().defaultEntry(v6);
      if (entry != null) {
        add(entry, lines);
      }
    }
    for (DomainMap.Entry entry : netLabel.map().entries()) {
      add(entry, lines);
    }
    for (StaticLabels.Entry entry : netLabel.staticLabels().entries()) {
      String context = netLabel.labels().context(entry.sid());
      lines.add(new NetlabelCommand.StaticAdd(entry.device(), entry.sources(), context).toString());
    }
    if (!netLabel.acceptUnlabeled) {
      lines.add(new NetlabelCommand.Accept(false).toString());
    }
    return lines;
  }

  private static void add(DomainMap.Entry entry, List<String> lines) {
    if (entry.mapping() instanceof Mapping.Selectors selectors) {
      for (Mapping.Selector selector : selectors.list()) {
        NetlabelCommand.Protocol protocol = protocol(selector.mapping(), DomainMap.Family.BOTH);
        lines.add(
            new NetlabelCommand.MapAdd(entry.domain(), selector.prefix(), protocol).toString());
      }
      return;
    }
    NetlabelCommand.Protocol protocol = protocol(entry.mapping(), entry.family());
    lines.add(new NetlabelCommand.MapAdd(entry.domain(), null, protocol).toString());
  }

  private static NetlabelCommand.Protocol protocol(Mapping mapping, DomainMap.Family family) {
    return switch (mapping) {
      case Mapping.Labeled labeled when labeled.v6() ->
          new NetlabelCommand.Calipso(labeled.number());
      case Mapping.Labeled labeled -> new NetlabelCommand.Cipso(labeled.number());
      case Mapping.Unlabeled _ -> new NetlabelCommand.Unlabeled(family);
      case Mapping.Selectors _ -> throw new IllegalArgumentException("selectors of selectors");
    };
  }
}
