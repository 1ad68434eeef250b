package org.larval.lab.report;

import org.larval.lab.run.FlowAccount;
import org.larval.lab.run.Ledger;

/**
 * How the pictures show a message's fate: up is delivered, down is not, and each has a length of
 * its own beside its colour. A leak is drawn over the fate of its message.
 */
enum FateMark {
  AT_ONCE("at-once", "delivered at once", "within 30 ms of the flow's fastest", -13, 13),
  LATE("late", "delivered late", "more than 30 ms after the flow's fastest", -7, 7),
  LOST("lost", "lost", "dropped, or under way at the end", 0, 13),
  REFUSED("refused", "refused", "the system call answered with an error", 0, 7),
  HELD("held", "still held", "in a hold queue at the end", -4, 8),
  ASLEEP("asleep", "asleep", "the calling task still slept at the end", -2, 4),
  LEAKED("leaked", "LEAKED IN CLEAR", "left a guest in clear against a policy", -15, 30);

  private final String css;
  private final String label;
  private final String sentence;
  private final int top;
  private final int height;

  FateMark(String css, String label, String sentence, int top, int height) {
    this.css = css;
    this.label = label;
    this.sentence = sentence;
    this.top = top;
    this.height = height;
  }

  /** The class in the style sheet. */
  String css() {
    return css;
  }

  /** For the key. */
  String label() {
    return label;
  }

  /** What it means. */
  String sentence() {
    return sentence;
  }

  /** Where the tick begins, from the middle of the strip; negative is up. */
  int top() {
    return top;
  }

  /** How long the tick is. */
  int height() {
    return height;
  }

  /** The mark of every message by sequence number; leaks are told by the account itself. */
  static FateMark[] of(FlowAccount account) {
    long[] latencies = account.latencies();
    long atOnce = latencies.length == 0 ? 0 : latencies[0] + Ledger.LATE;
    FateMark[] marks = new FateMark[account.offered()];
    for (int i = 0; i < marks.length; i++) {
      marks[i] =
          switch (account.fate(i)) {
            case DELIVERED -> account.latency(i) > atOnce ? LATE : AT_ONCE;
            case REFUSED -> REFUSED;
            case ASLEEP -> ASLEEP;
            case HELD -> HELD;
            case LOST -> LOST;
          };
    }
    return marks;
  }
}
