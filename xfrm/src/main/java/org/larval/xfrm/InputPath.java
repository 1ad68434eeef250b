package org.larval.xfrm;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** The way in: decapsulation (net/xfrm/xfrm_input.c). */
final class InputPath {
  private static final int AH_SPI = 4;

  private final String place;
  private final StateDatabase states;
  private final XfrmStats stats;
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  // The IP packet that was last looked at.
  private boolean v6;
  private long targetHigh;
  private long targetLow;
  private int protocol;
  private int payload;
  private int payloadLength;

  InputPath(String place, StateDatabase states, XfrmStats stats) {
    this.place = place;
    this.states = states;
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
    return last.mode() == Mode.TRANSPORT && decode(packet) && isIpsec(protocol);
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
    int ipsec = encapsulated > 0 ? IpProtocol.ESP : protocol;
    int at = payload + encapsulated;
    int spi = spi(packet.buffer(), ipsec, at, payloadLength - encapsulated);
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
}
