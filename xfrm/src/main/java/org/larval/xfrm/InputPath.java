package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** The way in: decapsulation (net/xfrm/xfrm_input.c). */
final class InputPath {
  private static final int AH_SPI = 4;

  private final String place;
  private final StateDatabase states;
  private final StateClock clock;
  private final ReplayNotices notices;
  private final XfrmStats stats;

  /** The headers that were last looked at, on behalf of the transforms too. */
  private final IpPlace ip = new IpPlace();

  // The addresses in them.
  private long targetHigh;
  private long targetLow;
  private long sourceHigh;
  private long sourceLow;

  InputPath(
      String place,
      StateDatabase states,
      StateClock clock,
      ReplayNotices notices,
      XfrmStats stats) {
    this.place = place;
    this.states = states;
    this.clock = clock;
    this.notices = notices;
    this.stats = stats;
  }

  /**
   * Opens every SA of a packet that is for this host, in the order of checks of xfrm_input.
   *
   * @param encapsulated bytes of UDP or TCP header between IP and ESP, 0 for none
   * @param type what that header is, null for none; asked of the first SA only
   */
  void input(long now, Packet packet, int encapsulated, Encap.@Nullable Type type, Effects out) {
    // A mark that an SA sets is for the stack, not for the look-up of the next SA.
    int mark = packet.mark;
    int offset = encapsulated;
    Encap.@Nullable Type arrived = type;
    do {
      DropReason reason = open(now, packet, mark, offset, arrived, out);
      if (reason != null) {
        drop(packet, reason, out);
        return;
      }
      offset = 0;
      arrived = null;
    } while (again(packet));
    out.forward(packet);
  }

  /** In transport mode another IPsec header may follow for the same addresses. */
  private boolean again(Packet packet) {
    State last = (State) packet.transform(packet.transformCount() - 1);
    return !last.mode().isTunnel()
        && locate(packet)
        && (StateRules.isIpsec(ip.protocol()) || plainTunnel(packet));
  }

  /** Whether an IP-in-IP packet is for the companion of an IPComp tunnel. */
  boolean opensPlainTunnel(Packet packet) {
    return locate(packet) && plainTunnel(packet);
  }

  private boolean plainTunnel(Packet packet) {
    return (ip.protocol() == IpProtocol.IPV4 || ip.protocol() == IpProtocol.IPV6)
        && states.find(ip.v6(), targetHigh, targetLow, tunnelSpi(), family(), packet.mark) != null;
  }

  /** A companion's protocol says of which family its own addresses are. */
  private int family() {
    return ip.v6() ? IpProtocol.IPV6 : IpProtocol.IPV4;
  }

  private boolean locate(Packet packet) {
    ByteBuf data = packet.buffer();
    if (!ip.locate(data)) {
      return false;
    }
    if (ip.v6()) {
      int at = ip.start();
      sourceHigh = data.getLong(at + 8);
      sourceLow = data.getLong(at + 16);
      targetHigh = data.getLong(at + 24);
      targetLow = data.getLong(at + 32);
    } else {
      sourceHigh = 0;
      sourceLow = ip.sourceV4();
      targetHigh = 0;
      targetLow = ip.targetV4();
    }
    return true;
  }

