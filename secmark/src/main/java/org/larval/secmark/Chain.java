package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list of rules with a name, and perhaps a place at a hook. */
final class Chain {
  /**
   * Where a base chain stands.
   *
   * @param version 4 or 6 if it only sees packets of this version, else 0
   * @param order counts base chains in the order in which they were made
   */
  record Base(NfHook hook, int priority, int version, int order) {}

  private final String table;
  private final String name;
  private final List<Rule> rules = new ArrayList<>();
  private @Nullable Base base;
  private boolean drops;
  private RuleStep[][] steps = {};
  private @Nullable ChainIndex index;
  private int[] all = {-1};

  Chain(String table, String name) {
    this.table = table;
    this.name = name;
  }

  String name() {
    return name;
  }

  List<Rule> rules() {
    return rules;
  }

  @Nullable Base base() {
    return base;
  }

  void base(Base place) {
    base = place;
  }

  /** Whether packets that reach the end are dropped; only of base chains. */
  boolean drops() {
    return drops;
  }

  void drops(boolean policy) {
    drops = policy;
  }

  /** Makes ready for packets; after this the rules stay as they are. */
  void compile() {
    steps = new RuleStep[rules.size()][];
    all = ChainIndex.all(steps.length);
    for (int i = 0; i < steps.length; i++) {
      steps[i] = rules.get(i).steps().toArray(RuleStep[]::new);
    }
    index = ChainIndex.of(rules, steps);
  }

  /**
   * The rules that may fit a packet, rising, and -1; good until the next question. The low {@link
   * FlowMemory#RULE_BITS} bits are a rule's number, those above say how many of its steps fit.
   */
  int[] candidates(PacketFields packet) {
    ChainIndex here = index;
    return here == null ? all : here.candidates(packet);
  }

  RuleStep[] steps(int rule) {
    return steps[rule];
  }

  @Override
  public String toString() {
    return table + " " + name;
  }
}
