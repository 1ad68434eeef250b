package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the expressions of constraints and of conditions into the kernel's postfix order. "not"
 * binds tightest; then "and" before "or" in constraints, and the order of the policy compiler in
 * conditions.
 */
final class Expressions {
  /**
   * A step of a constraint in the numbers of the format.
   *
   * @param names values looked among, if {@code kind} is 5; attributes not expanded
   */
  record Node(int kind, int attribute, int operator, @Nullable BitSet names) {}

  /**
   * A step of a condition.
   *
   * @param bool value of a boolean, if {@code operator} is 1
   */
  record Step(int operator, int bool) {}

  static final int USER = 1;
  static final int ROLE = 2;
  static final int TYPE = 4;
  private static final int TARGET = 8;
  private static final int THIRD = 16;
  private static final int NAMES = 5;
  private static final int MAX_CONSTRAINT_DEPTH = 5;
  private static final int MAX_CONDITION_DEPTH = 10;

  private static final Map<String, Integer> LEVELS =
      Map.of("l1 l2", 32, "l1 h2", 64, "h1 l2", 128, "h1 h2", 256, "l1 h1", 512, "l2 h2", 1024);

  private static final Map<String, Integer> OPERATORS =
      Map.of("==", 1, "eq", 1, "!=", 2, "dom", 3, "domby", 4, "incomp", 5);

  private static final String AN_OPERAND = "one of u1 u2 u3 r1 r2 r3 t1 t2 t3 l1 l2 h1 h2";

  private final PolicyBuilder policy;
  private final StatementScanner scanner;
  private final boolean third;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private int nested;

  private Expressions(PolicyBuilder policy, StatementScanner scanner, boolean third) {
    this.policy = policy;
    this.scanner = scanner;
    this.third = third;
  }

  // --- constraints ---

  /**
   * The expression of a constraint.
   *
   * @param third whether three contexts take part
   */
  static List<Node> constraint(PolicyBuilder policy, StatementScanner scanner, boolean third) {
    Expressions reader = new Expressions(policy, scanner, third);
    reader.or();
    int depth = 0;
    for (Node node : reader.nodes) {
      depth += node.kind >= 4 ? 1 : node.kind == 1 ? 0 : -1;
      if (depth > MAX_CONSTRAINT_DEPTH) {
        throw tooDeep(scanner, MAX_CONSTRAINT_DEPTH);
      }
    }
    return List.copyOf(reader.nodes);
  }

  private static RuntimeException tooDeep(StatementScanner scanner, int depth) {
    return scanner.wrong(
        "the expression before this needs more than " + depth + " results at once",
        "an expression with fewer brackets to the right of its operators");
  }

  private void or() {
    and();
    while (scanner.takes("or") || scanner.takes("||")) {
      and();
      nodes.add(new Node(3, 0, 0, null));
    }
  }

  private void and() {
    not();
    while (scanner.takes("and") || scanner.takes("&&")) {
      not();
      nodes.add(new Node(2, 0, 0, null));
    }
  }

  private void not() {
    enter();
    if (scanner.takes("not") || scanner.takes("!")) {
      not();
      nodes.add(new Node(1, 0, 0, null));
    } else if (scanner.takes("(")) {
      or();
      scanner.expect(")", "')'");
    } else {
      comparison();
    }
    nested--;
  }

  private void enter() {
    if (++nested > 100) {
      throw scanner.wrong("the brackets are nested too deeply", "a simpler expression");
    }
  }

  private void comparison() {
    String left = scanner.token();
    if (!left.matches("[urt][123]|[lh][12]")) {
      throw scanner.unexpected(AN_OPERAND);
    }
    if (left.endsWith("3") && !third) {
      throw scanner.wrong(
          "'" + left + "' is the process of a validatetrans",
          "one of u1 u2 r1 r2 t1 t2 l1 l2 h1 h2");
    }
    scanner.take();
    Integer operator = OPERATORS.get(scanner.token());
    if (operator == null) {
      throw scanner.unexpected("one of == != eq dom domby incomp");
    }
    scanner.take();
    String right = scanner.token();
    Integer levels = LEVELS.get(left + " " + right);
    if (levels != null) {
      scanner.take();
      nodes.add(new Node(4, levels, operator, null));
      return;
    }
    char what = left.charAt(0);
    if (what == 'l' || what == 'h') {
      throw scanner.unexpected("a level such as h2, to compare with " + left);
    }
    int attribute = what == 'u' ? USER : what == 'r' ? ROLE : TYPE;
    boolean same = right.equals(what + "2") && left.endsWith("1");
    if (operator > 2 && (what != 'r' || !same)) {
      throw scanner.wrong(
          "'" + left + "' can only be the same or not the same", "'==' or '!=' before this");
    }
    if (same) {
      scanner.take();
      nodes.add(new Node(4, attribute, operator, null));
      return;
    }
    int side = left.endsWith("2") ? TARGET : left.endsWith("3") ? THIRD : 0;
    BitSet names = new StatementSets(policy, scanner).operands(attribute);
    nodes.add(new Node(NAMES, attribute | side, operator, names));
  }

  // --- conditions ---

  /** The condition of an if. */
  static List<Step> condition(PolicyBuilder policy, StatementScanner scanner) {
    Expressions reader = new Expressions(policy, scanner, false);
    reader.condition(0);
    int depth = 0;
    for (Step step : reader.steps) {
      depth += step.operator == 1 ? 1 : step.operator == 2 ? 0 : -1;
      if (depth > MAX_CONDITION_DEPTH) {
        throw tooDeep(scanner, MAX_CONDITION_DEPTH);
      }
    }
    return List.copyOf(reader.steps);
  }

  /** The compiler's ranks, loosest first: or, xor, and, then == and != (policy_parse.y). */
  private static int rank(int operator) {
    return switch (operator) {
      case 3 -> 0;
      case 5 -> 1;
      case 4 -> 2;
      default -> 3;
    };
  }

  private int operator() {
    return switch (scanner.token()) {
      case "or", "||" -> 3;
      case "and", "&&" -> 4;
      case "xor", "^" -> 5;
      case "==", "eq" -> 6;
      case "!=" -> 7;
      default -> 0;
    };
  }

  private void condition(int loosest) {
    operand();
    for (int operator = operator();
        operator != 0 && rank(operator) >= loosest;
        operator = operator()) {
      scanner.take();
      condition(rank(operator) + 1);
      steps.add(new Step(operator, 0));
    }
  }

  private void operand() {
    enter();
    if (scanner.takes("!") || scanner.takes("not")) {
      condition(3); // the compiler reads !a == b as !(a == b)
      steps.add(new Step(2, 0));
    } else if (scanner.takes("(")) {
      condition(0);
      scanner.expect(")", "')'");
    } else {
      steps.add(new Step(1, scanner.checked(() -> policy.booleans.known(scanner.token()))));
      scanner.take();
    }
    nested--;
  }
}
