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
  private static final int PSEUDO_HEADER = 8;

  private final StateClock clock;
  private final ReplayNotices notices;
  private final XfrmStats stats;

  OutputPath(String place, StateClock clock, ReplayNotices notices, XfrmStats stats) {
    this.place = place;
    this.clock = clock;
    this.notices = notices;
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

  /** One SA, in the order of checks of xfrm_output_one. */
  private @Nullable DropReason transform(
      long now, Packet packet, State state, int childMtu, Effects out) {
    Mark change = state.outputMark;
    packet.mark = change.value() & change.mask() | packet.mark & ~change.mask();
    Transform transform = state.transform();
    DropReason misfit = transform == null ? null : transform.fits(state, packet);
    if (misfit != null) {
      return misfit;
    }
    if (state.lifecycle != State.Lifecycle.VALID || transform == null) {
      return DropReason.XFRM_OUT_STATE_INVALID;
    }
    StateClock.Expiry expiry = clock.check(now, state);
    if (expiry == StateClock.Expiry.HARD) {
      return DropReason.XFRM_OUT_STATE_EXPIRED;
    }
    if (expiry == StateClock.Expiry.SOFT) {
      out.emit(new XfrmEvent.Expire(state, false));
    }
    int length = plaintext(packet, state);
    DropReason reason = transform.protect(now, state, packet, childMtu);
    if (reason == null || reason == DropReason.XFRM_OUT_STATE_PROTO_ERROR) {
      // A number was taken.
      notices.sent(now, state, out);
      int exact = reason == null ? transform.plaintextLength() : -1;
      count(now, state, exact < 0 ? length : exact);
    }
    return reason;
  }

  /** Counts a packet of so many bytes of plaintext. */
  static void count(long now, State state, int bytes) {
    state.bytes += bytes;
    state.packets++;
    state.lastUsed = StateDatabase.seconds(now);
  }

  /**
   * What the byte counter adds: the inner packet of a tunnel, else the payload of IP. In BEET mode
   * options of IPv4 are payload, behind a header of their own.
   */
  static int plaintext(Packet packet, State state) {
    int length = packet.length();
    if (state.mode() == Mode.TUNNEL || length == 0) {
      return length;
    }
    int first = packet.buffer().getUnsignedByte(packet.buffer().readerIndex());
    if (first >>> 4 != 4) {
      return Math.max(0, length - Ipv6View.HEADER);
    }
    int header = Math.max((first & 0xf) * 4, Ipv4View.HEADER);
    if (state.mode() == Mode.BEET) {
      int options = header - Ipv4View.HEADER;
      header = Ipv4View.HEADER - (options == 0 ? 0 : PSEUDO_HEADER - (options & 4));
    }
    return Math.max(0, length - header);
  }
}
