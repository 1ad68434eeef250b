package org.larval.labels.source;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsRange;
import org.larval.labels.source.ClassTable.Check;
import org.larval.labels.source.ClassTable.ClassEntry;
import org.larval.labels.source.RuleSheet.ConditionalRules;
import org.larval.labels.source.TransitionSheet.RangeKey;

/** Reads statements of the policy language (checkpolicy's policy_parse.y) into a builder. */
final class PolicyStatements {
  private static final String A_STATEMENT =
      TypeStatements.A_RULE
          + ", allowxperm, auditallowxperm, dontauditxperm, range_transition, role_transition,"
          + " (mls)constrain, (mls)validatetrans, default_user, default_role, default_type,"
          + " default_range, permissive, typebounds or if";

  private final PolicyBuilder policy;
  private final StatementScanner scanner;
  private final StatementSets sets;
  private final TypeStatements rules;

  PolicyStatements(PolicyBuilder policy, String text) {
    this.policy = policy;
    this.scanner = new StatementScanner(text);
    this.sets = new StatementSets(policy, scanner);
    this.rules = new TypeStatements(policy, scanner, sets);
  }

  /** Reads to the end of the text, into a block if there is one. */
  void read(@Nullable ConditionalRules block, boolean whenTrue) {
    while (!scanner.atEnd()) {
      if (block != null) {
        rules.rule(block, whenTrue, TypeStatements.A_RULE);
      } else {
        statement();
      }
    }
  }

  private void statement() {
    switch (scanner.token()) {
      case "range_transition" -> rangeTransition();
      case "role_transition" -> roleTransition();
      case "constrain", "mlsconstrain" -> constrain();
      case "validatetrans", "mlsvalidatetrans" -> validate();
      case "default_user" -> defaults(0);
      case "default_role" -> defaults(1);
      case "default_type" -> defaults(3);
      case "default_range" -> defaultRange();
      case "permissive" -> {
        scanner.take();
        policy.types.permissive.set(sets.oneType());
        sets.end();
      }
      case "typebounds" -> bounds();
      case "if" -> condition();
      default -> rules.rule(null, true, A_STATEMENT);
    }
  }

  private void rangeTransition() {
    scanner.take();
    BitSet sources = sets.expanded("the source's type");
    BitSet targets = sets.expanded("the target's type");
    List<Integer> classes = sets.classesOrProcess();
    MlsRange range = scanner.checked(() -> policy.range(rest()));
    for (int securityClass : classes) {
      StatementSets.pairs(
          sources,
          targets,
          (source, target) -> {
            if (!policy.transitions.range(new RangeKey(source, target, securityClass), range)) {
              throw scanner.wrong(
                  "another range_transition before this has the same types", "one of them only");
            }
          });
    }
    sets.end();
  }

  /** Everything before the next semicolon, without blanks. */
  private String rest() {
    StringBuilder text = new StringBuilder();
    while (!scanner.atEnd() && !scanner.at(";")) {
      text.append(scanner.take());
    }
    return text.toString();
  }

  private void roleTransition() {
    scanner.take();
    BitSet from = sets.roles();
    BitSet targets = sets.expanded("the target's type");
    List<Integer> classes = sets.classesOrProcess();
    int to = scanner.checked(() -> policy.roles.known(scanner.token()));
    scanner.take();
    for (int securityClass : classes) {
      StatementSets.pairs(
          from,
          targets,
          (role, target) ->
              policy.transitions.roleTransitions.add(new int[] {role, target, to, securityClass}));
    }
    sets.end();
  }

  private void constrain() {
    scanner.take();
    List<Integer> classes = sets.classes();
    int[] permissions = sets.permissions(classes);
    List<Expressions.Node> nodes = Expressions.constraint(policy, scanner, false);
    for (int i = 0; i < permissions.length; i++) {
      entry(classes.get(i)).checks().add(new Check(permissions[i], nodes));
    }
    sets.end();
  }

  private void validate() {
    scanner.take();
    List<Integer> classes = sets.classes();
    List<Expressions.Node> nodes = Expressions.constraint(policy, scanner, true);
    classes.forEach(each -> entry(each).validations().add(new Check(0, nodes)));
    sets.end();
  }

  private ClassEntry entry(int securityClass) {
    return policy.classes.entry(securityClass);
  }

  private void defaults(int which) {
    scanner.take();
    List<Integer> classes = sets.classes();
    int code =
        switch (scanner.token()) {
          case "source" -> 1;
          case "target" -> 2;
          default -> throw scanner.unexpected("'source' or 'target'");
        };
    scanner.take();
    classes.forEach(each -> entry(each).defaults().set(which, code));
    sets.end();
  }

  private void defaultRange() {
    scanner.take();
    List<Integer> classes = sets.classes();
    int code;
    if (scanner.takes("glblub")) {
      code = 7;
    } else {
      boolean source = scanner.at("source");
      if (!source && !scanner.at("target")) {
        throw scanner.unexpected("'source', 'target' or 'glblub'");
      }
      scanner.take();
      int end =
          switch (scanner.token()) {
            case "low" -> 1;
            case "high" -> 2;
            case "low-high" -> 3;
            default -> throw scanner.unexpected("'low', 'high' or 'low-high'");
          };
      scanner.take();
      code = source ? end : end + 3;
    }
    classes.forEach(each -> entry(each).defaults().set(2, code));
    sets.end();
  }

  private void bounds() {
    scanner.take();
    String parent = scanner.word("the type that bounds");
    do {
      scanner.checked(
          () -> {
            policy.bounds(parent, scanner.token());
            return true;
          });
      scanner.take();
    } while (scanner.takes(","));
    sets.end();
  }

  private void condition() {
    scanner.take();
    scanner.expect("(", "'(' and a condition");
    List<Expressions.Step> steps = Expressions.condition(policy, scanner);
    scanner.expect(")", "')' or an operator such as &&");
    ConditionalRules block = policy.rules.block(steps);
    braces(block, true);
    if (scanner.takes("else")) {
      braces(block, false);
    }
  }

  private void braces(ConditionalRules block, boolean whenTrue) {
    scanner.expect("{", "'{' and rules");
    while (!scanner.takes("}")) {
      rules.rule(block, whenTrue, TypeStatements.A_RULE);
    }
  }
}
