package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * The policies and states that a look-up passed by, and why, written into the trail of a packet. It
 * goes through all of them again, so only packets that keep a trail ask for it.
 */
final class Alternatives {
  /** As many of a kind are written down. */
  private static final int MOST = 8;

  /** A policy or state that was not taken. */
  record Skipped(Object what, String why) {
    @Override
    public String toString() {
      return what + ": " + why;
    }
  }

  private final String place;
  private final PolicyDatabase policies;
  private final StateDatabase states;
  private final AssociationPolicy labels;
  private final FlowKey flow = new FlowKey();

  Alternatives(
      String place, PolicyDatabase policies, StateDatabase states, AssociationPolicy labels) {
    this.place = place;
    this.policies = policies;
    this.states = states;
    this.labels = labels;
  }

  /**
   * Writes down what stood before the answer.
   *
   * @param packet reader index at its IP header
   * @param oif the device of its route
   */
  void note(long now, Packet packet, int oif, Lookup answer) {
    if (packet.trail() == null || !flow.decode(packet)) {
      return;
    }
    flow.oif = oif;
    flow.mark = packet.mark;
    flow.label = packet.label;
    Policy chosen = chosen(answer);
    int written = 0;
    for (InstalledPolicy installed : policies.inOrder(Direction.OUT)) {
      if (installed.policy.equals(chosen) || written == MOST) {
        break;
      }
      SecurityLabel label = installed.label;
      String why =
          label == null || !installed.covers(flow)
              ? null
              : labels.whyNoMatch(flow.label, label.sid());
      if (why != null) {
        packet.step(now, place, StepAction.POLICY_SKIPPED, new Skipped(installed.policy, why));
        written++;
      }
    }
    if (chosen != null) {
      List<State> used = answer instanceof Bundle bundle ? bundle.states() : List.of();
      for (Template template : chosen.templates()) {
        states(now, packet, chosen, template, used);
      }
    }
  }

  /** Why a flow of this label passed over a policy; null if it has none that denies. */
  @Nullable String whyPassedOver(int flowSid, Policy policy) {
    SecurityLabel label = policy.label();
    return label == null ? null : labels.whyNoMatch(flowSid, label.sid());
  }

  private static @Nullable Policy chosen(Lookup answer) {
    return switch (answer) {
      case Bundle bundle -> bundle.policy();
      case Hold hold -> hold.policy();
      case Lookup.Bypass bypass -> bypass.policy();
      case Lookup.Refuse refuse ->
          refuse.reason() == DropReason.LABEL_DENIED ? null : refuse.policy();
      case Lookup.Blackhole hole -> hole.miss().policy;
      case Lookup.Sleep sleep -> sleep.miss().policy;
      case Lookup.PassInClear pass -> pass.miss().policy;
    };
  }

  private void states(long now, Packet packet, Policy policy, Template template, List<State> used) {
    boolean tunnel = template.mode().isTunnel();
    int written = 0;
    for (State state : states.list()) {
      boolean rival =
          state.protocol == template.protocol()
              && state.lifecycle != State.Lifecycle.ACQ
              && state.direction() != Direction.IN
              && state.target().equals(tunnel ? template.target() : flow.target())
              && !used.contains(state);
      if (rival && written++ < MOST) {
        Skipped skipped = new Skipped(state, why(state, policy, template, used));
        packet.step(now, place, StepAction.SA_SKIPPED, skipped);
      }
    }
  }

  /** The first of the comparisons of {@link StateSearch} that a state does not pass. */
  private String why(State state, Policy policy, Template template, List<State> used) {
    if (state.reqid() != template.reqid()) {
      return "its reqid is " + state.reqid() + ", the policy wants " + template.reqid();
    }
    if (state.ifId != policy.ifId()) {
      return "its if_id is " + state.ifId + ", the policy has " + policy.ifId();
    }
    if (state.mode() != template.mode()) {
      return "its mode is " + state.mode().label();
    }
    if (state.lifecycle != State.Lifecycle.VALID) {
      return switch (state.lifecycle) {
        case EXPIRED -> "it has expired";
        case ERROR -> "its negotiation failed";
        default -> "it is gone";
      };
    }
    if (template.spi() != 0 && template.spi() != state.spi) {
      return "the policy wants another SPI";
    }
    int wanted = policy.mark().value() & policy.mark().mask();
    if ((wanted & state.markMask) != state.markValue) {
      return "its mark does not fit";
    }
    Selector selector = state.selector();
    if (selector != null && !selector.matches(flow)) {
      return "its selector does not cover the packet";
    }
    return whyLabel(state, policy, used);
  }

  private String whyLabel(State state, Policy policy, List<State> used) {
    SecurityLabel label = state.label();
    if (policy.label() == null && label != null) {
      return "it has a label, the policy none";
    }
    if (policy.label() != null && label == null) {
      return "it has no label, the policy one";
    }
    if (label != null && label.sid() != flow.label) {
      return "its label is not that of the packet, " + labels.context(flow.label);
    }
    String denied = label == null ? null : labels.whyNotSent(flow.label, label.sid());
    if (denied != null) {
      return denied;
    }
    return used.isEmpty() ? "it came later" : "another one is preferred: younger, or not dying";
  }
}
