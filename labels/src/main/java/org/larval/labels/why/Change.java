package org.larval.labels.why;

import java.util.List;
import java.util.stream.Collectors;

/** Something to change so that a policy permits what it refuses. */
public sealed interface Change {
  /** A rule to add, as audit2allow writes it. */
  record AllowRule(String line) implements Change {
    @Override
    public String toString() {
      return "add the rule " + line;
    }
  }

  /** A rule of roles to add. */
  record RoleAllow(String line) implements Change {
    @Override
    public String toString() {
      return "add the rule " + line;
    }
  }

  /** Booleans to switch. */
  record SwitchBooleans(List<BooleanState> booleans) implements Change {
    @Override
    public String toString() {
      return booleans.stream()
          .map(each -> "setsebool " + each.name() + " " + (each.on() ? "on" : "off"))
          .collect(Collectors.joining(" and "));
    }
  }

  /**
   * Another label for one of the two.
   *
   * @param side whose
   * @param context the new label
   * @param difference what is other than before, such as {@code adds c3,c4}
   */
  record Relabel(Side side, String context, String difference) implements Change {
    @Override
    public String toString() {
      return "label the " + side.word() + " " + context + " (" + difference + ")";
    }
  }

  /** An attribute to give to a type, or to take from it. */
  record Attribute(String type, String attribute, boolean give) implements Change {
    @Override
    public String toString() {
      return give
          ? "give " + type + " the attribute " + attribute
          : "take the attribute " + attribute + " from " + type;
    }
  }

  /** Nothing less than another constraint helps. */
  record OtherConstraint(String statement) implements Change {
    @Override
    public String toString() {
      return "only a change of the constraint helps: " + statement;
    }
  }

  /** The policy must come to know a class or permission. */
  record Declare(String what) implements Change {
    @Override
    public String toString() {
      return "declare " + what + " in the policy, or let it allow what it does not know";
    }
  }

  /** The two ends of a question. */
  enum Side {
    /** Who does it. */
    SOURCE("source"),
    /** To what it is done. */
    TARGET("target");

    private final String word;

    Side(String word) {
      this.word = word;
    }

    /** As people say it. */
    public String word() {
      return word;
    }
  }
}
