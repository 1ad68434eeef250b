package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * States by what an outbound template asks for: both peers, reqid, interface, mode and protocol.
 * Those that agree in all of it form a chain, newest first, as in the kernel's bydst hash.
 */
final class StatesByPeers extends StateTable {
  /** What the states of one chain share. */
  static final class Chain {
    /** Raised when a state joins: bundles over the others are stale (xfrm_state_bump_genids). */
    int generation;

    /** Whether no state was installed with an older time of birth than the one before it. */
    boolean inOrder = true;
  }

  private static long key(
      boolean v6,
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      int reqid,
      int ifId,
      Mode mode,
      int protocol) {
    long key =
        stir(
            (long) reqid << 32 | (long) protocol << 8 | mode.number() << 1 | (v6 ? 1 : 0),
            targetLow);
    key = stir(stir(key, sourceLow), ifId);
    return finish(v6 ? stir(stir(key, targetHigh), sourceHigh) : key);
  }

  @Override
  long key(State state) {
    return key(
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

  @Override
  boolean alike(State one, State other) {
    return one.targetLow == other.targetLow
        && one.sourceLow == other.sourceLow
        && one.reqid() == other.reqid()
        && one.ifId == other.ifId
        && one.targetHigh == other.targetHigh
        && one.sourceHigh == other.sourceHigh
        && one.protocol == other.protocol
        && one.mode() == other.mode()
        && one.v6 == other.v6;
  }

  /** The newest state of a chain, or null; the others follow by {@link State#nextByPeers}. */
  @Nullable State find(
      boolean v6,
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      int reqid,
      int ifId,
      Mode mode,
      int protocol) {
    long key = key(v6, targetHigh, targetLow, sourceHigh, sourceLow, reqid, ifId, mode, protocol);
    long[] all = keys;
    int mask = all.length - 1;
    int place = (int) key & mask;
    for (long there = all[place]; there != 0; there = all[place]) {
      if (there == key) {
        State state = heads[place];
        if (state != null
            && state.targetLow == targetLow
            && state.sourceLow == sourceLow
            && state.reqid() == reqid
            && state.ifId == ifId
            && state.targetHigh == targetHigh
            && state.sourceHigh == sourceHigh
            && state.protocol == protocol
            && state.mode() == mode
            && state.v6 == v6) {
          return state;
        }
      }
      place = place + 1 & mask;
    }
    return null;
  }

  /** Makes bundles over the states of one chain stale. */
  void bump(State state) {
    State head = heads[place(state)];
    if (head != null && head.chain != null) {
      head.chain.generation++;
    }
  }

  void add(State state) {
    int place = place(state);
    State head = heads[place];
    state.nextByPeers = head;
    if (head == null) {
      state.join(new Chain());
      begin(place, state);
    } else {
      head.previousByPeers = state;
      Chain chain = head.chain();
      chain.inOrder &= state.addTime >= head.addTime;
      state.join(chain);
      heads[place] = state;
    }
  }

  void remove(State state) {
    State before = state.previousByPeers;
    State after = state.nextByPeers;
    if (after != null) {
      after.previousByPeers = before;
    }
    if (before != null) {
      before.nextByPeers = after;
    } else if (after != null) {
      heads[place(state)] = after;
    } else {
      end(place(state));
    }
    state.previousByPeers = null;
    state.nextByPeers = null;
    state.leave();
  }
}
