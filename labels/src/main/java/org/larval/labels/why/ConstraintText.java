package org.larval.labels.why;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.policydb.Constraint;
import org.larval.labels.policydb.ConstraintNode;
import org.larval.labels.policydb.ConstraintNode.Kind;
import org.larval.labels.policydb.ConstraintNode.Operand;
import org.larval.labels.policydb.ConstraintNode.Operator;
import org.larval.labels.policydb.ConstraintNode.Side;
import org.larval.labels.policydb.ConstraintNode.WrittenTypes;
import org.larval.labels.policydb.Contexts;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.Types;
import org.larval.labels.policydb.ValueSet;

/** Constraints as policies write them, and what two contexts make of their comparisons. */
final class ConstraintText {
  /** More names than this are cut short. */
  private static final int MAX_NAMES = 12;

  private final PolicyDb policy;

  ConstraintText(PolicyDb policy) {
    this.policy = policy;
  }

  /**
   * The whole statement. The word that it began with is not kept in a binary policy: it is written
   * as one of MLS if it compares levels.
   */
  String statement(PolicyClass securityClass, Constraint constraint) {
    boolean levels =
        constraint.nodes().stream()
            .anyMatch(node -> node.kind() == Kind.ATTRIBUTES && level(node.operand()));
    Expression expression = Expression.of(constraint);
    return (levels ? "mlsconstrain " : "constrain ")
        + securityClass.name()
        + " "
        + PolicyText.set(List.of(securityClass.names(constraint.permissions()).split(",")))
        + " ("
        + (expression == null
            ? "an expression of " + constraint.nodes().size() + " parts"
            : expression.text(this::comparison))
        + ");";
  }

  private static boolean level(Operand operand) {
    return operand != Operand.USER && operand != Operand.ROLE && operand != Operand.TYPE;
  }

  /** One comparison. */
  String comparison(ConstraintNode node) {
    boolean names = node.kind() == Kind.NAMES;
    return (names ? left(node) : node.operand().left())
        + " "
        + (level(node.operand()) && node.operator() == Operator.EQ ? "eq" : node.operator().sign())
        + " "
        + (names ? names(node) : node.operand().right());
  }

  private static String left(ConstraintNode node) {
    String letter = node.operand().left().substring(0, 1);
    return letter + (node.side().ordinal() + 1);
  }

  private String names(ConstraintNode node) {
    if (node.operand() == Operand.TYPE) {
      String attribute = attribute(node);
      return attribute == null ? types(node) : attribute;
    }
    return set(node.names(), node.operand());
  }

  /** The one attribute that the types of a comparison were written as, or null. */
  @Nullable String attribute(ConstraintNode node) {
    if (node.kind() != Kind.NAMES || node.operand() != Operand.TYPE) {
      return null;
    }
    Types types = policy.types();
    WrittenTypes written = node.written();
    if (written != null && (!written.types().isEmpty() || written.flags() != 0)) {
      int value = written.types().next(1);
      boolean one =
          written.types().size() == 1 && written.except().isEmpty() && written.flags() == 0;
      return one && types.isAttribute(value) ? name(Operand.TYPE, value) : null;
    }
    // before version 29 only the types themselves were kept
    int[] members = node.names().toArray();
    for (int value = 1; members.length > 1 && value <= types.names().limit(); value++) {
      if (types.names().has(value)
          && types.isAttribute(value)
          && Arrays.equals(types.members(value), members)) {
        return name(Operand.TYPE, value);
      }
    }
    return null;
  }

  private String types(ConstraintNode node) {
    WrittenTypes written = node.written();
    if (written == null || written.types().isEmpty() && written.flags() == 0) {
      return set(node.names(), Operand.TYPE);
    }
    if (written.flags() == 1) {
      return "*";
    }
    List<String> names = list(written.types(), Operand.TYPE);
    list(written.except(), Operand.TYPE).forEach(name -> names.add("-" + name));
    return (written.flags() == 2 ? "~" : "") + PolicyText.set(names);
  }

  private String set(ValueSet values, Operand operand) {
    return PolicyText.set(list(values, operand));
  }

  private List<String> list(ValueSet values, Operand operand) {
    List<String> names = new ArrayList<>();
    for (int value = values.next(1); value != 0; value = values.next(value + 1)) {
      if (names.size() == MAX_NAMES) {
        names.add("and " + (values.size() - MAX_NAMES) + " more");
        break;
      }
      names.add(name(operand, value));
    }
    return names;
  }

