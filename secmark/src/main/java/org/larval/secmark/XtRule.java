package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/**
 * Reads what follows {@code -A CHAIN}: one rule, or several where {@code -s} or {@code -d} lists
 * addresses (do_command4, do_command6).
 */
final class XtRule {
  private final XtLine in;
  private final RuleState state;
  private final XtTable table;
  private final Chain chain;
  private final boolean v6;
  private final XtOptions options = new XtOptions();
  private final List<Match.Compare> sources = new ArrayList<>();
  private final List<Match.Compare> targets = new ArrayList<>();
  private Match.@Nullable Compare device;
  private Match.@Nullable Compare outDevice;
  private Match.@Nullable Fragment fragment;
  private Statement.@Nullable Verdict verdict;
  private @Nullable XtWord jump;
  private boolean protocolGiven;
  private int protocol;
  private boolean protocolNegated;

  XtRule(XtLine in, RuleState state, XtTable table, Chain chain) {
    this.in = in;
    this.state = state;
    this.table = table;
    this.chain = chain;
    v6 = table.version == 6;
  }

  /** The rules. */
  List<Rule> read() {
    while (!in.atEnd()) {
      XtWord word = in.take();
      boolean negated = word.is("!");
      if (negated) {
        word = in.value(word, "an option");
      }
      String text = word.text();
      if (text.startsWith("--") && text.length() > 2) {
        longOption(word, negated);
      } else if (text.startsWith("-") && text.length() > 1) {
        if (text.length() > 2) {
          throw in.wrong(word, word + " is no option", "put a blank behind the option's letter");
        }
        common(word, word.text(), negated);
      } else {
        throw in.wrong(word, word + " does not belong here", "write an option like -p tcp");
      }
    }
    return rules();
  }

  private void longOption(XtWord word, boolean negated) {
    String name = word.text().substring(2);
    int equals = name.indexOf('=');
    if (equals >= 0) {
      in.push(new XtWord(name.substring(equals + 1), word.line(), word.column() + equals + 3));
      name = name.substring(0, equals);
    }
    XtOptions.Found found = options.find(in, word, name);
    if (found == null && loadForProtocol(word)) {
      found = options.find(in, word, name);
    }
    if (found == null) {
      throw in.wrong(
          word, word + " is no option of this rule", "name its match before, such as -m tcp");
    }
    XtOptions.Loaded owner = found.owner();
    if (owner == null) {
      if (equals >= 0) {
        throw in.wrong(word, word + " is no option", "write a blank in place of '='");
      }
      common(word, found.option(), negated);
      return;
    }
    owner.extension().option(in, word, found.option(), negated);
  }

  /** {@code -p tcp} brings the match tcp along when one of its options is met. */
  private boolean loadForProtocol(XtWord word) {
    String name =
        switch (protocol) {
          case IpProtocol.TCP -> "tcp";
          case IpProtocol.UDP -> "udp";
          case IpProtocol.SCTP -> "sctp";
          case IpProtocol.DCCP -> "dccp";
          case IpProtocol.ICMP -> "icmp";
          case IpProtocol.ICMPV6 -> "icmp6";
          default -> "";
        };
    XtExtension extension = match(name);
    boolean there = options.loaded().stream().anyMatch(each -> each.word().text().equals(name));
    if (extension == null || there) {
      return false;
    }
    options.load(extension, new XtWord(name, word.line(), word.column()), false);
    return true;
  }

  private @Nullable XtExtension match(String name) {
    return switch (name) {
      case "tcp", "udp", "sctp", "dccp" -> XtPortMatch.of(name);
      case "multiport" -> new XtMultiportMatch();
      case "state", "conntrack" -> new XtConntrackMatch(name.equals("state"));
      case "icmp" -> v6 ? null : new XtIcmpMatch(false);
      case "icmp6", "icmpv6" -> v6 ? new XtIcmpMatch(true) : null;
      default -> XtFieldMatch.of(name, table.version);
    };
  }

  private @Nullable XtExtension target(String name) {
    return switch (name) {
      case "SECMARK", "CONNSECMARK" -> new XtSecmarkTarget(name.equals("CONNSECMARK"), state);
      case "MARK", "CONNMARK" -> new XtMarkTarget(name.equals("CONNMARK"));
      case "LOG", "NFLOG", "AUDIT", "CT", "NOTRACK" -> new XtQuietTarget(name);
      default -> null;
    };
  }

  /** An option of every rule. */
  private void common(XtWord word, String option, boolean negated) {
    switch (option) {
      case "-s" -> addresses(word, sources, v6 ? Field.IP6_SADDR : Field.IP_SADDR, negated);
      case "-d" -> addresses(word, targets, v6 ? Field.IP6_DADDR : Field.IP_DADDR, negated);
      case "-p" -> protocol(word, negated);
      case "-i" -> {
        refuseAt(word, NfHook.OUTPUT, NfHook.POSTROUTING);
        once(word, device);
        device = device(word, Field.IIFNAME, negated);
      }
      case "-o" -> {
        refuseAt(word, NfHook.PREROUTING, NfHook.INPUT);
        once(word, outDevice);
        outDevice = device(word, Field.OIFNAME, negated);
      }
      case "-f" -> {
        if (v6) {
          throw in.wrong(word, "-f is for IPv4", "leave it out");
        }
        once(word, fragment);
        fragment = new Match.Fragment(negated);
      }
      case "-m" -> {
        XtExtension.positive(in, word, negated);
        match(in.value(word, "a match"));
      }
      case "-j", "-g" -> {
        XtExtension.positive(in, word, negated);
        jump(word, in.value(word, "a target"), option.equals("-g"));
      }
      case "-c" -> {
        XtExtension.positive(in, word, negated);
        number(in.value(word, "two numbers"));
        number(in.value(word, "two numbers"));
      }
      case "-4", "-6", "-n", "-v" -> XtExtension.positive(in, word, negated);
      case "-t" ->
          throw in.wrong(word, "-t stands in a rule", "put the rule below its '*table' line");
      default ->
          throw in.wrong(
              word, word + " is not built or does not exist", "write one command a line");
    }
  }

