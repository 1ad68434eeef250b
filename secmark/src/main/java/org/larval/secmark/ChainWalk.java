package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/** Runs packets through chains (nft_do_chain, ipt_do_table). */
final class ChainWalk {
  /** What a trail says of a label: the rule that gave it, and which. */
  private record Marking(Rule rule, @Nullable SecmarkObject label) {
    @Override
    public String toString() {
      return label == null ? rule.toString() : label.context() + " by " + rule;
    }
  }

  private final String place;
  private final PacketFields fields;
  private final @Nullable Chain[] chains;
  private final int[][] lists;
  private final int[] positions;

  /**
   * A walk.
   *
   * @param place what trails call it
   * @param depth the longest way of jumps
   */
  ChainWalk(String place, PacketFields fields, int depth) {
    this.place = place;
    this.fields = fields;
    chains = new @Nullable Chain[depth];
    lists = new int[depth][];
    positions = new int[depth];
  }

  /** Whether the packet that {@code fields} was decoded from goes on. */
  boolean run(Chain base, long now, Packet packet) {
    Chain chain = base;
    int[] list = chain.candidates(fields);
    int at = 0;
    int depth = 0;
    while (true) {
      int rule = list[at];
      int flow = Flow.RETURN;
      if (rule >= 0) {
        at++;
        flow = runRule(chain, rule, now, packet);
      }
      switch (flow) {
        case Flow.ACCEPT -> {
          return true;
        }
        case Flow.DROP -> {
          return false;
        }
        case Flow.JUMP, Flow.GOTO -> {
          Chain target = fields.target;
          if (target == null) {
            throw new IllegalStateException("a jump to nowhere");
          }
          if (flow == Flow.JUMP) {
            chains[depth] = chain;
            lists[depth] = list;
            positions[depth++] = at;
          }
          chain = target;
          list = chain.candidates(fields);
          at = 0;
        }
        case Flow.RETURN -> {
          Chain back = depth == 0 ? null : chains[--depth];
          if (back == null) {
            return !base.drops();
          }
          chain = back;
          list = lists[depth];
          at = positions[depth];
        }
        default -> {}
      }
    }
  }

  private int runRule(Chain chain, int entry, long now, Packet packet) {
    int number = entry & (1 << FlowMemory.RULE_BITS) - 1;
    int flow = Flow.NEXT_STEP;
    RuleStep[] steps = chain.steps(number);
    for (int i = entry >>> FlowMemory.RULE_BITS; i < steps.length && flow == Flow.NEXT_STEP; i++) {
      flow = steps[i].run(fields);
    }
    if (fields.stamped) {
      fields.stamped = false;
      if (packet.trail() != null) {
        Marking marking = new Marking(chain.rules().get(number), fields.given);
        packet.step(now, place, StepAction.MARKED, marking);
      }
    }
    if (flow == Flow.DROP) {
      packet.step(now, place, StepAction.RULE_MATCHED, chain.rules().get(number));
    }
    return flow;
  }
}
