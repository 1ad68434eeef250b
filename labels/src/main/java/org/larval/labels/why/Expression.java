package org.larval.labels.why;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.Constraint;
import org.larval.labels.policydb.ConstraintNode;

/** The expression of a constraint as a tree. */
sealed interface Expression {
  /** Larger expressions are not looked into; policies have a dozen steps. */
  int MAX_NODES = 500;

  record Leaf(ConstraintNode node) implements Expression {}

  record Not(Expression inner) implements Expression {}

  record Both(List<Expression> parts) implements Expression {}

  record Either(List<Expression> parts) implements Expression {}

  /** The tree, or null if the expression is too large to be read by anybody. */
  static @Nullable Expression of(Constraint constraint) {
    List<ConstraintNode> nodes = constraint.nodes();
    if (nodes.size() > MAX_NODES) {
      return null;
    }
    Deque<Expression> stack = new ArrayDeque<>();
    for (ConstraintNode node : nodes) {
      switch (node.kind()) {
        case NOT -> stack.push(new Not(stack.pop()));
        case AND -> {
          Expression right = stack.pop();
          List<Expression> parts = new ArrayList<>();
          add(parts, stack.pop(), true);
          add(parts, right, true);
          stack.push(new Both(parts));
        }
        case OR -> {
          Expression right = stack.pop();
          List<Expression> parts = new ArrayList<>();
          add(parts, stack.pop(), false);
          add(parts, right, false);
          stack.push(new Either(parts));
        }
        case ATTRIBUTES, NAMES -> stack.push(new Leaf(node));
      }
    }
    return stack.pop();
  }

  private static void add(List<Expression> parts, Expression part, boolean and) {
    if (and && part instanceof Both both) {
      parts.addAll(both.parts);
    } else if (!and && part instanceof Either either) {
      parts.addAll(either.parts);
    } else {
      parts.add(part);
    }
  }

  /** What it says, given what its comparisons say. */
  default boolean holds(Predicate<ConstraintNode> test) {
    return switch (this) {
      case Leaf leaf -> test.test(leaf.node);
      case Not not -> !not.inner.holds(test);
      case Both both -> both.parts.stream().allMatch(part -> part.holds(test));
      case Either either -> either.parts.stream().anyMatch(part -> part.holds(test));
    };
  }

  /**
   * Collects the comparisons that keep it from being as wanted; each with what it would have to
   * say.
   */
  default void blame(Predicate<ConstraintNode> test, boolean wanted, List<Blame> out) {
    if (holds(test) == wanted) {
      return;
    }
    switch (this) {
      case Leaf leaf -> out.add(new Blame(leaf.node, wanted));
      case Not not -> not.inner.blame(test, !wanted, out);
      case Both both -> both.parts.forEach(part -> part.blame(test, wanted, out));
      case Either either -> either.parts.forEach(part -> part.blame(test, wanted, out));
    }
  }

  /** A comparison that came out wrong, and what it should have said. */
  record Blame(ConstraintNode node, boolean wanted) {}

  /** As policies write it. */
  default String text(Function<ConstraintNode, String> leaf) {
    return switch (this) {
      case Leaf bare -> leaf.apply(bare.node);
      case Not not -> "not " + not.inner.within(leaf);
      case Both both -> join(both.parts, " and ", leaf);
      case Either either -> join(either.parts, " or ", leaf);
    };
  }

  private static String join(
      List<Expression> parts, String word, Function<ConstraintNode, String> leaf) {
    return parts.stream().map(part -> part.within(leaf)).collect(Collectors.joining(word));
  }

  private String within(Function<ConstraintNode, String> leaf) {
    return "(" + text(leaf) + ")";
  }
}
