package org.larval.xfrm.grammar;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Policy;

/** The words after {@code ip xfrm policy set}, {@code setdefault} and what takes no words. */
final class PolicySettingsGrammar {
  private static final List<String> ACTIONS = List.of("block", "accept", "allow");

  private final Words words;
  private final IpXfrm.Line line;

  PolicySettingsGrammar(Words words, IpXfrm.Line line) {
    this.words = words;
    this.line = line;
  }

  /** {@code setdefault DIR ACTION [DIR ACTION] [DIR ACTION]}. */
  IpXfrmCommand setDefault() {
    Map<Direction, Policy.Action> actions = new EnumMap<>(Direction.class);
    do {
      Direction direction =
          words.choice("direction", List.of(Direction.values()), Direction::label);
      String action = words.choice("default", ACTIONS, word -> word);
      if (actions.containsKey(direction)) {
        throw words.wrong("two defaults for " + direction.label(), "expected one");
      }
      actions.put(direction, action.equals("block") ? Policy.Action.BLOCK : Policy.Action.ALLOW);
    } while (!words.done());
    return new IpXfrmCommand.PolicySetDefault(line.namespace(), actions);
  }

  IpXfrmCommand getDefault() {
    words.expectEnd();
    return new IpXfrmCommand.PolicyGetDefault(line.namespace());
  }

  IpXfrmCommand count() {
    words.expectEnd();
    return new IpXfrmCommand.PolicyCount(line.namespace());
  }

  /** {@code set [hthresh4 L R] [hthresh6 L R]}. */
  IpXfrmCommand thresholds() {
    int[] bits = {-1, -1, -1, -1};
    do {
      String word = words.choice("setting", List.of("hthresh4", "hthresh6"), name -> name);
      int at = word.equals("hthresh4") ? 0 : 2;
      int max = at == 0 ? 32 : 128;
      bits[at] = (int) words.number("the bits of the local prefix", max);
      bits[at + 1] = (int) words.number("the bits of the remote prefix", max);
    } while (!words.done());
    return new IpXfrmCommand.PolicyThresholds(line.namespace(), bits[0], bits[1], bits[2], bits[3]);
  }
}
