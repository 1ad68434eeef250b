package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsRange;
import org.larval.labels.source.PolicyBuilder.Check;
import org.larval.labels.source.PolicyBuilder.ClassEntry;
import org.larval.labels.source.PolicyBuilder.RangeEntry;
import org.larval.labels.source.RuleSheet.ConditionalRules;
import org.larval.labels.source.RuleSheet.RuleKey;

/** Reads statements of the policy language (checkpolicy's policy_parse.y) into a builder. */
final class PolicyStatements {
  private static final String A_RULE =
      "allow, auditallow, dontaudit, type_transition, type_member or type_change";
  private static final String A_STATEMENT =
      A_RULE
          + ", range_transition, role_transition, (mls)constrain, (mls)validatetrans, default_user,"
          + " default_role, default_type, default_range, permissive, typebounds or if";

  private final PolicyBuilder policy;
  private final StatementScanner scanner;

  PolicyStatements(PolicyBuilder policy, String text) {
    this.policy = policy;
    this.scanner = new StatementScanner(text);
  }

  /** Reads to the end of the text, into a block if there is one. */
  void read(@Nullable ConditionalRules block, boolean whenTrue) {
    while (!scanner.atEnd()) {
      if (block != null) {
        rule(block, whenTrue);
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
        policy.permissive.set(oneType());
        end();
      }
      case "typebounds" -> bounds();
      case "if" -> condition();
      default -> rule(null, true);
    }
  }

  private void end() {
    scanner.expect(";", "';' at the end of the statement");
  }

  // --- rules of types ---

  private void rule(@Nullable ConditionalRules block, boolean whenTrue) {
    switch (scanner.token()) {
      case "allow" -> vector(RuleSheet.ALLOW, block, whenTrue);
      case "auditallow" -> vector(RuleSheet.AUDITALLOW, block, whenTrue);
      case "dontaudit" -> vector(RuleSheet.AUDITDENY, block, whenTrue);
      case "type_transition" -> newType(RuleSheet.TRANSITION, block, whenTrue);
      case "type_member" -> newType(RuleSheet.MEMBER, block, whenTrue);
      case "type_change" -> newType(RuleSheet.CHANGE, block, whenTrue);
      default -> throw scanner.unexpected(block == null ? A_STATEMENT : A_RULE);
    }
  }

  /** Types, attributes not expanded, and perhaps self. */
  private record Types(BitSet named, boolean self) {}

  private void vector(int kind, @Nullable ConditionalRules block, boolean whenTrue) {
    scanner.take();
    if (kind == RuleSheet.ALLOW && block == null && roleAllow()) {
      return;
    }
    Types sources = types("the source's type", false);
    Types targets = types("the target's type or 'self'", true);
    scanner.expect(":", "':' and a class after the target");
    List<Integer> classes = classes();
    int[] permissions = permissions(classes);
    scanner.checked(
        () -> {
          for (int i = 0; i < permissions.length; i++) {
            int at = classes.get(i);
            int vector = permissions[i];
            pairs(
                sources,
                targets,
                (source, target) ->
                    policy.rules.vector(
                        block, whenTrue, new RuleKey(source, target, at, kind), vector));
          }
          return true;
        });
    end();
  }

  private interface Pair {
    void accept(int source, int target);
  }

  /** Every source with every target; self stands for each type of the sources by itself. */
  private void pairs(Types sources, Types targets, Pair pair) {
    if (targets.self) {
      policy.expanded(sources.named).stream().forEach(type -> pair.accept(type, type));
    }
    sources.named.stream()
        .forEach(source -> targets.named.stream().forEach(target -> pair.accept(source, target)));
  }

  private void newType(int kind, @Nullable ConditionalRules block, boolean whenTrue) {
    scanner.take();
    Types sources = expanded(types("the source's type", false));
    Types targets = expanded(types("the target's type or 'self'", true));
    scanner.expect(":", "':' and a class after the target");
    List<Integer> classes = classes();
    int type = oneType();
    if (!scanner.at(";")) {
      throw scanner.unexpected("';' (rules for names of files are not part of the text policy)");
    }
    for (int securityClass : classes) {
      pairs(
          sources,
          targets,
          (source, target) -> {
            RuleKey key = new RuleKey(source, target, securityClass, kind);
            if (!policy.rules.type(block, whenTrue, key, type)) {
              throw scanner.wrong(
                  "another rule gives "
                      + policy.types.name(source)
                      + " and "
                      + policy.types.name(target)
                      + ":"
                      + policy.classes.name(securityClass)
                      + " a new type already",
                  "one rule for them, or both branches of one 'if'");
            }
          });
    }
    end();
  }

  private Types expanded(Types types) {
    return new Types(policy.expanded(types.named), types.self);
  }

  // --- other statements ---

  /** Reads {@code allow ROLES ROLES;}, which has no colon; false if it is a rule of types. */
  private boolean roleAllow() {
    boolean role =
        policy.roles.value(scanner.at("{") ? scanner.afterToken() : scanner.token()) != 0;
    if (!role) {
      return false;
    }
    BitSet from = names(scanner, policy.roles::known, "a role");
    BitSet to = names(scanner, policy.roles::known, "a role");
    from.stream()
        .forEach(
            one -> to.stream().forEach(other -> policy.roleAllows.add(new int[] {one, other})));
    end();
    return true;
  }

