package org.larval.secmark;

/** How it goes on after a step of a rule. Plain numbers: they are returned for each packet. */
final class Flow {
  /** With the rule's next step. */
  static final int NEXT_STEP = 0;

  /** With the next rule: the packet does not fit this one (NFT_BREAK, NFT_CONTINUE). */
  static final int NEXT_RULE = 1;

  /** The packet goes on after this chain. */
  static final int ACCEPT = 2;

  /** The packet ends. */
  static final int DROP = 3;

  /** Behind the jump that led here, or with the chain's policy. */
  static final int RETURN = 4;

  /** In another chain, and then back here. */
  static final int JUMP = 5;

  /** In another chain, and then where this one would return to. */
  static final int GOTO = 6;

  private Flow() {}
}
