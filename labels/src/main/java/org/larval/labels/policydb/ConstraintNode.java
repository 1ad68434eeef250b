package org.larval.labels.policydb;

import org.jspecify.annotations.Nullable;

/**
 * One step of a constraint's expression in postfix order.
 *
 * @param kind what it does
 * @param operand what is compared; meaningless for not, and, or
 * @param side whose user, role or type is looked up among the names
 * @param operator how it is compared
 * @param names the values that {@link Kind#NAMES} looks among, attributes expanded
 * @param written the types as the policy's author named them, since version 29 and only for types
 */
public record ConstraintNode(
    Kind kind,
    Operand operand,
    Side side,
    Operator operator,
    ValueSet names,
    @Nullable WrittenTypes written) {

  /** What a step does. */
  public enum Kind {
    /** Turns the last result around. */
    NOT,
    /** Whether both of the last two hold. */
    AND,
    /** Whether one of the last two holds. */
    OR,
    /** Compares an attribute of the one with that of the other. */
    ATTRIBUTES,
    /** Looks for a user, role or type among names. */
    NAMES
  }

  /** What is compared; 1 is the source (or the old context), 2 the target (or the new one). */
  public enum Operand {
    /** u1 with u2. */
    USER(1, "u1", "u2"),
    /** r1 with r2. */
    ROLE(2, "r1", "r2"),
    /** t1 with t2. */
    TYPE(4, "t1", "t2"),
    /** Low of the source with low of the target. */
    L1_L2(32, "l1", "l2"),
    /** Low of the source with high of the target. */
    L1_H2(64, "l1", "h2"),
    /** High of the source with low of the target. */
    H1_L2(128, "h1", "l2"),
    /** High of the source with high of the target. */
    H1_H2(256, "h1", "h2"),
    /** Low with high of the source. */
    L1_H1(512, "l1", "h1"),
    /** Low with high of the target. */
    L2_H2(1024, "l2", "h2");

    private final int code;
    private final String left;
    private final String right;

    Operand(int code, String left, String right) {
      this.code = code;
      this.left = left;
      this.right = right;
    }

    /** The left side as policies write it. */
    public String left() {
      return left;
    }

    /** The right side as policies write it. */
    public String right() {
      return right;
    }

    static @Nullable Operand of(int code) {
      for (Operand operand : values()) {
        if (operand.code == code) {
          return operand;
        }
      }
      return null;
    }

    boolean level() {
      return code >= 32;
    }
  }

  /** Whose attribute is looked up. */
  public enum Side {
    /** Of the source. */
    SOURCE,
    /** Of the target. */
    TARGET,
    /** Of the process that changes a label; only where changes of labels are judged. */
    THIRD
  }

  /** How two things are compared. */
  public enum Operator {
    /** The same. */
    EQ("=="),
    /** Not the same. */
    NEQ("!="),
    /** The left dominates the right. */
    DOM("dom"),
    /** The right dominates the left. */
    DOMBY("domby"),
    /** Neither dominates the other. */
    INCOMP("incomp");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }

    /** As policies write it. */
    public String sign() {
      return sign;
    }
  }

  /**
   * Types and attributes as they were written.
   *
   * @param types those named
   * @param except those taken out again
   * @param flags 1 for all types, 2 for all but those named
   */
  public record WrittenTypes(ValueSet types, ValueSet except, int flags) {}
}
