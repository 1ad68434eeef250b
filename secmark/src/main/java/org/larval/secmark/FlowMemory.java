package org.larval.secmark;

import java.util.Arrays;
import org.larval.secmark.conntrack.Headers;

/**
 * Which rules of a chain fit the packets of flows that were seen lately, as far as that follows
 * from what all packets of a flow share: addresses, protocol, the first four bytes after IP,
 * interfaces, and what conntrack said. A new flow takes the place of another one with the same
 * hash, so nobody can make it grow.
 */
final class FlowMemory {
  /** What {@link #find} answers for a flow that it does not know. */
  static final int[] NOTHING = {};

  /**
   * Bits of an entry that are the rule's number; above them, how many of its steps may be left out.
   */
  static final int RULE_BITS = 24;

  private static final int MAX_PROVEN = 127;

  private static final int FLOWS = 64;

  /** Longer lists are not remembered. */
  private static final int MAX_RULES = 32;

  private static final class Seen {
    boolean v6;
    long sourceHigh;
    long sourceLow;
    long targetHigh;
    long targetLow;
    int protocol;
    int first;
    int in;
    int out;
    int state;
    int[] rules = {};
  }

  private final Seen[] flows = new Seen[FLOWS];
  private final RuleStep[][] steps;
  private Seen at;

  /**
   * An empty memory.
   *
   * @param steps of all rules of the chain
   */
  FlowMemory(RuleStep[][] steps) {
    this.steps = steps;
    Arrays.setAll(flows, i -> new Seen());
    at = flows[0];
  }

  /**
   * The rules for a packet whose flow is known, rising, and -1; nothing if it is not known. An
   * entry also says how many steps of its rule are known to fit.
   */
  int[] find(PacketFields packet) {
    Headers headers = packet.headers;
    int first = headers.doubleWord(0);
    long hash = headers.sourceLow * 0x9e37_79b9_7f4a_7c15L + headers.targetLow;
    hash = (hash ^ first) * 0xd6e8_feb8_6659_fd93L;
    Seen flow = flows[(int) (hash >>> Long.SIZE - 6)];
    at = flow;
    boolean same =
        flow.first == first
            && flow.sourceLow == headers.sourceLow
            && flow.targetLow == headers.targetLow
            && flow.protocol == headers.protocol
            && flow.in == packet.in()
            && flow.out == packet.out()
            && flow.state == packet.packet().connectionState
            && flow.v6 == headers.v6
            && flow.sourceHigh == headers.sourceHigh
            && flow.targetHigh == headers.targetHigh;
    return same ? flow.rules : NOTHING;
  }

  /**
   * Remembers the rules for the packet that was just asked about, without those that its flow can
   * never fit.
   *
   * @param rules that it may fit, rising, and -1
   * @return what is left of them, and -1
   */
  int[] add(PacketFields packet, int[] rules) {
    int count = 0;
    while (rules[count] >= 0) {
      count++;
    }
    if (count > MAX_RULES) {
      return rules;
    }
    Seen flow = at;
    Headers headers = packet.headers;
    flow.v6 = headers.v6;
    flow.sourceHigh = headers.sourceHigh;
    flow.sourceLow = headers.sourceLow;
    flow.targetHigh = headers.targetHigh;
    flow.targetLow = headers.targetLow;
    flow.protocol = headers.protocol;
    flow.first = headers.doubleWord(0);
    flow.in = packet.in();
    flow.out = packet.out();
    flow.state = packet.packet().connectionState;
    if (flow.rules.length == 0) {
      flow.rules = new int[MAX_RULES + 1];
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int proven = proven(packet, steps[rules[i]]);
      if (proven >= 0) {
        flow.rules[kept++] = rules[i] | Math.min(proven, MAX_PROVEN) << RULE_BITS;
      }
    }
    flow.rules[kept] = -1;
    return flow.rules;
  }

  /**
   * How many steps at the beginning of a rule fit all packets of a flow, or -1 if one of the steps
   * before the rule changes anything fits none.
   */
  private static int proven(PacketFields packet, RuleStep[] steps) {
    int proven = 0;
    boolean all = true;
    for (RuleStep step : steps) {
      boolean ofFlow =
          switch (step) {
            case Match.Compare compare -> compare.field().isOfFlow() || tracked(packet, compare);
            case Match.Lookup lookup -> lookup.ofFlow();
            default -> false;
          };
      if (ofFlow && step.run(packet) != Flow.NEXT_STEP) {
        return -1;
      }
      all &= ofFlow;
      proven += all ? 1 : 0;
      if (!ofFlow && !(step instanceof Match.Compare) && !(step instanceof Match.Lookup)) {
        return proven;
      }
    }
    return proven;
  }

  /** A state that conntrack gave stays; where it gave none, notrack may. */
  private static boolean tracked(PacketFields packet, Match.Compare compare) {
    return compare.field() == Field.CT_STATE && packet.packet().connectionState != 0;
  }
}
