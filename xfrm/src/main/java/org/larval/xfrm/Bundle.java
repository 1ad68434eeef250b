package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;

/**
 * The SAs that a flow goes through, innermost first (a chain of xfrm_dst). It can be used for many
 * packets as long as it is {@link #valid()}.
 */
public final class Bundle implements Lookup {
  final InstalledPolicy policy;
  final State[] states;
  private final int[] generations;
  private final PolicyDatabase policies;
  private final long routeGeneration;

  Bundle(InstalledPolicy policy, State[] states, PolicyDatabase policies) {
    this.policy = policy;
    this.states = states;
    this.policies = policies;
    routeGeneration = policies.routeGeneration();
    generations = new int[states.length];
    for (int i = 0; i < states.length; i++) {
      generations[i] = states[i].genid();
    }
  }

  /** Whether neither its policy nor its states nor the routes changed (xfrm_bundle_ok). */
  public boolean valid() {
    if (routeGeneration != policies.routeGeneration() || policy.dead) {
      return false;
    }
    for (int i = 0; i < states.length; i++) {
      if (states[i].genid() != generations[i] || states[i].lifecycle != State.Lifecycle.VALID) {
        return false;
      }
    }
    return true;
  }

  boolean isOver(State[] others, int count) {
    if (states.length != count) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (states[i] != others[i]) {
        return false;
      }
    }
    return true;
  }

  /** The policy that asks for it. */
  public Policy policy() {
    return policy.policy;
  }

  /** The SAs, innermost first. */
  public List<State> states() {
    return List.of(states);
  }

  /** The largest IP packet, in bytes, that fits a link of this MTU after all transforms. */
  public int mtu(int linkMtu) {
    return mtuBelow(-1, linkMtu);
  }

  /** The same for what leaves one of the transforms (child_mtu_cached of its xfrm_dst). */
  int mtuBelow(int place, int linkMtu) {
    int mtu = linkMtu;
    for (int i = states.length - 1; i > place; i--) {
      Transform transform = states[i].transform();
      mtu = transform == null ? mtu : transform.mtu(mtu);
    }
    return mtu;
  }

  /** Whether its first transform is a tunnel's. */
  public boolean tunnels() {
    return states[0].mode() == Mode.TUNNEL;
  }

  /** The SA whose header stands first on the wire. */
  public State outermost() {
    return states[states.length - 1];
  }

  /** Where the outermost tunnel ends, or null if the packet's own addresses stay. */
  public @Nullable IpAddress end() {
    for (int i = states.length - 1; i >= 0; i--) {
      if (states[i].mode().isTunnel()) {
        return states[i].target();
      }
    }
    return null;
  }

  @Override
  public void note(long now, String place, Packet packet) {
    packet.step(now, place, StepAction.POLICY_MATCHED, policy.policy);
    for (State state : states) {
      packet.step(now, place, StepAction.SA_CHOSEN, state);
    }
  }

  @Override
  public String toString() {
    return "bundle " + states();
  }
}
