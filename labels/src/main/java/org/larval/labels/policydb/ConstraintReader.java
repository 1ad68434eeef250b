package org.larval.labels.policydb;

import java.util.ArrayList;
import java.util.List;
import org.larval.labels.policydb.ConstraintNode.Kind;
import org.larval.labels.policydb.ConstraintNode.Operand;
import org.larval.labels.policydb.ConstraintNode.Operator;
import org.larval.labels.policydb.ConstraintNode.Side;
import org.larval.labels.policydb.ConstraintNode.WrittenTypes;

/** Reads the constraints of a class (read_cons_helper). */
final class ConstraintReader {
  private static final int TARGET = 8;
  private static final int THIRD = 16;

  private static final Kind[] KINDS = Kind.values();
  private static final Operator[] OPERATORS = Operator.values();

  private final PolicyInput in;
  private final int version;

  /** The highest values named so far, of users, roles and types: their tables come later. */
  private final int[] highest = new int[3];

  private final int[] highestAt = new int[3];

  ConstraintReader(PolicyInput in, int version) {
    this.in = in;
    this.version = version;
  }

  /**
   * Some constraints.
   *
   * @param validation whether they judge changes of labels, where three contexts take part
   */
  List<Constraint> read(int count, boolean validation) throws PolicyFileException {
    List<Constraint> constraints = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      constraints.add(constraint(validation));
    }
    return List.copyOf(constraints);
  }

  private Constraint constraint(boolean validation) throws PolicyFileException {
    int permissions = in.u32("the permissions of a constraint");
    int start = in.offset();
    ConstraintNode[] nodes = new ConstraintNode[in.count("nodes of a constraint", 12)];
    int depth = 0;
    for (int i = 0; i < nodes.length; i++) {
      ConstraintNode node = node(validation);
      nodes[i] = node;
      depth +=
          switch (node.kind()) {
            case NOT -> 0;
            case AND, OR -> -1;
            case ATTRIBUTES, NAMES -> 1;
          };
      // "not" wants one result before it, "and" and "or" leave one of the two they want
      if (depth < 1 || depth > Constraint.MAX_DEPTH) {
        throw in.wrongAt(
            start, "node " + i + " of a constraint leaves " + depth + " results on the stack");
      }
    }
    if (depth != 1) {
      throw in.wrongAt(start, "a constraint leaves " + depth + " results, not one");
    }
    return new Constraint(permissions, nodes);
  }

  private ConstraintNode node(boolean validation) throws PolicyFileException {
    Kind kind = KINDS[in.number("the kind of a constraint's node", 1, KINDS.length) - 1];
    int attribute = in.u32("the attribute of a constraint's node");
    if (kind != Kind.ATTRIBUTES && kind != Kind.NAMES) {
      in.u32("the operator of a constraint's node");
      return new ConstraintNode(kind, Operand.USER, Side.SOURCE, Operator.EQ, ValueSet.EMPTY, null);
    }
    int sides = kind == Kind.NAMES ? attribute & (TARGET | THIRD) : 0;
    Operand operand = Operand.of(attribute & ~sides);
    Side side = sides == 0 ? Side.SOURCE : sides == TARGET ? Side.TARGET : Side.THIRD;
    if (operand == null
        || kind == Kind.NAMES && operand.level()
        || sides == (TARGET | THIRD)
        || side == Side.THIRD && !validation) {
      throw in.wrong("a constraint cannot compare attribute 0x" + Integer.toHexString(attribute));
    }
    int code = in.number("the operator of a constraint's node", 1, OPERATORS.length);
    Operator operator = OPERATORS[code - 1];
    if (kind == Kind.ATTRIBUTES) {
      if (!Constraint.comparable(operand, operator)) {
        throw in.wrong(
            "operator '"
                + operator.sign()
                + "' between "
                + operand.left()
                + " and "
                + operand.right());
      }
      return new ConstraintNode(kind, operand, side, operator, ValueSet.EMPTY, null);
    }
    if (code > 2) {
      throw in.wrong("operator '" + operator.sign() + "' before names");
    }
    ValueSet names = noted(operand, "the names of a constraint");
    WrittenTypes written = null;
    if (version >= 29) {
      ValueSet types = noted(Operand.TYPE, "the types written in a constraint");
      ValueSet except = noted(Operand.TYPE, "the types excepted in a constraint");
      int flags = in.number("the flags of the types written in a constraint", 0, 3);
      written = operand == Operand.TYPE ? new WrittenTypes(types, except, flags) : null;
    }
    return new ConstraintNode(kind, operand, side, operator, names, written);
  }

  private ValueSet noted(Operand operand, String what) throws PolicyFileException {
    int start = in.offset();
    ValueSet set = in.bitmap(what);
    int table = operand.ordinal();
    if (set.highest() > highest[table]) {
      highest[table] = set.highest();
      highestAt[table] = start;
    }
    return set;
  }

  /** Checks what was named, now that its table is read. */
  void check(Operand operand, NameTable table) throws PolicyFileException {
    int value = highest[operand.ordinal()];
    if (value > table.limit()) {
      throw in.wrongIn(
          PolicySection.CLASSES,
          highestAt[operand.ordinal()],
          "a constraint names value " + value + " above " + table.limit());
    }
  }
}
