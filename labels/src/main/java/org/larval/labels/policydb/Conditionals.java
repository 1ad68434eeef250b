package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.List;

/**
 * Rules that hold while an expression of booleans does, or while it does not. The rules themselves
 * stand in the tables with the others; here is what each says and when it holds.
 */
public final class Conditionals {
  /** Parts of an expression. */
  public enum Operator {
    /** The value of a boolean. */
    BOOLEAN,
    /** Turns the last result around. */
    NOT,
    /** One of the last two. */
    OR,
    /** Both of the last two. */
    AND,
    /** Just one of the last two. */
    XOR,
    /** The last two are the same. */
    EQ,
    /** The last two are not the same. */
    NEQ
  }

  /**
   * One step of an expression in postfix order.
   *
   * @param operator what it does
   * @param bool the value of the boolean looked at, else meaningless
   */
  public record Step(Operator operator, int bool) {}

  /** How many results may be waiting at once (COND_EXPR_MAXDEPTH). */
  static final int MAX_DEPTH = 10;

  private final Step[][] expressions;
  private final byte[] states;
  private final int[] data;
  private final int[] blocks;
  private final long[] enabled;

  /**
   * The conditionals.
   *
   * @param expressions of every block
   * @param states of every block in the file: 1, 0, or -1 for undefined
   * @param data what each conditional rule says
   * @param blocks the block of each rule; inverted (~) in the list for false
   * @param enabled a bit for each rule that the file has enabled
   */
  Conditionals(Step[][] expressions, byte[] states, int[] data, int[] blocks, long[] enabled) {
    this.expressions = expressions;
    this.states = states;
    this.data = data;
    this.blocks = blocks;
    this.enabled = enabled;
  }

  /** How many conditional blocks there are. */
  public int blocks() {
    return expressions.length;
  }

  /** How many conditional rules there are, those of extended permissions included. */
  public int rules() {
    return data.length;
  }

  /** How many blocks are true in the file. */
  public int blocksTrue() {
    int count = 0;
    for (byte state : states) {
      count += state == 1 ? 1 : 0;
    }
    return count;
  }

  /** A block's expression in postfix order. */
  public List<Step> expression(int block) {
    return List.of(expressions[block]);
  }

  /**
   * What a block's expression would say.
   *
   * @param booleans by value
   */
  public boolean evaluate(int block, boolean[] booleans) {
    return evaluate(expressions[block], booleans);
  }

  int data(int rule) {
    return data[rule];
  }

  /** The block that a conditional rule stands in. */
  public int block(int rule) {
    return blocks[rule] < 0 ? ~blocks[rule] : blocks[rule];
  }

  /** Whether a rule stands in the list for true. */
  public boolean whenTrue(int rule) {
    return blocks[rule] >= 0;
  }

  /** The state that the file was written in. */
  Switches initial(boolean[] booleans) {
    return new Switches(1, booleans, states, enabled);
  }

  /**
   * The state after some booleans changed. As in Linux (evaluate_cond_node) only blocks whose
   * expression now says something else are touched.
   */
  Switches switched(Switches before, boolean[] booleans) {
    byte[] now = new byte[expressions.length];
    for (int block = 0; block < now.length; block++) {
      now[block] = evaluate(expressions[block], booleans) ? (byte) 1 : 0;
    }
    long[] bits = before.enabled().clone();
    for (int rule = 0; rule < blocks.length; rule++) {
      int block = block(rule);
      if (now[block] != before.states()[block]) {
        long bit = 1L << rule;
        if (whenTrue(rule) == (now[block] == 1)) {
          bits[rule >> 6] |= bit;
        } else {
          bits[rule >> 6] &= ~bit;
        }
      }
    }
    return new Switches(before.sequence() + 1, booleans, now, bits);
  }

  private static boolean evaluate(Step[] expression, boolean[] booleans) {
    int stack = 0; // the lowest bit is the top
    for (Step step : expression) {
      int top = stack & 1;
      int below = stack >> 1;
      stack =
          switch (step.operator()) {
            case BOOLEAN -> stack << 1 | (booleans[step.bool()] ? 1 : 0);
            case NOT -> stack ^ 1;
            case OR -> below | top;
            case AND -> below & (~1 | top);
            case XOR, NEQ -> below ^ top;
            case EQ -> below ^ top ^ 1;
          };
    }
    return (stack & 1) != 0;
  }

  /**
   * The booleans and what follows from them.
   *
   * @param sequence grows with every change
   * @param booleans by value
   * @param states of the blocks
   * @param enabled bits of the rules
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Switches(int sequence, boolean[] booleans, byte[] states, long[] enabled) {
    boolean enabled(int rule) {
      return (enabled[rule >> 6] >>> rule & 1) != 0;
    }

    /** Whether both say the same, whatever their numbers. */
    boolean same(Switches other) {
      return Arrays.equals(booleans, other.booleans);
    }
  }
}
