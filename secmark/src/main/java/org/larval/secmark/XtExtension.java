package org.larval.secmark;

import java.util.List;

/** What {@code -m} or {@code -j} brings along: options of its own, and steps of the rule. */
interface XtExtension {
  /**
   * What an extension may know of its rule once all of it is read.
   *
   * @param version 4 or 6
   * @param protocol that {@code -p} names, 0 for any
   * @param protocolNegated whether it is the one that packets do not have
   */
  record Scope(XtTable table, int version, int protocol, boolean protocolNegated) {
    boolean only(int wanted) {
      return protocol == wanted && !protocolNegated;
    }
  }

  /** The long options, without dashes. */
  List<String> options();

  /** Reads one of its options, values still to be taken from the line. */
  void option(XtLine in, XtWord word, String option, boolean negated);

  /** The rule is read: checks that nothing is missing and adds the steps. */
  void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps);

  /** For options that take no {@code !}. */
  static void positive(XtLine in, XtWord word, boolean negated) {
    if (negated) {
      throw in.wrong(word, word + " takes no '!'", "leave the '!' out");
    }
  }
}