  private void rangeTransition() {
    scanner.take();
    BitSet sources = policy.expanded(types("the source's type", false).named);
    BitSet targets = policy.expanded(types("the target's type", false).named);
    List<Integer> classes = List.of();
    if (scanner.takes(":")) {
      classes = classes();
    } else {
      classes = List.of(policy.classes.known("process"));
    }
    MlsRange range = scanner.checked(() -> policy.range(rest()));
    for (int securityClass : classes) {
      sources.stream()
          .forEach(
              source ->
                  targets.stream()
                      .forEach(
                          target -> {
                            RangeEntry key = new RangeEntry(source, target, securityClass);
                            MlsRange other = policy.ranges.putIfAbsent(key, range);
                            if (other != null && !other.equals(range)) {
                              throw scanner.wrong(
                                  "another range_transition before this has the same types",
                                  "one of them only");
                            }
                          }));
    }
    end();
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
    BitSet from = names(scanner, policy.roles::known, "a role");
    BitSet targets = policy.expanded(types("the target's type", false).named);
    List<Integer> classes =
        scanner.takes(":") ? classes() : List.of(policy.classes.known("process"));
    int to = scanner.checked(() -> policy.roles.known(scanner.token()));
    scanner.take();
    for (int securityClass : classes) {
      from.stream()
          .forEach(
              one ->
                  targets.stream()
                      .forEach(
                          target ->
                              policy.roleTransitions.add(
                                  new int[] {one, target, to, securityClass})));
    }
    end();
  }

  private void constrain() {
    scanner.take();
    List<Integer> classes = classes();
    int[] permissions = permissions(classes);
    List<Expressions.Node> nodes = Expressions.constraint(policy, scanner, false);
    for (int i = 0; i < permissions.length; i++) {
      entry(classes.get(i)).checks().add(new Check(permissions[i], nodes));
    }
    end();
  }

  private void validate() {
    scanner.take();
    List<Integer> classes = classes();
    List<Expressions.Node> nodes = Expressions.constraint(policy, scanner, true);
    classes.forEach(each -> entry(each).validations().add(new Check(0, nodes)));
    end();
  }

  private ClassEntry entry(int securityClass) {
    return policy.classEntries.get(securityClass - 1);
  }

  private void defaults(int which) {
    scanner.take();
    List<Integer> classes = classes();
    int code =
        switch (scanner.token()) {
          case "source" -> 1;
          case "target" -> 2;
          default -> throw scanner.unexpected("'source' or 'target'");
        };
    scanner.take();
    classes.forEach(each -> entry(each).defaults().set(which, code));
    end();
  }

  private void defaultRange() {
    scanner.take();
    List<Integer> classes = classes();
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
    end();
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
    end();
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
      rule(block, whenTrue);
    }
  }

  // --- sets ---

  private int oneType() {
    int type =
        scanner.checked(
            () -> {
              int value = policy.type(scanner.token());
              if (policy.attributes.get(value)) {
                throw new IllegalArgumentException(
                    "'" + scanner.token() + "' is an attribute; name a type");
              }
              return value;
            });
    scanner.take();
    return type;
  }

  /** A name, some in braces with - before exceptions, * for all, or ~ before what is left out. */
  private Types types(String right, boolean mayBeSelf) {
    boolean not = scanner.takes("~");
    BitSet named = new BitSet();
    BitSet except = new BitSet();
    boolean[] self = new boolean[1];
    items(
        scanner,
        right,
        () -> {
          if (scanner.takes("*")) {
            named.or(policy.allTypes());
          } else if (mayBeSelf && scanner.takes("self")) {
            self[0] = true;
          } else {
            boolean minus = scanner.takes("-");
            (minus ? except : named).set(scanner.checked(() -> policy.type(scanner.token())));
            scanner.take();
          }
        });
    BitSet result = named;
    if (not || !except.isEmpty()) {
      result = not ? policy.allTypes() : policy.expanded(named);
      if (not) {
        result.andNot(policy.expanded(named));
      }
      result.andNot(policy.expanded(except));
    }
    return new Types(result, self[0]);
  }

  private List<Integer> classes() {
    List<Integer> classes = new ArrayList<>();
    items(
        scanner,
        "a class",
        () -> {
          classes.add(scanner.checked(() -> policy.classes.known(scanner.token())));
          scanner.take();
        });
    return classes;
  }

  /** The permissions for each of the classes, as access vectors. */
  private int[] permissions(List<Integer> classes) {
    int[] vectors = new int[classes.size()];
    boolean not = scanner.takes("~");
    items(
        scanner,
        "a permission",
        () -> {
          boolean all = scanner.at("*");
          for (int i = 0; i < vectors.length; i++) {
            NameList known = entry(classes.get(i)).permissions();
            vectors[i] |=
                all ? mask(known) : 1 << scanner.checked(() -> known.known(scanner.token())) - 1;
          }
          scanner.take();
        });
    for (int i = 0; not && i < vectors.length; i++) {
      vectors[i] = mask(entry(classes.get(i)).permissions()) & ~vectors[i];
    }
    return vectors;
  }

  private static int mask(NameList permissions) {
    return (int) ((1L << permissions.size()) - 1);
  }

  /** The values of a name, or of some in braces. */
  static BitSet names(StatementScanner scanner, ToIntFunction<String> look, String right) {
    BitSet values = new BitSet();
    items(
        scanner,
        right,
        () -> {
          values.set(scanner.checked(() -> look.applyAsInt(scanner.token())));
          scanner.take();
        });
    return values;
  }

  private static void items(StatementScanner scanner, String right, Runnable item) {
    if (scanner.atEnd() || scanner.at(";") || scanner.at(":")) {
      throw scanner.unexpected(right);
    }
    if (!scanner.takes("{")) {
      item.run();
      return;
    }
    do {
      if (scanner.atEnd()) {
        throw scanner.unexpected("'}'");
      }
      item.run();
    } while (!scanner.takes("}"));
  }
}
