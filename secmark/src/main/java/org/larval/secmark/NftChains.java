package org.larval.secmark;

import java.util.Locale;

/** Reads chains: where they stand, their policy, and the rules in their braces. */
final class NftChains {
  /** How many chains may follow each other by jumps (NFT_JUMP_STACK_SIZE). */
  private static final int MAX_JUMPS = 16;

  private final RuleState state;
  private final NftCursor in;

  NftChains(RuleState state, NftCursor in) {
    this.state = state;
    this.in = in;
  }

  Chain chain(NftTable table, boolean create) {
    NftToken where = in.peek();
    String name = in.name("the name of a chain");
    if (create && table.chains.containsKey(name)) {
      throw in.wrong(where, "the chain is there already", "write 'add'");
    }
    return table.chains.computeIfAbsent(name, key -> new Chain(table.title(), key));
  }

  void chainCommand(NftTable table, boolean create) {
    Chain chain = chain(table, create);
    if (in.at("{")) {
      int place = in.place() + 1;
      chainHead(table, chain);
      int end = in.place();
      in.goTo(place);
      chainRules(table, chain);
      in.goTo(end);
      checkJumps(table, in.peek());
    }
    in.endStatement("the chain");
  }

  /** Reads what a chain says of itself and passes over its rules; the opening brace at hand. */
  void chainHead(NftTable table, Chain chain) {
    NftToken open = in.take();
    int depth = 1;
    boolean start = true;
    while (depth > 0) {
      if (in.atEnd()) {
        throw in.wrong(open, "the brace is not closed", "close it with '}'");
      }
      if (start && depth == 1 && in.at("type")) {
        base(table, chain);
      } else if (start && depth == 1 && in.at("policy")) {
        policy(chain);
      }
      if (!in.at("}") || depth > 1 || !start) {
        start = in.peek().endsStatement();
      }
      depth += in.at("{") ? 1 : in.at("}") ? -1 : 0;
      in.take();
    }
  }

  private void base(NftTable table, Chain chain) {
    in.take();
    NftToken typeAt = in.peek();
    String type = in.word("the chain's type");
    if (type.equals("nat")) {
      throw in.wrong(typeAt, "chains of type nat are not built", "use type filter");
    }
    if (!type.equals("filter") && !type.equals("route")) {
      throw in.wrong(typeAt, "there is no chain type '" + type + "'", "use filter or route");
    }
    in.expect("hook", "write 'hook' and its name");
    NftToken hookAt = in.peek();
    NfHook hook = hook(in.word("the name of a hook"), hookAt);
    if (type.equals("route") && hook != NfHook.OUTPUT) {
      throw in.wrong(hookAt, "chains of type route stand only at output", "use type filter");
    }
    if (in.at("device") || in.at("devices")) {
      throw in.wrong("a chain at an IP hook has no device", "match iifname in the rules");
    }
    if (!in.accept("prio")) {
      in.expect("priority", "write 'priority' and a number");
    }
    int priority = priority(hook);
    Chain.Base before = chain.base();
    if (before != null && (before.hook() != hook || before.priority() != priority)) {
      throw in.wrong(typeAt, "the chain stands elsewhere already", "use another name");
    }
    if (before == null) {
      chain.base(new Chain.Base(hook, priority, table.version, state.nextOrder()));
    }
    if (!in.peek().endsStatement()) {
      throw in.unexpected("write ';' after the priority");
    }
  }

  private NfHook hook(String name, NftToken where) {
    for (NfHook hook : NfHook.values()) {
      if (hook.name().toLowerCase(Locale.ROOT).equals(name)) {
        return hook;
      }
    }
    if (name.equals("ingress") || name.equals("egress")) {
      throw in.wrong(where, "the hook " + name + " is not built", "use prerouting or postrouting");
    }
    throw in.wrong(
        where,
        "there is no hook '" + name + "'",
        "use prerouting, input, forward, output or postrouting");
  }

  private int priority(NfHook hook) {
    NftToken where = in.peek();
    Integer named =
        switch (where.text()) {
          case "raw" -> NfPriority.RAW;
          case "mangle" -> NfPriority.MANGLE;
          case "dstnat" -> hook == NfHook.PREROUTING ? NfPriority.NAT_DST : null;
          case "filter" -> NfPriority.FILTER;
          case "security" -> NfPriority.SECURITY;
          case "srcnat" -> hook == NfHook.POSTROUTING ? NfPriority.NAT_SRC : null;
          default -> null;
        };
    if (named != null) {
      in.take();
      if (in.accept("+")) {
        return named + (int) signed(false);
      }
      if (in.accept("-")) {
        return named - (int) signed(false);
      }
      return named;
    }
    return (int) signed(true);
  }

  private long signed(boolean sign) {
    boolean negative = sign && in.accept("-");
    long value = in.atWord() ? Names.number(in.peek().text()) : -1;
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw in.unexpected("write a priority such as 0, -150, mangle or filter + 10");
    }
    in.take();
    return negative ? -value : value;
  }

  private void policy(Chain chain) {
    NftToken where = in.take();
    if (chain.base() == null) {
      throw in.wrong(where, "only chains at a hook have a policy", "write the type line before");
    }
    NftToken policy = in.peek();
    switch (in.word("accept or drop")) {
      case "accept" -> chain.drops(false);
      case "drop" -> chain.drops(true);
      default -> throw in.wrong(policy, policy + " is no policy", "write accept or drop");
    }
    if (!in.peek().endsStatement() && !in.at("}")) {
      throw in.unexpected("write ';' after the policy");
    }
  }

  void chainRules(NftTable table, Chain chain) {
    for (in.skipLineEnds(); !in.accept("}"); in.skipLineEnds()) {
      if (in.at("type") || in.at("policy")) {
        while (!in.peek().endsStatement() && !in.at("}")) {
          in.take();
        }
        continue;
      }
      if (in.at("comment")) {
        in.take();
        in.text("the comment");
        in.endStatement("the comment");
        continue;
      }
      chain.rules().add(new NftRule(in, state, table).read());
      in.endStatement("the rule");
    }
  }

  void checkJumps(NftTable table, NftToken where) {
    Chain circle = ChainGraph.circle(table.chains.values());
    if (circle != null) {
      throw in.wrong(
          where, "chain '" + circle.name() + "' leads back to itself", "take out one of the jumps");
    }
    for (Chain chain : table.chains.values()) {
      if (chain.base() != null && ChainGraph.depth(chain) >= MAX_JUMPS) {
        throw in.wrong(
            where,
            "more than " + MAX_JUMPS + " jumps follow each other from '" + chain.name() + "'",
            "use fewer chains");
      }
    }
  }
}
