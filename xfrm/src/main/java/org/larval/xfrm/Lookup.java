package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * What the policy step says of a flow (the results of xfrm_lookup_route). The common ones are
 * {@link Bundle} and {@link Hold}; all but rare errors are made once per policy and used again.
 */
public sealed interface Lookup
    permits Bundle,
        Hold,
        Lookup.Bypass,
        Lookup.Refuse,
        Lookup.Blackhole,
        Lookup.Sleep,
        Lookup.PassInClear {

  /** Writes into a packet's trail how the answer came about. */
  void note(long now, String place, Packet packet);

  /**
   * The flow goes in clear: the original route. It holds until {@link XfrmEngine#routeGeneration()}
   * changes.
   *
   * @param policy the policy that says so, or null if none matched
   * @param leak whether a policy that demands protection covers the flow by its selector and was
   *     passed over because its label denied
   */
  record Bypass(@Nullable Policy policy, boolean leak) implements Lookup {
    static final Bypass NO_POLICY = new Bypass(null, false);
    static final Bypass NO_POLICY_LEAK = new Bypass(null, true);

    @Override
    public void note(long now, String place, Packet packet) {
      if (policy == null) {
        packet.step(now, place, StepAction.NO_POLICY, null);
      } else {
        packet.step(now, place, StepAction.POLICY_MATCHED, policy);
      }
      if (leak) {
        packet.step(now, place, StepAction.LEAKED, policy);
      }
    }
  }

  /**
   * The caller gets an errno; a packet, if there is one already, is dropped for the reason.
   *
   * @param policy that says so; one that was passed over if the reason is {@link
   *     DropReason#LABEL_DENIED}; or null
   * @param miss what was missing, or null
   */
  record Refuse(Errno errno, DropReason reason, @Nullable Policy policy, @Nullable Miss miss)
      implements Lookup {
    @Override
    public void note(long now, String place, Packet packet) {
      if (miss != null) {
        miss.note(now, place, packet);
      } else if (policy != null && reason != DropReason.LABEL_DENIED) {
        packet.step(now, place, StepAction.POLICY_MATCHED, policy);
      }
      packet.step(now, place, StepAction.REFUSED, errno);
    }
  }

  /**
   * The call succeeds and the packet is discarded for {@link DropReason#XFRM_OUT_NO_STATES}. Never
   * valid for a second packet: the next send looks up again.
   */
  record Blackhole(Miss miss) implements Lookup {
    @Override
    public void note(long now, String place, Packet packet) {
      miss.note(now, place, packet);
    }
  }

  /** The calling task sleeps until {@link XfrmEvent.Wake} and looks up again. */
  record Sleep(Miss miss) implements Lookup {
    @Override
    public void note(long now, String place, Packet packet) {
      miss.note(now, place, packet);
    }
  }

  /**
   * The SA is missing or could not be made, and the SA-miss policy lets the flow go in clear
   * meanwhile. Never valid for a second packet.
   */
  record PassInClear(Miss miss) implements Lookup {
    @Override
    public void note(long now, String place, Packet packet) {
      miss.note(now, place, packet);
      packet.step(now, place, StepAction.LEAKED, miss.policy);
    }
  }
}
