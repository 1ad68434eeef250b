package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.FlowKey;

/**
 * Looks for the state that a template gets (xfrm_state_find without its acquire). The result stands
 * in the fields until the next search.
 */
final class StateSearch {
  private final StateDatabase states;
  private final AssociationPolicy labels;
  private final SaMissPolicy rules;

  /** The state to use. */
  @Nullable State best;

  /** A larval state for the same. */
  @Nullable State larval;

  /** A state that says that the key manager failed. */
  @Nullable State failed;

  StateSearch(StateDatabase states, AssociationPolicy labels, SaMissPolicy rules) {
    this.states = states;
    this.labels = labels;
    this.rules = rules;
  }

  /** Goes through both chains: with this source, then with any. */
  void search(SaEnds ends, FlowKey flow, Template template, InstalledPolicy policy) {
    best = null;
    larval = null;
    failed = null;
    look(chain(ends, ends.sourceHigh, ends.sourceLow, template, policy), flow, template, policy);
    if (best == null && larval == null && states.hasFromAny()) {
      look(chain(ends, 0, 0, template, policy), flow, template, policy);
    }
  }

  private @Nullable State chain(
      SaEnds ends, long fromHigh, long fromLow, Template template, InstalledPolicy policy) {
    return states.byPeers(
        ends.v6,
        ends.targetHigh,
        ends.targetLow,
        fromHigh,
        fromLow,
        template.reqid(),
        policy.policy.ifId(),
        template.mode(),
        template.protocol());
  }

  private void look(
      @Nullable State newest, FlowKey flow, Template template, InstalledPolicy policy) {
    if (newest != null
        && states.foundForAll()
        && template.spi() == 0
        && policy.policy.label() == null
        && best == null) {
      best = newest;
      return;
    }
    Mark mark = policy.policy.mark();
    int wanted = mark.value() & mark.mask();
    for (State state = newest; state != null; state = state.nextByPeers) {
      if ((wanted & state.markMask) == state.markValue
          && (template.spi() == 0 || template.spi() == state.spi)
          && !state.wildcardReceiver) {
        weigh(state, flow, policy);
        if (best == state && !state.dying && states.inOrder()) {
          // Nothing behind it is newer.
          return;
        }
      }
    }
  }

  private void weigh(State state, FlowKey flow, InstalledPolicy policy) {
    switch (state.lifecycle) {
      case VALID -> {
        if (fits(state, flow, policy) && (best == null || better(state, best))) {
          best = state;
        }
      }
      case ACQ -> {
        if (sameResolution(state, flow, policy)) {
          larval = state;
        }
      }
      case ERROR, EXPIRED -> {
        boolean concerns =
            rules.larvalMatch() == SaMissPolicy.LarvalMatch.PEERS
                ? fits(state, flow, policy)
                : sameResolution(state, flow, policy);
        if (concerns) {
          failed = state;
        }
      }
      case VOID, DEAD -> {}
    }
  }

  /** Not dying beats dying, then the newer second of installation wins. */
  private static boolean better(State state, State than) {
    return state.dying == than.dying ? state.addTime > than.addTime : !state.dying;
  }

  private boolean fits(State state, FlowKey flow, InstalledPolicy policy) {
    Selector selector = state.selector();
    return (selector == null || selector.matches(flow)) && labelFits(state, flow, policy);
  }

  /**
   * selinux_xfrm_state_pol_flow_match: both labelled or neither, and the SID exactly the flow's.
   */
  private boolean labelFits(State state, FlowKey flow, InstalledPolicy policy) {
    SecurityLabel label = state.label();
    if (policy.policy.label() == null || label == null) {
      return policy.policy.label() == null && label == null;
    }
    return label.algorithm() == 1
        && label.sid() == flow.label
        && labels.sendto(flow.label, label.sid());
  }

  private boolean sameResolution(State state, FlowKey flow, InstalledPolicy policy) {
    AcquireKey key = state.key;
    return switch (rules.larvalMatch()) {
      case PEERS -> true;
      case POLICY -> key == null || isSame(state, policy);
      case LABEL ->
          key == null
              || isSame(state, policy)
                  && StateDatabase.sid(state) == (policy.policy.label() == null ? 0 : flow.label);
    };
  }

  private static boolean isSame(State state, InstalledPolicy policy) {
    XfrmEvent.Acquire acquire = state.acquire;
    return acquire != null && acquire.policy().index() == policy.policy.index();
  }
}
