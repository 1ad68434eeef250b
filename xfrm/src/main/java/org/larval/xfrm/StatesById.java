package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/**
 * States by what an inbound packet names: destination, SPI, protocol. Those that differ only by
 * their marks form a chain, newest first, as in the kernel's byspi hash.
 */
final class StatesById {
  private final StateTable esp = new StateTable(1);
  private final StateTable ah = new StateTable(1);
  private final StateTable ipcomp = new StateTable(1);
  private final StateTable others = new StateTable(1);
  private final StateTable v6 = new StateTable(3);

  /** How many states have a mark; without any, none needs to be asked for its own. */
  private int marked;

  private StateTable at(boolean isV6, long high, long low, int spi, int protocol) {
    if (isV6) {
      v6.probe[0] = (long) spi << 32 | protocol;
      v6.probe[1] = high;
      v6.probe[2] = low;
      return v6;
    }
    StateTable table =
        switch (protocol) {
          case IpProtocol.ESP -> esp;
          case IpProtocol.AH -> ah;
          case IpProtocol.IPCOMP -> ipcomp;
          default -> others;
        };
    table.probe[0] = (long) spi << 32 | low;
    return table;
  }

  private StateTable at(State state) {
    return at(state.v6, state.targetHigh, state.targetLow, state.spi, state.protocol);
  }

  /** The newest state that fits a packet and its mark, or null. */
  @Nullable State find(boolean isV6, long high, long low, int spi, int protocol, int mark) {
    if (spi == 0) {
      return null;
    }
    State state = at(isV6, high, low, spi, protocol).find();
    if (marked == 0) {
      return state;
    }
    while (state != null && (mark & state.markMask) != state.markValue) {
      state = state.nextById;
    }
    return state;
  }

  void add(State state) {
    marked += state.markMask == 0 ? 0 : 1;
    State head = at(state).push(state);
    state.nextById = head;
    if (head != null) {
      head.previousById = state;
    }
  }

  void remove(State state) {
    marked -= state.markMask == 0 ? 0 : 1;
    State before = state.previousById;
    State after = state.nextById;
    if (after != null) {
      after.previousById = before;
    }
    if (before != null) {
      before.nextById = after;
    } else {
      at(state).replace(after);
    }
    state.previousById = null;
    state.nextById = null;
  }
}
