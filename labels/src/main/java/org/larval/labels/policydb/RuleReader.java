package org.larval.labels.policydb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.larval.labels.policydb.Conditionals.Operator;
import org.larval.labels.policydb.Conditionals.Step;

/** Reads the rules of types (the avtab) and the conditional ones (avtab_read, cond_read_list). */
final class RuleReader {
  private static final int ENABLED = 0x8000;
  private static final int EXTENDED = 0x0700;
  private static final int RECORD_BYTES = 12;

  private static final Operator[] OPERATORS = Operator.values();

  private final PolicyInput in;
  private final int version;
  private final SymbolReader symbols;

  RuleTable.Builder vectors = new RuleTable.Builder(0);
  RuleTable.Builder types = new RuleTable.Builder(0);
  RuleTable.Builder extended = new RuleTable.Builder(0);
  final List<ExtendedPermissions> permissions = new ArrayList<>();
  int unconditional;

  /** Where the unconditional records begin. */
  private int start;

  private Step[][] expressions = new Step[0][];
  private byte[] states = new byte[0];
  private int[] data = new int[0];
  private int[] blocks = new int[0];
  private long[] enabled = new long[0];
  private int rules;

  RuleReader(PolicyInput in, int version, SymbolReader symbols) {
    this.in = in;
    this.version = version;
    this.symbols = symbols;
  }

  void read() throws PolicyFileException {
    in.enter(PolicySection.RULES);
    unconditional = in.count("rules", RECORD_BYTES);
    if (unconditional == 0) {
      throw in.wrong("there are no rules");
    }
    start = in.offset();
    vectors = new RuleTable.Builder(unconditional + (unconditional >> 1));
    types = new RuleTable.Builder(unconditional >> 2);
    for (int i = 0; i < unconditional; i++) {
      rule(-1, true);
    }
    in.enter(PolicySection.CONDITIONALS);
    int count = in.count("conditional blocks", 16);
    expressions = new Step[count][];
    states = new byte[count];
    for (int block = 0; block < count; block++) {
      block(block);
    }
  }

  Conditionals conditionals() {
    return new Conditionals(
        expressions,
        states,
        Arrays.copyOf(data, rules),
        Arrays.copyOf(blocks, rules),
        Arrays.copyOf(enabled, rules + 63 >> 6));
  }

  private void block(int block) throws PolicyFileException {
    int state = in.u32("the state of a conditional block");
    if (state < -1 || state > 1) {
      throw in.wrong("the state of a conditional block is " + Integer.toUnsignedString(state));
    }
    states[block] = (byte) state;
    int begin = in.offset();
    Step[] expression = new Step[in.count("steps of an expression", 8)];
    int depth = 0;
    for (int i = 0; i < expression.length; i++) {
      Operator operator = OPERATORS[in.number("an operator", 1, OPERATORS.length) - 1];
      int bool = in.u32("a boolean");
      if (operator == Operator.BOOLEAN) {
        in.existing(bool, symbols.booleanNames, "boolean");
      }
      depth += operator == Operator.BOOLEAN ? 1 : operator == Operator.NOT ? 0 : -1;
      if (depth < 1 || depth > Conditionals.MAX_DEPTH) {
        throw in.wrongAt(
            begin, "step " + i + " of an expression leaves " + depth + " results on the stack");
      }
      expression[i] = new Step(operator, bool);
    }
    if (depth != 1) {
      throw in.wrongAt(begin, "an expression leaves " + depth + " results, not one");
    }
    expressions[block] = expression;
    list(block, true);
    list(block, false);
  }

  private void list(int block, boolean whenTrue) throws PolicyFileException {
    int count = in.count("conditional rules", RECORD_BYTES);
    for (int i = 0; i < count; i++) {
      rule(block, whenTrue);
    }
  }

