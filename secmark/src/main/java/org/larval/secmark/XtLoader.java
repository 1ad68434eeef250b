package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the lines of a file as {@code iptables-restore} and {@code ip6tables-restore} do: a
 * table that the file names is emptied first. It also carries out single {@code iptables} commands,
 * which leave the rest of a table as it is.
 */
final class XtLoader {
  /** The longest name of a chain (XT_EXTENSION_MAXNAMELEN without the zero). */
  private static final int MAX_NAME = 28;

  private final RuleState state;
  private final String file;
  private final int version;
  private @Nullable XtTable table;

  XtLoader(RuleState state, String file, int version) {
    this.state = state;
    this.file = file;
    this.version = version;
  }

  // --- files ---

  RuleState restore(String text) {
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String plain = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
      if (!plain.isEmpty() && plain.charAt(0) != '#') {
        line(XtLine.of(file, number, plain));
      }
    }
    if (table != null) {
      XtWord end = new XtWord("", number, 1);
      throw wrong(end, "the table is not closed", "write COMMIT below its rules");
    }
    return state;
  }

  private void line(XtLine in) {
    XtWord first = in.peek();
    if (in.atEnd()) {
      return;
    }
    if (table == null) {
      if (!first.text().startsWith("*")) {
        throw in.wrong(first, first + " stands outside of a table", "begin one: *security");
      }
      in.take();
      table = begin(in, first);
      ended(in);
    } else if (first.is("COMMIT")) {
      in.take();
      ended(in);
      checkJumps(table, first);
      table = null;
    } else if (first.text().startsWith(":")) {
      in.take();
      declare(in, first, table);
    } else if (first.text().startsWith("*")) {
      throw in.wrong(first, "a table begins inside of another", "write COMMIT before it");
    } else {
      if (first.text().startsWith("[")) {
        counters(in, in.take());
      }
      command(in, table);
    }
  }

  private XtTable begin(XtLine in, XtWord word) {
    XtTable.Kind kind = kind(in, word, word.text().substring(1));
    XtTable fresh = new XtTable(kind, version, state);
    state.xtables.put(XtTable.key(kind, version), fresh);
    return fresh;
  }

  private static XtTable.Kind kind(XtLine in, XtWord word, String name) {
    XtTable.Kind kind = XtTable.Kind.of(name);
    if (kind == null) {
      throw in.wrong(
          word, "there is no table '" + name + "'", "use raw, mangle, filter or security");
    }
    return kind;
  }

  private static void ended(XtLine in) {
    if (!in.atEnd()) {
      throw in.wrong(in.peek(), in.peek() + " does not belong here", "end the line before it");
    }
  }

  private static void counters(XtLine in, XtWord word) {
    if (!word.text().matches("\\[[0-9]{1,20}:[0-9]{1,20}]")) {
      throw in.wrong(word, word + " is no pair of counters", "write [0:0] or leave it out");
    }
  }

  private void declare(XtLine in, XtWord word, XtTable to) {
    String name = word.text().substring(1);
    Chain chain = to.chains.get(name);
    XtWord policy = in.take();
    if (chain != null && chain.base() != null) {
      policy(in, policy, chain);
    } else {
      if (!policy.is("-")) {
        throw in.wrong(
            policy,
            "table " + to.kind + " has no chain '" + name + "' with a policy",
            "write '-' for the policy of a chain of your own");
      }
      if (chain != null) {
        chain.rules().clear();
      } else {
        fresh(in, word, name, to);
      }
    }
    // what follows are counters, which iptables-restore reads only if told to
  }

  private static void policy(XtLine in, XtWord word, Chain chain) {
    switch (word.text()) {
      case "ACCEPT" -> chain.drops(false);
      case "DROP" -> chain.drops(true);
      case "-" -> {}
      default -> throw in.wrong(word, word + " is no policy", "write ACCEPT or DROP");
    }
  }

  private static void fresh(XtLine in, XtWord word, String name, XtTable to) {
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw in.wrong(word, "a chain's name has 1 to 28 characters", "write another");
    }
    char first = name.charAt(0);
    if (first == '-' || first == '!' || name.indexOf(' ') >= 0) {
      throw in.wrong(word, word + " cannot be a chain's name", "begin with a letter");
    }
    switch (name) {
      case "ACCEPT", "DROP", "RETURN", "QUEUE" ->
          throw in.wrong(word, word + " is a target of its own", "use another name");
      default -> {}
    }
    to.chains.put(name, new Chain(to.title(), name));
  }

  // --- commands ---

  /** Commands as {@code iptables} takes them, one a line; {@code -t} may name the table. */
  RuleState run(List<String> lines) {
    int number = 0;
    for (String line : lines) {
      run(XtLine.of(file, ++number, line));
    }
    for (XtTable each : state.xtables.values()) {
      checkJumps(each, new XtWord("", Math.max(1, number), 1));
    }
    return state;
  }

  private void run(XtLine in) {
    int family = in.take().is("ip6tables") ? 6 : 4;
    XtTable.Kind kind = XtTable.Kind.FILTER;
    if (in.peek().is("-t") || in.peek().is("--table")) {
      XtWord option = in.take();
      XtWord name = in.value(option, "a table");
      kind = kind(in, name, name.text());
    }
    String key = XtTable.key(kind, family);
    XtTable to = state.xtables.get(key);
    if (to == null) {
      to = new XtTable(kind, family, state);
      state.xtables.put(key, to);
    }
    command(in, to);
  }

  private void command(XtLine in, XtTable to) {
    XtWord verb = in.peek();
    boolean appends = verb.is("-A") || verb.is("--append") || verb.is("-I");
    if (appends && in.isFor(to.version == 6 ? 4 : 6)) {
      return;
    }
    if (in.atEnd()) {
      throw in.wrong(verb, "the command is missing", "write one like -A INPUT");
    }
    in.take();
    switch (verb.text()) {
      case "-A", "--append" -> {
        Chain chain = chain(in, verb, to);
        chain.rules().addAll(rules(in, verb, to, chain));
      }
      case "-I", "--insert" -> {
        Chain chain = chain(in, verb, to);
        int place = place(in, chain);
        chain.rules().addAll(place, rules(in, verb, to, chain));
      }
      case "-N", "--new-chain" -> {
        XtWord name = in.value(verb, "a name");
        if (to.chains.containsKey(name.text())) {
          throw in.wrong(name, "the chain is there already", "use another name");
        }
        fresh(in, name, name.text(), to);
        ended(in);
      }
      case "-P", "--policy" -> {
        Chain chain = chain(in, verb, to);
        if (chain.base() == null) {
          throw in.wrong(verb, "only built-in chains have a policy", "use -A at its end");
        }
        policy(in, in.value(verb, "ACCEPT or DROP"), chain);
        ended(in);
      }
      case "-F", "--flush" -> {
        if (in.atEnd()) {
          to.chains.values().forEach(chain -> chain.rules().clear());
        } else {
          chain(in, verb, to).rules().clear();
          ended(in);
        }
      }
      case "-X", "--delete-chain" -> deleteChains(in, verb, to);
      case "-Z", "--zero" -> {
        if (!in.atEnd()) {
          chain(in, verb, to);
        }
        ended(in);
      }
      case "-t", "--table" ->
          throw in.wrong(verb, "-t cannot stand here", "put the line below its '*table' line");
      default ->
          throw in.wrong(
              verb, verb + " is not built or does not exist", "use -A, -I, -N, -P, -F or -X");
    }
  }

  private List<Rule> rules(XtLine in, XtWord verb, XtTable to, Chain chain) {
    List<Rule> rules = new XtRule(in, state, to, chain).read();
    if (to.kind == XtTable.Kind.NAT && !rules.isEmpty()) {
      throw in.wrong(verb, "address translation is not built", "leave the table nat without rules");
    }
    return rules;
  }

  private static int place(XtLine in, Chain chain) {
    XtWord word = in.peek();
    if (in.atEnd() || word.text().startsWith("-") || word.is("!")) {
      return 0;
    }
    long number = Names.number(word.text());
    if (number < 1 || number > chain.rules().size() + 1) {
      throw in.wrong(word, word + " is no place in the chain", "count its rules from 1");
    }
    in.take();
    return (int) number - 1;
  }

  private static Chain chain(XtLine in, XtWord verb, XtTable to) {
    XtWord name = in.value(verb, "a chain");
    Chain chain = to.chains.get(name.text());
    if (chain == null) {
      throw in.wrong(
          name,
          "table " + to.kind + " has no chain " + name,
          "declare it above: ':" + name.text() + " -', or -N");
    }
    return chain;
  }

  private static void deleteChains(XtLine in, XtWord verb, XtTable to) {
    if (in.atEnd()) {
      for (Chain chain : List.copyOf(to.chains.values())) {
        if (chain.base() == null && (!chain.rules().isEmpty() || isTarget(to, chain))) {
          throw in.wrong(
              verb,
              "chain '" + chain.name() + "' is in use or has rules",
              "flush the table before");
        }
      }
      to.chains.values().removeIf(chain -> chain.base() == null);
      return;
    }
    Chain chain = chain(in, verb, to);
    ended(in);
    if (chain.base() != null || !chain.rules().isEmpty() || isTarget(to, chain)) {
      throw in.wrong(
          verb, "chain '" + chain.name() + "' is in use or has rules", "flush the table before");
    }
    to.chains.remove(chain.name());
  }

  private static boolean isTarget(XtTable table, Chain chain) {
    return table.chains.values().stream()
        .anyMatch(each -> ChainGraph.targets(each).contains(chain));
  }

  private void checkJumps(XtTable of, XtWord where) {
    Chain circle = ChainGraph.circle(of.chains.values());
    if (circle != null) {
      throw wrong(
          where, "chain '" + circle.name() + "' leads back to itself", "take out one of the jumps");
    }
  }

  private RuleException wrong(XtWord where, String what, String right) {
    return new RuleException(file, where.line(), where.column(), what, right);
  }
}
