package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** The way in: decapsulation and the check against inbound policy (net/xfrm/xfrm_input.c). */
final class InputPath {
  private static final int AH_SPI = 4;

  private final String place;
  private final StateDatabase states;
  private final PolicyDatabase policies;
  private final AssociationPolicy labels;
  private final XfrmStats stats;
  private final FlowKey flow = new FlowKey();
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  // The IP packet that was last looked at.
  private boolean v6;
  private long targetHigh;
  private long targetLow;
  private int protocol;
  private int payload;
  private int payloadLength;

  InputPath(
      String place,
      StateDatabase states,
      PolicyDatabase policies,
      AssociationPolicy labels,
      XfrmStats stats) {
    this.place = place;
    this.states = states;
    this.policies = policies;
    this.labels = labels;
    this.stats = stats;
  }

  /** Opens every SA of a packet that is for this host, in the order of checks of xfrm_input. */
  void input(long now, Packet packet, int encapsulated, Effects out) {
    int offset = encapsulated;
    do {
      DropReason reason = open(now, packet, offset, out);
      if (reason != null) {
        drop(packet, reason, out);
        return;
      }
      offset = 0;
    } while (again(packet));
    out.forward(packet);
  }

  /** In transport mode another IPsec header may follow for the same addresses. */
  private boolean again(Packet packet) {
    State last = (State) packet.transform(packet.transformCount() - 1);
    return last.mode() == Mode.TRANSPORT
        && decode(packet)
        && (isIpsec(protocol) || plainTunnel(packet));
  }

  /** Whether an IP-in-IP packet is for the companion of an IPComp tunnel. */
  boolean opensPlainTunnel(Packet packet) {
    return decode(packet) && plainTunnel(packet);
  }

  private boolean plainTunnel(Packet packet) {
    return (protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6)
        && states.find(v6, targetHigh, targetLow, tunnelSpi(packet.buffer()), family(), packet.mark)
            != null;
  }

  /** A companion's protocol says of which family its own addresses are. */
  private int family() {
    return v6 ? IpProtocol.IPV6 : IpProtocol.IPV4;
  }

  private int tunnelSpi(ByteBuf data) {
    int at = data.readerIndex();
    return v6
        ? Transform.companionSpi(data.getLong(at + 8), data.getLong(at + 16))
        : data.getInt(at + 12);
  }

  private static boolean isIpsec(int ipProtocol) {
    return ipProtocol == IpProtocol.ESP
        || ipProtocol == IpProtocol.AH
        || ipProtocol == IpProtocol.IPCOMP;
  }

  private boolean decode(Packet packet) {
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int length = data.readableBytes();
    if (length < 1) {
      return false;
    }
    v6 = data.getUnsignedByte(at) >>> 4 == 6;
    if (v6) {
      if (ipv6.wrap(data, at, length) != null) {
        return false;
      }
      targetHigh = data.getLong(at + 24);
      targetLow = data.getLong(at + 32);
      protocol = ipv6.protocol();
      payload = ipv6.payload();
      payloadLength = ipv6.payloadLength();
    } else {
      if (ipv4.wrap(data, at, length) != null) {
        return false;
      }
      targetHigh = 0;
      targetLow = data.getUnsignedInt(at + 16);
      protocol = ipv4.protocol();
      payload = ipv4.payload();
      payloadLength = ipv4.payloadLength();
    }
    return true;
  }