  private void rule(int block, boolean whenTrue) throws PolicyFileException {
    int source = typeOrAttribute("the source");
    int target = typeOrAttribute("the target");
    int securityClass = in.u16("the class of a rule");
    in.existing(securityClass, symbols.classNames, "class");
    int word = in.u16("the kind of a rule");
    RuleKind kind = RuleKind.of(block < 0 ? word : word & ~ENABLED);
    if (kind == null) {
      throw in.wrong("0x" + Integer.toHexString(word) + " is no kind of rule");
    }
    int value;
    if ((word & EXTENDED) != 0) {
      value = extended(block >= 0);
    } else {
      value = in.u32("what a rule says");
      if (kind.type()) {
        in.existing(value, symbols.typeNames, "type");
      }
    }
    int code = kind.code();
    if (block >= 0) {
      value = conditional(block, whenTrue, (word & ENABLED) != 0, value);
      code |= RuleTable.CONDITIONAL;
    }
    RuleTable.Builder table = kind.vector() ? vectors : kind.type() ? types : extended;
    table.add(securityClass, source, target, code, value);
  }

  private int typeOrAttribute(String what) throws PolicyFileException {
    int value = in.u16(what);
    return in.existing(value, symbols.typeNames, what);
  }

  /** Files a conditional rule and answers its number. */
  private int conditional(int block, boolean whenTrue, boolean on, int value) {
    if (rules == data.length) {
      int more = Math.max(64, rules * 2);
      data = Arrays.copyOf(data, more);
      blocks = Arrays.copyOf(blocks, more);
      enabled = Arrays.copyOf(enabled, more >> 6);
    }
    data[rules] = value;
    blocks[rules] = whenTrue ? block : ~block;
    if (on) {
      enabled[rules >> 6] |= 1L << rules;
    }
    return rules++;
  }

  /** Reads extended permissions and answers their number. */
  private int extended(boolean conditional) throws PolicyFileException {
    int since = conditional ? 34 : 30;
    if (version < since) {
      throw in.wrong(
          "extended permissions"
              + (conditional ? " under a condition" : "")
              + " in a policy of"
              + " version "
              + version
              + ", which has them from "
              + since
              + " on");
    }
    int form = in.u8("the form of extended permissions");
    if (form < 1 || form > 3) {
      throw in.wrong("extended permissions have form " + form + ", not 1..3");
    }
    int driver = in.u8("the driver of extended permissions");
    long[] bits = new long[4];
    for (int i = 0; i < 8; i++) {
      bits[i >> 1] |= (in.u32("extended permissions") & 0xffffffffL) << (i & 1) * 32;
    }
    permissions.add(
        new ExtendedPermissions(ExtendedPermissions.Form.values()[form - 1], driver, bits));
    return permissions.size() - 1;
  }

  /** Refuses two rules of a kind for the same types and class, which no compiler writes. */
  void checkUnique(RuleTable table) throws PolicyFileException {
    long twice = table.duplicate();
    if (twice == 0) {
      return;
    }
    int source = (int) (twice >>> 32) & 0xffff;
    int target = (int) (twice >>> 16) & 0xffff;
    int securityClass = (int) (twice >>> 48);
    int code = (int) twice & 0xffff;
    throw in.wrongAt(
        second(source, target, securityClass, code),
        "a second rule '"
            + Objects.requireNonNull(RuleKind.of(code)).word()
            + " "
            + symbols.typeNames.name(source)
            + " "
            + symbols.typeNames.name(target)
            + ":"
            + symbols.classNames.name(securityClass)
            + "'");
  }

  /** Where the second unconditional record with a key begins. */
  private int second(int source, int target, int securityClass, int code) {
    boolean seen = false;
    int at = start;
    for (int i = 0; i < unconditional; i++) {
      int word = in.u16At(at + 6);
      if (in.u16At(at) == source
          && in.u16At(at + 2) == target
          && in.u16At(at + 4) == securityClass
          && word == code) {
        if (seen) {
          return at;
        }
        seen = true;
      }
      at += (word & EXTENDED) != 0 ? 42 : RECORD_BYTES;
    }
    return start;
  }
}
