package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * States by what an outbound template asks for: both peers, reqid, interface, mode and protocol.
 * Those that agree in all of it form a chain, newest first, as in the kernel's bydst hash.
 */
final class StatesByPeers {
  /** What the states of one chain share. */
  static final class Chain {
    /** Raised when a state joins: bundles over the others are stale (xfrm_state_bump_genids). */
    int generation;
  }

  private final StateTable v4 = new StateTable(2);
  private final StateTable v4OfInterfaces = new StateTable(3);
  private final StateTable v6 = new StateTable(6);
  private StateTable last = v4;
  private boolean inOrder = true;

  /** How many states have no source of their own. */
  private int fromAny;

  private StateTable at(
      boolean isV6,
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      int reqid,
      int ifId,
      Mode mode,
      int protocol) {
    StateTable table = isV6 ? v6 : ifId == 0 ? v4 : v4OfInterfaces;
    long[] probe = table.probe;
    probe[0] = (long) reqid << 32 | protocol << 8 | mode.number() << 1 | 1;
    if (isV6) {
      probe[1] = targetLow;
      probe[2] = sourceLow;
      probe[3] = targetHigh;
      probe[4] = sourceHigh;
      probe[5] = ifId;
    } else {
      probe[1] = targetLow << 32 | sourceLow;
      if (ifId != 0) {
        probe[2] = ifId;
      }
    }
    return table;
  }

  private StateTable at(State state) {
    return at(
        state.v6,
        state.targetHigh,
        state.targetLow,
        state.sourceHigh,
        state.sourceLow,
        state.reqid(),
        state.ifId,
        state.mode(),
        state.protocol);
  }

  /**
   * Whether every chain is in the order of birth, newest first. No more once a migration, which
   * keeps the time of birth, put an older state before a newer one.
   */
  boolean inOrder() {
    return inOrder;
  }

  /** The newest state of a chain, or null; the others follow by {@link State#nextByPeers}. */
  @Nullable State find(
      boolean isV6,
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      int reqid,
      int ifId,
      Mode mode,
      int protocol) {
    last = at(isV6, targetHigh, targetLow, sourceHigh, sourceLow, reqid, ifId, mode, protocol);
    return last.find();
  }

  /**
   * Whether the state that was found last is the one for every flow, whoever stands behind it: it
   * is the newest, valid, not dying, and nothing about it needs to be compared.
   */
  boolean foundForAll() {
    return inOrder && last.foundPlain();
  }

  /** Whether some state has no source of its own. */
  boolean hasFromAny() {
    return fromAny > 0;
  }

  /** Notes that an installed state began or ceased to be dying, or is over. */
  void refresh(State state) {
    if (state.chain != null && state.previousByPeers == null) {
      at(state).refresh(state);
    }
  }

  /** Makes bundles over the states of one chain stale. */
  void bump(State state) {
    State head = at(state).find();
    if (head != null) {
      head.chain().generation++;
    }
  }

  void add(State state) {
    fromAny += (state.sourceHigh | state.sourceLow) == 0 ? 1 : 0;
    State head = at(state).push(state);
    state.nextByPeers = head;
    if (head == null) {
      state.join(new Chain());
    } else {
      head.previousByPeers = state;
      inOrder &= state.addTime >= head.addTime;
      state.join(head.chain());
    }
  }

  void remove(State state) {
    fromAny -= (state.sourceHigh | state.sourceLow) == 0 ? 1 : 0;
    State before = state.previousByPeers;
    State after = state.nextByPeers;
    if (after != null) {
      after.previousByPeers = before;
    }
    if (before != null) {
      before.nextByPeers = after;
    } else {
      at(state).replace(after);
    }
    state.previousByPeers = null;
    state.nextByPeers = null;
    state.leave();
  }
}