  private void number(XtWord word) {
    if (word.text().isEmpty() || !word.text().chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw in.wrong(word, word + " is no count", "write a number");
    }
  }

  private void once(XtWord word, @Nullable Object before) {
    if (before != null) {
      throw in.wrong(word, word + " stands twice in the rule", "use two rules");
    }
  }

  private void refuseAt(XtWord word, NfHook one, NfHook other) {
    Chain.Base base = chain.base();
    if (base != null && (base.hook() == one || base.hook() == other)) {
      throw in.wrong(
          word, word + " says nothing in " + chain.name(), "leave it out, or use another chain");
    }
  }

  private void addresses(XtWord word, List<Match.Compare> to, Field field, boolean negated) {
    once(word, to.isEmpty() ? null : to);
    XtWord value = in.value(word, "addresses");
    String[] parts = value.text().split(",", -1);
    if (negated && parts.length > 1) {
      throw in.wrong(value, "'!' takes one address", "use iprange, or several rules");
    }
    for (String part : parts) {
      to.add(XtValues.address(in, value, part, v6, field, negated));
    }
  }

  private void protocol(XtWord word, boolean negated) {
    once(word, protocolGiven ? word : null);
    XtWord value = in.value(word, "a protocol");
    String name = value.text().toLowerCase(Locale.ROOT);
    long number = Names.number(name);
    if (number < 0) {
      Integer known = Names.protocol(name);
      number = known != null ? known : name.equals("all") ? 0 : name.equals("mh") ? 135 : -1;
    }
    if (number < 0 || number > 255) {
      throw in.wrong(value, value + " is no protocol", "write one like tcp or 6");
    }
    if (negated && number == 0) {
      throw in.wrong(word, "the rule would fit no packet", "name a protocol");
    }
    protocolGiven = true;
    protocol = (int) number;
    protocolNegated = negated;
  }

  private Match.Compare device(XtWord word, Field field, boolean negated) {
    Ranges ranges = new Ranges();
    ranges.add(XtValues.device(in, in.value(word, "an interface")));
    return Match.Compare.of(field, negated, ranges);
  }

  private void match(XtWord name) {
    XtExtension extension = match(name.text());
    if (extension == null) {
      throw in.wrong(
          name,
          "the match " + name + " is not built or does not exist",
          "use tcp, udp, sctp, dccp, icmp, multiport, conntrack, mark or comment");
    }
    options.load(extension, name, false);
  }

  private void jump(XtWord word, XtWord to, boolean go) {
    once(word, jump);
    jump = to;
    Chain target = table.chains.get(to.text());
    if (target != null) {
      if (target.base() != null) {
        throw in.wrong(
            to, "chain '" + to.text() + "' stands at a hook", "jump to a chain of your own");
      }
      verdict = new Statement.Verdict(go ? Flow.GOTO : Flow.JUMP, target);
      return;
    }
    verdict =
        switch (to.text()) {
          case "ACCEPT" -> new Statement.Verdict(Flow.ACCEPT, null);
          case "DROP" -> new Statement.Verdict(Flow.DROP, null);
          case "RETURN" -> new Statement.Verdict(Flow.RETURN, null);
          default -> null;
        };
    XtExtension extension = verdict == null && !go ? target(to.text()) : null;
    if (extension != null) {
      options.load(extension, to, true);
    } else if (verdict == null || go) {
      throw in.wrong(
          to,
          "the target " + to + " is not built or does not exist",
          "use ACCEPT, DROP, RETURN, SECMARK, CONNSECMARK, MARK, or a chain declared above");
    }
  }

  // --- what was read ---

  private List<Rule> rules() {
    List<RuleStep> tail = new ArrayList<>();
    for (RuleStep step : new @Nullable RuleStep[] {device, outDevice, protocolMatch(), fragment}) {
      if (step != null) {
        tail.add(step);
      }
    }
    XtExtension.Scope scope =
        new XtExtension.Scope(table, table.version, protocol, protocolNegated);
    List<RuleStep> action = new ArrayList<>();
    for (XtOptions.Loaded each : options.loaded()) {
      each.extension().finish(in, each.word(), scope, each.target() ? action : tail);
    }
    tail.add(new Statement.Counter());
    tail.addAll(action);
    if (verdict != null) {
      tail.add(verdict);
    }
    return product(tail);
  }

  private @Nullable Match protocolMatch() {
    return protocol == 0
        ? null
        : Match.Compare.of(Field.META_L4PROTO, protocolNegated, Ranges.of(0, protocol));
  }

  private List<Rule> product(List<RuleStep> tail) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < Math.max(1, sources.size()); i++) {
      for (int j = 0; j < Math.max(1, targets.size()); j++) {
        List<RuleStep> steps = new ArrayList<>();
        if (!sources.isEmpty()) {
          steps.add(sources.get(i));
        }
        if (!targets.isEmpty()) {
          steps.add(targets.get(j));
        }
        steps.addAll(tail);
        if (!state.countRule()) {
          throw in.wrong(
              in.peek(), "there are too many rules", "use at most " + RuleState.MAX_RULES);
        }
        rules.add(new Rule(steps, in.text(), in.file() + ":" + in.number()));
      }
    }
    return rules;
  }
}
