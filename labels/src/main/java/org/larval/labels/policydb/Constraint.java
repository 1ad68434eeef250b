package org.larval.labels.policydb;

import java.util.List;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.ConstraintNode.Operand;
import org.larval.labels.policydb.ConstraintNode.Operator;

/**
 * A condition on two contexts, or on three where a change of labels is judged
 * (constraint_expr_eval). A permission of a class is withheld unless its constraints hold.
 */
public final class Constraint {
  /** How many results may be waiting at once (CEXPR_MAXDEPTH). */
  static final int MAX_DEPTH = 5;

  private final int permissions;
  private final ConstraintNode[] nodes;

  Constraint(int permissions, ConstraintNode[] nodes) {
    this.permissions = permissions;
    this.nodes = nodes;
  }

  /** The permissions withheld, as an access vector; 0 where a change of labels is judged. */
  public int permissions() {
    return permissions;
  }

  /** The expression in postfix order. */
  public List<ConstraintNode> nodes() {
    return List.of(nodes);
  }

  /**
   * Whether the expression is true.
   *
   * @param third the process; where access is decided nothing refers to it
   */
  boolean holds(Roles roles, PolicyContext source, PolicyContext target, PolicyContext third) {
    int stack = 0; // the lowest bit is the top
    for (ConstraintNode node : nodes) {
      switch (node.kind()) {
        case NOT -> stack ^= 1;
        case AND -> stack = stack >> 1 & (stack | ~1);
        case OR -> stack = stack >> 1 | stack & 1;
        case ATTRIBUTES, NAMES ->
            stack = stack << 1 | (test(node, roles, source, target, third) ? 1 : 0);
      }
    }
    return (stack & 1) != 0;
  }

  /** What one comparison answers; the node must not be a not, and, or. */
  public static boolean test(
      ConstraintNode node,
      Roles roles,
      PolicyContext source,
      PolicyContext target,
      PolicyContext third) {
    if (node.kind() == ConstraintNode.Kind.NAMES) {
      PolicyContext who =
          switch (node.side()) {
            case SOURCE -> source;
            case TARGET -> target;
            case THIRD -> third;
          };
      int value =
          switch (node.operand()) {
            case USER -> who.user();
            case ROLE -> who.role();
            default -> who.type();
          };
      return node.names().contains(value) == (node.operator() == Operator.EQ);
    }
    MlsRange one = source.range();
    MlsRange other = target.range();
    Operator operator = node.operator();
    return switch (node.operand()) {
      case USER -> same(operator, source.user(), target.user());
      case TYPE -> same(operator, source.type(), target.type());
      case ROLE -> roles(operator, roles, source.role(), target.role());
      case L1_L2 -> levels(operator, one.low(), other.low());
      case L1_H2 -> levels(operator, one.low(), other.high());
      case H1_L2 -> levels(operator, one.high(), other.low());
      case H1_H2 -> levels(operator, one.high(), other.high());
      case L1_H1 -> levels(operator, one.low(), one.high());
      case L2_H2 -> levels(operator, other.low(), other.high());
    };
  }

  private static boolean same(Operator operator, int one, int other) {
    return (one == other) == (operator == Operator.EQ);
  }

  private static boolean roles(Operator operator, Roles roles, int one, int other) {
    return switch (operator) {
      case EQ -> one == other;
      case NEQ -> one != other;
      case DOM -> roles.dominates(one, other);
      case DOMBY -> roles.dominates(other, one);
      case INCOMP -> !roles.dominates(one, other) && !roles.dominates(other, one);
    };
  }

  private static boolean levels(Operator operator, MlsLevel one, MlsLevel other) {
    return switch (operator) {
      case EQ -> one.equals(other);
      case NEQ -> !one.equals(other);
      case DOM -> one.dominates(other);
      case DOMBY -> other.dominates(one);
      case INCOMP -> one.incomparable(other);
    };
  }

  /** Whether an operand can be compared so; only levels and roles are more than equal or not. */
  static boolean comparable(Operand operand, Operator operator) {
    return operand.level()
        || operand == Operand.ROLE
        || operator == Operator.EQ
        || operator == Operator.NEQ;
  }
}