  /**
   * One SA.
   *
   * @param encapsulated bytes of UDP header between IP and ESP, 0 for none
   */
  private @Nullable DropReason open(long now, Packet packet, int encapsulated, Effects out) {
    if (!decode(packet)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    boolean plain = protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6;
    int ipsec = encapsulated > 0 ? IpProtocol.ESP : plain ? family() : protocol;
    int at = payload + encapsulated;
    int spi =
        plain
            ? tunnelSpi(packet.buffer())
            : spi(packet.buffer(), ipsec, at, payloadLength - encapsulated);
    if (spi == 0) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    packet.headers(packet.buffer().readerIndex(), at);
    if (packet.transformCount() == Packet.MAX_TRANSFORMS) {
      return DropReason.XFRM_IN_BUFFER_ERROR;
    }
    State state = states.find(v6, targetHigh, targetLow, spi, ipsec, packet.mark);
    if (state == null) {
      return DropReason.XFRM_IN_NO_STATES;
    }
    if (state.direction() == Direction.OUT) {
      stats.count(XfrmStats.Counter.IN_STATE_DIR_ERROR);
      return DropReason.XFRM_IN_NO_STATES;
    }
    packet.step(now, place, StepAction.SA_CHOSEN, state);
    packet.addTransform(state);
    Transform transform = state.transform();
    if (state.lifecycle != State.Lifecycle.VALID || transform == null) {
      return state.lifecycle == State.Lifecycle.ACQ
          ? DropReason.XFRM_ACQUIRE_ERROR
          : DropReason.XFRM_IN_STATE_INVALID;
    }
    DropReason refused = transform.check(now, state, packet);
    if (refused != null) {
      return refused;
    }
    switch (states.checkExpire(now, state)) {
      case HARD -> {
        return DropReason.XFRM_IN_STATE_EXPIRED;
      }
      case SOFT -> out.emit(new XfrmEvent.Expire(state, false));
      case NONE -> {}
    }
    refused = transform.open(now, state, packet);
    if (refused != null) {
      return refused;
    }
    state.bytes += OutputPath.plaintext(packet, state);
    state.packets++;
    packet.step(now, place, StepAction.OPENED, state, packet.length());
    return null;
  }

  /** The SPI of an IPsec header, or 0 if there is none. */
  private static int spi(ByteBuf data, int ipsec, int at, int length) {
    return switch (ipsec) {
      case IpProtocol.ESP -> length >= 8 ? data.getInt(at) : 0;
      case IpProtocol.AH -> length >= 12 ? data.getInt(at + AH_SPI) : 0;
      case IpProtocol.IPCOMP -> length >= 4 ? data.getUnsignedShort(at + 2) : 0;
      default -> 0;
    };
  }

  private void drop(Packet packet, DropReason reason, Effects out) {
    stats.count(reason);
    out.drop(packet, reason);
  }

  /** Whether a packet came protected as policy demands (__xfrm_policy_check); else drops it. */
  boolean admits(long now, Packet packet, int ifId, Direction direction, Effects out) {
    DropReason reason = judge(now, packet, ifId, direction);
    if (reason != null) {
      drop(packet, reason, out);
      return false;
    }
    return true;
  }

  private @Nullable DropReason judge(long now, Packet packet, int ifId, Direction direction) {
    int count = packet.transformCount();
    if (count == 0 && policies.none(direction) && !policies.blocksByDefault(direction)) {
      return null;
    }
    int sid = pathLabel(packet);
    if (!flow.decode(packet) || sid < 0) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    flow.label = sid;
    for (int i = 0; i < count; i++) {
      Selector selector = ((State) packet.transform(i)).selector();
      if (selector != null && !selector.matches(flow)) {
        return DropReason.XFRM_IN_STATE_MISMATCH;
      }
    }
    InstalledPolicy found = policies.find(direction, flow, ifId, labels);
    if (found == null) {
      return policies.blocksByDefault(direction) || tunnelFrom(packet, 0)
          ? DropReason.XFRM_IN_NO_POLS
          : null;
    }
    found.useTime = StateDatabase.seconds(now);
    packet.step(now, place, StepAction.POLICY_MATCHED, found.policy);
    if (found.policy.action() == Policy.Action.BLOCK) {
      return DropReason.XFRM_IN_POL_BLOCK;
    }
    int used = 0;
    for (int i = found.templates.length - 1; i >= 0; i--) {
      used = satisfy(found.templates[i], packet, used, ifId);
      if (used < 0) {
        return DropReason.XFRM_IN_TMPL_MISMATCH;
      }
    }
    if (tunnelFrom(packet, used)) {
      return DropReason.XFRM_IN_TMPL_MISMATCH;
    }
    packet.step(now, place, StepAction.POLICY_SATISFIED, found.policy);
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
  private static int satisfy(Template template, Packet packet, int start, int ifId) {
    if (template.optional() && template.mode() == Mode.TRANSPORT) {
      return start;
    }
    for (int i = start; i < packet.transformCount(); i++) {
      State state = (State) packet.transform(i);
      if (meets(template, state, ifId)) {
        return i + 1;
      }
      if (state.mode() != Mode.TRANSPORT) {
        break;
      }
    }
    return template.optional() ? start : -1;
  }

  private static boolean meets(Template template, State state, int ifId) {
    int protocol = state.id().protocol();
    if (protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6) {
      // The companion of an IPComp tunnel: what was not worth compressing (xfrm_state_kern).
      return template.optional() && endpointsAgree(template, state);
    }
    return state.id().protocol() == template.protocol()
        && (template.spi() == 0 || template.spi() == state.id().spi())
        && (template.reqid() == 0 || template.reqid() == state.reqid())
        && state.mode() == template.mode()
        && (ifId == 0 || ifId == state.ifId())
        && (state.mode() == Mode.TRANSPORT || endpointsAgree(template, state));
  }

  private static boolean endpointsAgree(Template template, State state) {
    return (template.target().isAny() || template.target().equals(state.target()))
        && (template.source().isAny()
            || state.source().isAny()
            || template.source().equals(state.source()));
  }
}