  private String name(Operand operand, int value) {
    String name =
        switch (operand) {
          case USER -> policy.userNames().nameOrNull(value);
          case ROLE -> policy.roles().names().nameOrNull(value);
          default -> policy.types().names().nameOrNull(value);
        };
    return name == null ? "?" + value : name;
  }

  // --- what two contexts make of it ---

  /** A comparison that came out wrong, in words. */
  FailedOperand failed(Expression.Blame blame, PolicyContext source, PolicyContext target) {
    ConstraintNode node = blame.node();
    if (node.kind() == Kind.NAMES) {
      boolean ofSource = node.side() == Side.SOURCE;
      String value = name(node.operand(), part(node.operand(), ofSource ? source : target));
      String who = (ofSource ? "the source's " : "the target's ") + word(node.operand());
      boolean among = (node.operator() == Operator.EQ) != blame.wanted();
      return new FailedOperand(
          comparison(node),
          value,
          names(node),
          who + " " + value + (among ? " is " : " is not ") + kindOfSet(node));
    }
    if (!level(node.operand())) {
      String left = name(node.operand(), part(node.operand(), source));
      String right = name(node.operand(), part(node.operand(), target));
      String detail =
          "the source's %s is %s, the target's %s".formatted(word(node.operand()), left, right);
      return new FailedOperand(comparison(node), left, right, detail);
    }
    MlsLevel left = level(node.operand().left(), source, target);
    MlsLevel right = level(node.operand().right(), source, target);
    return new FailedOperand(
        comparison(node), text(left), text(right), levels(node, blame.wanted(), left, right));
  }

  private String kindOfSet(ConstraintNode node) {
    String attribute = attribute(node);
    return attribute == null ? "one of " + names(node) : "in " + attribute;
  }

  private static int part(Operand operand, PolicyContext context) {
    return switch (operand) {
      case USER -> context.user();
      case ROLE -> context.role();
      default -> context.type();
    };
  }

  private static String word(Operand operand) {
    return switch (operand) {
      case USER -> "user";
      case ROLE -> "role";
      default -> "type";
    };
  }

  private static MlsLevel level(String name, PolicyContext source, PolicyContext target) {
    return switch (name) {
      case "l1" -> source.range().low();
      case "h1" -> source.range().high();
      case "l2" -> target.range().low();
      default -> target.range().high();
    };
  }

  private String text(MlsLevel level) {
    return policy.contexts().text(level);
  }

  private String levels(ConstraintNode node, boolean wanted, MlsLevel left, MlsLevel right) {
    String one = title(node.operand().left()) + " " + text(left);
    String other = title(node.operand().right()) + " " + text(right);
    String relation =
        switch (node.operator()) {
          case EQ -> wanted ? " is not the same as " : " is the same as ";
          case NEQ -> wanted ? " is the same as " : " is not the same as ";
          case DOM -> wanted ? " does not dominate " : " dominates ";
          case DOMBY -> wanted ? " is not dominated by " : " is dominated by ";
          case INCOMP -> wanted ? " is comparable with " : " is not comparable with ";
        };
    String clause = one + relation + other;
    boolean below = node.operator() == Operator.DOM || node.operator() == Operator.EQ;
    boolean above = node.operator() == Operator.DOMBY || node.operator() == Operator.EQ;
    List<String> lacks = new ArrayList<>();
    if (wanted && below) {
      lacks(lacks, node.operand().left(), left, right);
    }
    if (wanted && above) {
      lacks(lacks, node.operand().right(), right, left);
    }
    return lacks.isEmpty() ? clause : clause + ", because " + String.join(" and ", lacks);
  }

  private static String title(String operand) {
    return switch (operand) {
      case "l1" -> "the source's low level";
      case "h1" -> "the source's high level";
      case "l2" -> "the target's low level";
      default -> "the target's high level";
    };
  }

  /** What one level lacks to dominate another. */
  private void lacks(List<String> out, String who, MlsLevel one, MlsLevel other) {
    Contexts names = policy.contexts();
    if (one.sensitivity() < other.sensitivity()) {
      out.add(
          who
              + " is only "
              + LevelDifference.sensitivity(names, one)
              + ", below "
              + LevelDifference.sensitivity(names, other));
    }
    CategorySet missing = LevelDifference.missing(one.categories(), other.categories());
    if (!missing.isEmpty()) {
      out.add(who + " lacks " + LevelDifference.categories(names, missing));
    }
  }

  /** What the comparisons of an expression say about two contexts. */
  boolean test(ConstraintNode node, PolicyContext source, PolicyContext target) {
    return Constraint.test(node, policy.roles(), source, target, target);
  }
}
