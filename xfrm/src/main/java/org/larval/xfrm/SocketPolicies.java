package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.FlowKey;

/**
 * The policies of one socket (IP_XFRM_POLICY), filled by {@link Spd#socketPolicy}. A policy that
 * does not fit a flow falls through to the database.
 */
public final class SocketPolicies {
  static final List<Direction> DIRECTIONS = List.of(Direction.IN, Direction.OUT);

  private @Nullable InstalledPolicy in;
  private @Nullable InstalledPolicy out;
  private int mark;

  /** A socket without policies and mark. */
  public SocketPolicies() {}

  /** SO_MARK, which is compared instead of the flow's mark. */
  public void mark(int value) {
    mark = value;
  }

  /** The policy of a direction, or null. */
  public @Nullable InstalledPolicy get(Direction direction) {
    return switch (direction) {
      case IN -> in;
      case OUT -> out;
      case FWD -> null;
    };
  }

  void set(Direction direction, @Nullable InstalledPolicy policy) {
    InstalledPolicy old = get(direction);
    if (old != null) {
      old.dead = true;
    }
    if (direction == Direction.IN) {
      in = policy;
    } else {
      out = policy;
    }
  }

  /** The policy of a direction if it fits a flow (xfrm_sk_policy_lookup), or null. */
  @Nullable InstalledPolicy fitting(
      Direction direction, FlowKey flow, int ifId, AssociationPolicy labels) {
    InstalledPolicy own = get(direction);
    if (own == null || own.policy.ifId() != ifId || !own.covers(flow, mark)) {
      return null;
    }
    return own.label == null || labels.polmatch(flow.label, own.label.sid()) ? own : null;
  }
}