  /** One SA. */
  private @Nullable DropReason open(
      long now, Packet packet, int mark, int encapsulated, Encap.@Nullable Type type, Effects out) {
    if (!locate(packet)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    int protocol = ip.protocol();
    int payload = ip.upper();
    boolean plain = protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6;
    int ipsec = encapsulated > 0 ? IpProtocol.ESP : plain ? family() : protocol;
    int at = payload + encapsulated;
    if (ip.end() - at < shortest(ipsec)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    packet.headers(packet.buffer().readerIndex(), at);
    if (packet.transformCount() == Packet.MAX_TRANSFORMS) {
      return DropReason.XFRM_IN_BUFFER_ERROR;
    }
    int spi = spi(packet.buffer(), ipsec, at);
    State state = spi == 0 ? null : states.find(ip.v6(), targetHigh, targetLow, spi, ipsec, mark);
    if (state == null) {
      return DropReason.XFRM_IN_NO_STATES;
    }
    if (state.direction == Direction.OUT) {
      return DropReason.XFRM_IN_STATE_DIR_ERROR;
    }
    Mark change = state.outputMark;
    packet.mark = change.value() & change.mask() | packet.mark & ~change.mask();
    packet.step(now, place, StepAction.SA_CHOSEN, state);
    packet.addTransform(state);
    Transform transform = state.transform();
    if (state.lifecycle != State.Lifecycle.VALID || transform == null) {
      return state.lifecycle == State.Lifecycle.ACQ
          ? DropReason.XFRM_ACQUIRE_ERROR
          : DropReason.XFRM_IN_STATE_INVALID;
    }
    Encap expected = state.encap;
    if ((expected == null ? null : expected.type()) != type) {
      return DropReason.XFRM_IN_STATE_MISMATCH;
    }
    DropReason refused = transform.check(now, state, packet, ip);
    if (refused != null) {
      return refused;
    }
    StateClock.Expiry expiry = clock.check(now, state);
    if (expiry == StateClock.Expiry.HARD) {
      return DropReason.XFRM_IN_STATE_EXPIRED;
    }
    if (expiry == StateClock.Expiry.SOFT) {
      out.emit(new XfrmEvent.Expire(state, false));
    }
    int port = expected == null ? 0 : packet.buffer().getUnsignedShort(payload);
    refused = transform.open(now, state, packet, ip);
    if (refused != null && refused != DropReason.XFRM_IN_STATE_MODE_ERROR) {
      return refused;
    }
    // From here on the packet is authentic; one that does not fit the mode is counted all the same.
    if (expected != null) {
      mapping(now, state, expected, port, out);
    }
    tally(now, packet, state, transform, out);
    if (refused == null && packet.trail() != null) {
      packet.step(now, place, StepAction.OPENED, state, packet.length());
    }
    return refused;
  }

  /** Counts an authentic packet. */
  private void tally(long now, Packet packet, State state, Transform transform, Effects out) {
    notices.received(now, state, out);
    int exact = transform.plaintextLength();
    OutputPath.count(now, state, exact < 0 ? OutputPath.plaintext(packet, state) : exact);
  }

  /** Tells of a peer that an address translator moved (km_new_mapping). */
  private void mapping(long now, State state, Encap expected, int port, Effects out) {
    if (port == expected.sourcePort()
        && sourceLow == state.sourceLow
        && sourceHigh == state.sourceHigh) {
      return;
    }
    if (state.mappingMaxAge() != 0) {
      long clock = StateDatabase.seconds(now);
      if (clock - state.mappedAt <= state.mappingMaxAge() && port == state.mappedPort) {
        return;
      }
      state.mappedAt = clock;
      state.mappedPort = port;
    }
    out.emit(new XfrmEvent.Mapping(state, new IpAddress(ip.v6(), sourceHigh, sourceLow), port));
  }

  /** How much of an IPsec header must be there for its SPI to be believed (xfrm_parse_spi). */
  private static int shortest(int ipsec) {
    return switch (ipsec) {
      case IpProtocol.ESP -> 8;
      case IpProtocol.AH -> 12;
      case IpProtocol.IPCOMP -> 4;
      case IpProtocol.IPV4, IpProtocol.IPV6 -> 0;
      default -> Integer.MAX_VALUE;
    };
  }

  private int tunnelSpi() {
    return ip.v6() ? Transform.companionSpi(sourceHigh, sourceLow) : (int) sourceLow;
  }

  /** The SPI; IP in IP has its sender's address instead (xfrm4_tunnel and xfrm6_tunnel). */
  private int spi(ByteBuf data, int ipsec, int at) {
    return switch (ipsec) {
      case IpProtocol.IPV4, IpProtocol.IPV6 -> tunnelSpi();
      case IpProtocol.ESP -> data.getInt(at);
      case IpProtocol.AH -> data.getInt(at + AH_SPI);
      default -> data.getUnsignedShort(at + 2);
    };
  }

  private void drop(Packet packet, DropReason reason, Effects out) {
    stats.count(reason);
    out.drop(packet, reason);
  }
}
