package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * Whether an inbound packet came protected as policy demands, in the order of checks of
 * __xfrm_policy_check.
 */
final class PolicyCheck {
  /** As many templates as policies may demand together, and one more. */
  private static final int DEPTH = Packet.MAX_TRANSFORMS;

  private final String place;
  private final PolicyDatabase policies;
  private final AssociationPolicy labels;
  private final XfrmStats stats;
  private final boolean strict;
  private final FlowKey flow = new FlowKey();
  private final QuotedFlow quoted = new QuotedFlow();
  private final Template[] demanded = new Template[DEPTH];

  PolicyCheck(
      String place,
      PolicyDatabase policies,
      AssociationPolicy labels,
      XfrmStats stats,
      SaMissPolicy.LabelDenied denied) {
    strict = denied == SaMissPolicy.LabelDenied.REFUSE;
    this.place = place;
    this.policies = policies;
    this.labels = labels;
    this.stats = stats;
  }

  /** Whether a packet may go on; else it was dropped. */
  boolean admits(
      long now,
      Packet packet,
      Direction direction,
      int ifId,
      int oif,
      @Nullable SocketPolicies socket,
      Effects out) {
    DropReason reason = judge(now, packet, direction, ifId, oif, socket);
    if (reason != null) {
      stats.count(reason);
      out.drop(packet, reason);
      return false;
    }
    return true;
  }

  private @Nullable DropReason judge(
      long now,
      Packet packet,
      Direction direction,
      int ifId,
      int oif,
      @Nullable SocketPolicies socket) {
    InstalledPolicy own = socket == null ? null : socket.get(direction);
    if (own == null
        && packet.transformCount() == 0
        && policies.none(direction)
        && !policies.blocksByDefault(direction)) {
      return null;
    }
    int sid = pathLabel(packet);
    if (!flow.decode(packet) || sid < 0) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    flow.label = sid;
    flow.oif = oif;
    if (!statesFit(packet)) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    InstalledPolicy found =
        own == null || socket == null ? null : socket.fitting(direction, flow, ifId, labels);
    InstalledPolicy passedOver = null;
    if (found == null) {
      found = policies.find(direction, flow, ifId);
      passedOver = policies.passedOver();
    }
    if (found == null && direction == Direction.FWD && quoted.decode(packet, flow)) {
      found = policies.find(direction, quoted.flow, ifId);
    }
    if (strict && passedOver != null && (found == null || found.templateCount == 0)) {
      return DropReason.LABEL_DENIED;
    }
    if (found == null) {
      return policies.blocksByDefault(direction) || tunnelFrom(packet, 0)
          ? DropReason.XFRM_IN_NO_POLS
          : null;
    }
    found.useTime = StateDatabase.seconds(now);
    InstalledPolicy main = null;
    if (found.policy.type() == PolicyType.SUB) {
      // Linux looks among the inbound ones, whatever the direction of the sub-policy.
      main = policies.findMain(Direction.IN, flow, ifId);
      if (main != null) {
        main.useTime = found.useTime;
      }
    }
    packet.step(now, place, StepAction.POLICY_MATCHED, found.policy);
    DropReason reason = under(packet, found, main, ifId);
    if (reason == null) {
      packet.step(now, place, StepAction.POLICY_SATISFIED, found.policy);
    }
    return reason;
  }

  /** Every SA that was used must be for this flow. */
  private boolean statesFit(Packet packet) {
    for (int i = packet.transformCount() - 1; i >= 0; i--) {
      State state = (State) packet.transform(i);
      Selector selector = state.selector();
      if (selector != null
          && !selector.matches(flow)
          && !(state.flags().contains(StateFlag.ICMP)
              && quoted.decode(packet, flow)
              && selector.matches(quoted.flow))) {
        return false;
      }
    }
    return true;
  }

