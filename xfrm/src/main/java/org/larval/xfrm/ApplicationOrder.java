package org.larval.xfrm;

import org.larval.wire.IpProtocol;

/**
 * The order in which the transforms of a sub-policy and its main policy are applied to IPv6
 * (xfrm_state_sort and xfrm_tmpl_sort). IPv4 keeps that of the policies: sub, then main.
 */
final class ApplicationOrder {
  private ApplicationOrder() {}

  /** Transport without AH, route optimization, AH in transport, tunnels; stable. */
  static void sort(State[] states, int count) {
    for (int i = 1; i < count; i++) {
      State moved = states[i];
      int at = i;
      while (at > 0 && rank(states[at - 1]) > rank(moved)) {
        states[at] = states[at - 1];
        at--;
      }
      states[at] = moved;
    }
  }

  /** The same for templates, where AH does not stand apart. */
  static void sort(Template[] templates, int count) {
    for (int i = 1; i < count; i++) {
      Template moved = templates[i];
      int at = i;
      while (at > 0 && rank(templates[at - 1].mode()) > rank(moved.mode())) {
        templates[at] = templates[at - 1];
        at--;
      }
      templates[at] = moved;
    }
  }

  private static int rank(State state) {
    return state.mode() == Mode.TRANSPORT && state.id().protocol() == IpProtocol.AH
        ? 3
        : rank(state.mode());
  }

  private static int rank(Mode mode) {
    return switch (mode) {
      case TRANSPORT -> 1;
      case RO, IN_TRIGGER -> 2;
      case TUNNEL, BEET -> 4;
    };
  }
}
