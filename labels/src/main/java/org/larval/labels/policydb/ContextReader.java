package org.larval.labels.policydb;

import org.larval.labels.MlsRange;

/** Reads contexts and ranges, and checks that they may exist. */
final class ContextReader {
  private final PolicyInput in;
  private final SymbolReader symbols;
  private final Contexts contexts;
  private final boolean mls;

  ContextReader(PolicyInput in, SymbolReader symbols, Contexts contexts, boolean mls) {
    this.in = in;
    this.symbols = symbols;
    this.contexts = contexts;
    this.mls = mls;
  }

  /** A context, which must be valid in this policy. */
  PolicyContext context(String what) throws PolicyFileException {
    int start = in.offset();
    int user = in.value(symbols.userNames, "the user of " + what);
    int role = in.value(symbols.roleNames, "the role of " + what);
    int type = in.value(symbols.typeNames, "the type of " + what);
    PolicyContext read = new PolicyContext(user, role, type, symbols.range("the range of " + what));
    InvalidContextException wrong = contexts.problem(read);
    if (wrong != null) {
      throw in.wrongAt(start, what + ": " + wrong.getMessage());
    }
    return read;
  }

  /** A range, which must be valid in this policy. */
  MlsRange range(String what) throws PolicyFileException {
    int start = in.offset();
    MlsRange range = symbols.range(what);
    if (mls
        && !(contexts.sensitivities().valid(range.low())
            && contexts.sensitivities().valid(range.high()))) {
      throw in.wrongAt(
          start, what + " has a sensitivity that does not exist or may not have its categories");
    }
    return range;
  }
}
