package org.larval.xfrm.grammar;

import java.util.Map;
import org.larval.xfrm.Direction;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.State;

/** Lists states and policies letter for letter as {@code ip xfrm} does; keys only if asked to. */
public final class IpXfrmPrinter {
  private IpXfrmPrinter() {}

  /** What {@code ip xfrm state list nokeys} prints of one state. */
  public static String print(State state) {
    return print(state, ListingFormat.PLAIN);
  }

  /** What {@code ip [-s] xfrm state list [nokeys]} prints of one state. */
  public static String print(State state, ListingFormat format) {
    return StatePrinter.print("", ShownState.of(state), format);
  }

  /** A state that a line describes, as it is listed right after it was added. */
  public static String print(IpXfrmCommand.StateAdd add, ListingFormat format) {
    return StatePrinter.print("", ShownState.of(add, 0), format);
  }

  /** What {@code ip xfrm policy list} prints of one policy. */
  public static String print(Policy policy) {
    return print(policy, ListingFormat.PLAIN);
  }

  /** The same in another form, for a policy that is in no database. */
  public static String print(Policy policy, ListingFormat format) {
    return PolicyPrinter.print("", "", shown(policy), format);
  }

  /** What {@code ip [-s] xfrm policy list} prints of one policy. */
  public static String print(InstalledPolicy policy, ListingFormat format) {
    return PolicyPrinter.print("", "", PolicyPrinter.Shown.of(policy), format);
  }

  /** What is listed of the policy of a socket. */
  public static String printOfSocket(Policy policy, ListingFormat format) {
    return PolicyPrinter.print(
        "", "", new PolicyPrinter.Shown(policy, true, Lifetimes.NONE, 0, -1), format);
  }

  /** What {@code ip xfrm policy getdefault} prints. */
  public static String defaults(Map<Direction, Policy.Action> actions) {
    return "Default policies:\n"
        + " in:  "
        + word(actions, Direction.IN)
        + " fwd: "
        + word(actions, Direction.FWD)
        + " out: "
        + word(actions, Direction.OUT);
  }

  private static String word(Map<Direction, Policy.Action> actions, Direction direction) {
    return actions.get(direction) == Policy.Action.BLOCK ? "block\n" : "accept\n";
  }

  /** What {@code ip xfrm state count} prints. */
  public static String stateCount(int states) {
    return "\t SAD count " + states + "\n";
  }

  /** What {@code ip xfrm policy count} prints. */
  public static String policyCount(int in, int out, int fwd) {
    return "\t SPD IN  " + in + " OUT " + out + " FWD " + fwd + "\n";
  }

  static PolicyPrinter.Shown shown(Policy policy) {
    return new PolicyPrinter.Shown(policy, false, Lifetimes.NONE, 0, -1);
  }
}
