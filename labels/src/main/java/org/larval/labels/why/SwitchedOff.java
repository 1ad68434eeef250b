package org.larval.labels.why;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An allow rule that would grant it, were its booleans otherwise.
 *
 * @param rule as policies write it
 * @param condition the expression of booleans, turned around for a rule after {@code else}
 * @param states how the booleans of the expression stand
 * @param flips the fewest booleans to set so that the rule holds; empty if too many would be needed
 */
public record SwitchedOff(
    String rule, String condition, List<BooleanState> states, List<BooleanState> flips) {
  @Override
  public String toString() {
    return "if ("
        + condition
        + ") "
        + rule
        + " is off, with "
        + states.stream().map(BooleanState::toString).collect(Collectors.joining(", "));
  }
}
