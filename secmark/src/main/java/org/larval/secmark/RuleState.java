package org.larval.secmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.labels.SecurityContext;

/** Everything that was loaded, while it is being loaded. */
final class RuleState {
  /** How many rules there may be in all. */
  static final int MAX_RULES = 100_000;

  /** How many elements of sets and maps there may be in all. */
  static final int MAX_ELEMENTS = 500_000;

  final LabelSource labels;
  final Interfaces interfaces;
  final Map<String, NftTable> tables = new LinkedHashMap<>();

  /** Those of iptables and ip6tables, which no command of nft touches. */
  final Map<String, XtTable> xtables = new LinkedHashMap<>();

  private int order;
  private int rules;
  private int elements;

  RuleState(LabelSource labels, Interfaces interfaces) {
    this.labels = labels;
    this.interfaces = interfaces;
  }

  int nextOrder() {
    return order++;
  }

  /** Counts a rule; false if there are too many. */
  boolean countRule() {
    return rules++ < MAX_RULES;
  }

  boolean countElement() {
    return elements++ < MAX_ELEMENTS;
  }

  /** The SID of a context as text. */
  SecmarkObject label(String name, String context) {
    SecurityContext parsed = SecurityContext.parse(context);
    return new SecmarkObject(name, parsed, labels.sid(parsed));
  }

  List<Chain> chains() {
    List<Chain> chains = new ArrayList<>();
    for (NftTable table : tables.values()) {
      chains.addAll(table.chains.values());
    }
    for (XtTable table : xtables.values()) {
      chains.addAll(table.chains.values());
    }
    return chains;
  }
}
