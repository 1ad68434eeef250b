package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** The way out through a bundle (net/xfrm/xfrm_output.c). */
final class OutputPath {
  private final String place;
  private final StateDatabase states;
  private final XfrmStats stats;

  OutputPath(String place, StateDatabase states, XfrmStats stats) {
    this.place = place;
    this.states = states;
    this.stats = stats;
  }

  /** Runs all transforms, innermost first, and forwards the packet, or drops it. */
  void output(long now, Packet packet, Bundle bundle, int linkMtu, Effects out) {
    bundle.note(now, place, packet);
    State[] states = bundle.states;
    for (int i = 0; i < states.length; i++) {
      State state = states[i];
      DropReason reason = transform(now, packet, state, bundle.mtuBelow(i, linkMtu), out);
      if (reason != null) {
        stats.count(reason);
        out.drop(packet, reason);
        return;
      }
      packet.step(now, place, StepAction.PROTECTED, state, packet.length());
    }
    packet.protectedByXfrm = true;
    packet.noXfrm = true;
    out.forward(packet);
  }

  private @Nullable DropReason transform(
      long now, Packet packet, State state, int childMtu, Effects out) {
    Transform transform = state.transform();
    if (state.lifecycle != State.Lifecycle.VALID || transform == null) {
      return DropReason.XFRM_OUT_STATE_INVALID;
    }
    switch (states.checkExpire(now, state)) {
      case HARD -> {
        return DropReason.XFRM_OUT_STATE_EXPIRED;
      }
      case SOFT -> out.emit(new XfrmEvent.Expire(state, false));
      case NONE -> {}
    }
    int length = plaintext(packet, state);
    DropReason reason = transform.protect(now, state, packet, childMtu);
    if (reason != DropReason.XFRM_OUT_STATE_SEQ_ERROR) {
      state.bytes += length;
      state.packets++;
    }
    return reason;
  }

  /** What the byte counter adds: the inner packet of a tunnel, else the payload of IP. */
  static int plaintext(Packet packet, State state) {
    int length = packet.length();
    if (state.mode().isTunnel() || length == 0) {
      return length;
    }
    int first = packet.buffer().getUnsignedByte(packet.buffer().readerIndex());
    int header = first >>> 4 == 4 ? (first & 0xf) * 4 : Ipv6View.HEADER;
    return Math.max(0, length - Math.max(header, Ipv4View.HEADER));
  }
}
