package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * States by what an inbound packet names: destination, SPI, protocol. Those that differ only by
 * their marks form a chain, newest first, as in the kernel's byspi hash.
 */
final class StatesById extends StateTable {
  private static long key(boolean v6, long high, long low, int spi, int protocol) {
    long key = stir((long) spi << 32 | (long) protocol << 1 | (v6 ? 1 : 0), low);
    return finish(v6 ? stir(key, high) : key);
  }

  @Override
  long key(State state) {
    return key(state.v6, state.targetHigh, state.targetLow, state.spi, state.protocol);
  }

  @Override
  boolean alike(State one, State other) {
    return is(one, other.v6, other.targetHigh, other.targetLow, other.spi, other.protocol);
  }

  private static boolean is(State state, boolean v6, long high, long low, int spi, int protocol) {
    return state.targetLow == low
        && state.spi == spi
        && state.targetHigh == high
        && state.protocol == protocol
        && state.v6 == v6;
  }

  /** The newest state that fits a packet and its mark, or null. */
  @Nullable State find(boolean v6, long high, long low, int spi, int protocol, int mark) {
    long key = key(v6, high, low, spi, protocol);
    long[] all = keys;
    int mask = all.length - 1;
    int place = (int) key & mask;
    for (long there = all[place]; there != 0; there = all[place]) {
      if (there == key) {
        State state = heads[place];
        if (state != null && is(state, v6, high, low, spi, protocol)) {
          while (state != null && (mark & state.markMask) != state.markValue) {
            state = state.nextById;
          }
          return state;
        }
      }
      place = place + 1 & mask;
    }
    return null;
  }

  void add(State state) {
    int place = place(state);
    State head = heads[place];
    state.nextById = head;
    if (head == null) {
      begin(place, state);
    } else {
      head.previousById = state;
      heads[place] = state;
    }
  }

  void remove(State state) {
    State before = state.previousById;
    State after = state.nextById;
    if (after != null) {
      after.previousById = before;
    }
    if (before != null) {
      before.nextById = after;
    } else if (after != null) {
      heads[place(state)] = after;
    } else {
      end(place(state));
    }
    state.previousById = null;
    state.nextById = null;
  }
}