  private @Nullable DropReason under(
      Packet packet, InstalledPolicy policy, @Nullable InstalledPolicy main, int ifId) {
    if (policy.policy.action() == Policy.Action.BLOCK) {
      return DropReason.XFRM_IN_POL_BLOCK;
    }
    int count = policy.templates.length;
    if (count >= DEPTH) {
      return DropReason.XFRM_IN_BUFFER_ERROR;
    }
    Template[] wanted = policy.templates;
    if (main != null) {
      if (main.policy.action() == Policy.Action.BLOCK) {
        return DropReason.XFRM_IN_POL_BLOCK;
      }
      if (count + main.templates.length >= DEPTH) {
        return DropReason.XFRM_IN_BUFFER_ERROR;
      }
      wanted = demanded;
      System.arraycopy(policy.templates, 0, wanted, 0, count);
      System.arraycopy(main.templates, 0, wanted, count, main.templates.length);
      count += main.templates.length;
      if (flow.v6) {
        ApplicationOrder.sort(wanted, count);
      }
    }
    int used = 0;
    for (int i = count - 1; i >= 0; i--) {
      used = satisfy(wanted[i], packet, used, ifId);
      if (used < 0) {
        return DropReason.XFRM_IN_TMPL_MISMATCH;
      }
    }
    if (tunnelFrom(packet, used)) {
      return DropReason.XFRM_IN_TMPL_MISMATCH;
    }
    packet.verifiedTransforms = used;
    return null;
  }

  /**
   * The SID on which all labelled SAs of the security path agree, 0 if none is labelled, -1 if they
   * disagree.
   */
  static int pathLabel(Packet packet) {
    int sid = 0;
    for (int i = packet.transformCount() - 1; i >= 0; i--) {
      int other = StateDatabase.sid((State) packet.transform(i));
      if (other != 0) {
        if (sid != 0 && sid != other) {
          return -1;
        }
        sid = other;
      }
    }
    return sid;
  }

  private static boolean tunnelFrom(Packet packet, int place) {
    for (int i = place; i < packet.transformCount(); i++) {
      if (((State) packet.transform(i)).mode() != Mode.TRANSPORT) {
        return true;
      }
    }
    return false;
  }

  /** The place after the SA that meets a template, {@code start} if it may be missing, or -1. */
  private int satisfy(Template template, Packet packet, int start, int ifId) {
    if (template.optional() && template.mode() == Mode.TRANSPORT) {
      return start;
    }
    for (int i = start; i < packet.transformCount(); i++) {
      State state = (State) packet.transform(i);
      if (meets(template, state, ifId)) {
        return i + 1;
      }
      // A tunnel may be passed over only if an earlier check has seen to it.
      if (state.mode() != Mode.TRANSPORT && i >= packet.verifiedTransforms) {
        break;
      }
    }
    return template.optional() ? start : -1;
  }

  private boolean meets(Template template, State state, int ifId) {
    int protocol = state.id().protocol();
    if (protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6) {
      // The companion of an IPComp tunnel: what was not worth compressing (xfrm_state_kern).
      return template.optional() && sourceAgrees(template, state);
    }
    return protocol == template.protocol()
        && (template.spi() == 0 || template.spi() == state.id().spi())
        && (template.reqid() == 0 || template.reqid() == state.reqid())
        && state.mode() == template.mode()
        && (ifId == 0 || ifId == state.ifId())
        && (state.mode() == Mode.TRANSPORT || sourceAgrees(template, state));
  }

  /**
   * xfrm_state_addr_cmp: of the tunnel's ends only the source is compared, and as much of it as an
   * address of the inner family has.
   */
  private boolean sourceAgrees(Template template, State state) {
    long wanted = first(template.source());
    long given = first(state.source());
    if (!flow.v6) {
      return wanted >>> 32 == 0 || wanted >>> 32 == given >>> 32;
    }
    long wantedRest = rest(template.source());
    return (wanted | wantedRest) == 0 || wanted == given && wantedRest == rest(state.source());
  }

  private static long first(IpAddress address) {
    return address.v6() ? address.high() : address.low() << 32;
  }

  private static long rest(IpAddress address) {
    return address.v6() ? address.low() : 0;
  }
}
