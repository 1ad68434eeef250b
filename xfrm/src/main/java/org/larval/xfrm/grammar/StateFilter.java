package org.larval.xfrm.grammar;

import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;

/**
 * Which states {@code ip xfrm state list} and {@code deleteall} are about; null and empty for any.
 *
 * @param v6 the family of {@code ip -4} or {@code -6}
 * @param flags one of them is enough
 */
public record StateFilter(
    @Nullable Boolean v6,
    @Nullable Prefix source,
    @Nullable Prefix target,
    @Nullable Integer protocol,
    @Nullable Integer spi,
    @Nullable Mode mode,
    @Nullable Integer reqid,
    Set<StateFlag> flags) {
  /** Every state. */
  public static final StateFilter ALL =
      new StateFilter(null, null, null, null, null, null, null, Set.of());

  /** Keeps its own copy. */
  public StateFilter {
    flags = Set.copyOf(flags);
  }

  /** Whether a state is meant. */
  public boolean matches(State state) {
    return (v6 == null || v6 == state.target().v6())
        && (source == null || source.contains(state.source()))
        && (target == null || target.contains(state.target()))
        && (protocol == null || protocol == state.id().protocol())
        && (spi == null || spi == state.id().spi())
        && (mode == null || mode == state.mode())
        && (reqid == null || reqid == state.reqid())
        && (flags.isEmpty() || !Collections.disjoint(flags, state.flags()));
  }
}
