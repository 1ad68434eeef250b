package org.larval.xfrm.grammar;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.transform.IpsecTransform;
import org.larval.xfrm.transform.SaParameters;

/**
 * Everything that {@code ip xfrm state} shows of one state, whether it runs or was only described.
 *
 * @param sequence as the kernel keeps it: what {@code seq} gave in the byte order of the wire, what
 *     an acquire counted as it is
 * @param protection null for a larval state
 * @param replay the numbers and the window
 * @param use what it did so far
 */
record ShownState(
    IpAddress source,
    IpAddress target,
    int protocol,
    int spi,
    int reqid,
    Mode mode,
    int sequence,
    Mark mark,
    Mark outputMark,
    int ifId,
    Set<StateFlag> flags,
    @Nullable Protection protection,
    @Nullable Encap encap,
    Replay replay,
    int tfcPad,
    @Nullable Direction direction,
    @Nullable Selector selector,
    @Nullable SecurityLabel label,
    Lifetimes lifetimes,
    Use use) {

  /**
   * The anti-replay context.
   *
   * @param window how many numbers it spans
   * @param extended whether the flag esn is set
   * @param in the highest number received
   * @param out the last number sent
   * @param bits the kernel's bitmap, 32 numbers a word
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Replay(int window, boolean extended, long in, long out, int[] bits) {
    static final Replay NONE = new Replay(0, false, 0, 0, new int[1]);

    /** Whether the kernel keeps it in the long form (struct xfrm_replay_state_esn). */
    boolean isLong() {
      return extended || window > 32;
    }
  }

  /**
   * Counters and times; times in whole seconds since the lab began, negative for never.
   *
   * @param refused stats: left of the window, seen before, wrong check value
   */
  record Use(long bytes, long packets, long added, long used, Refused refused) {
    static Use none(long added) {
      return new Use(0, 0, added, -1, Refused.NONE);
    }
  }

  /** What a state refused (struct xfrm_stats). */
  record Refused(long window, long replayed, long integrity) {
    static final Refused NONE = new Refused(0, 0, 0);
  }

  /** A state as it runs. */
  static ShownState of(State state) {
    IpsecTransform running = state.transform() instanceof IpsecTransform own ? own : null;
    SaParameters parameters = running == null ? null : running.parameters();
    boolean larval = state.transform() == null;
    Replay replay =
        running == null || parameters == null
            ? Replay.NONE
            : new Replay(
                parameters.replayWindow(),
                parameters.extended(),
                running.lastIn(),
                running.lastOut(),
                running.replayBits());
    Refused refused =
        running == null
            ? Refused.NONE
            : new Refused(
                running.windowDrops(), running.replayDrops(), running.integrityFailures());
    return new ShownState(
        state.source(),
        state.target(),
        state.id().protocol(),
        state.id().spi(),
        state.reqid(),
        state.mode(),
        larval ? state.sequence() : Integer.reverseBytes(state.sequence()),
        state.mark(),
        state.outputMark(),
        state.ifId(),
        state.flags(),
        parameters == null ? null : parameters.protection(),
        state.encap(),
        replay,
        parameters == null ? 0 : parameters.tfcPad(),
        state.direction(),
        state.selector(),
        state.label(),
        state.lifetimes(),
        new Use(state.bytes(), state.packets(), state.addTime(), state.useTime(), refused));
  }

  /** A state as a line describes it, as it looks right after it was added at a time. */
  static ShownState of(IpXfrmCommand.StateAdd add, long added) {
    SaParameters parameters = add.parameters();
    int words = Math.max(1, (parameters.replayWindow() + 31) / 32);
    return new ShownState(
        add.source(),
        add.target(),
        add.protocol(),
        add.spi(),
        add.reqid(),
        add.mode(),
        Integer.reverseBytes(add.sequence()),
        add.mark(),
        add.outputMark(),
        add.ifId(),
        parameters.flags(),
        parameters.protection(),
        parameters.encap(),
        new Replay(
            parameters.replayWindow(),
            parameters.extended(),
            parameters.lastIn(),
            parameters.lastOut(),
            new int[words]),
        parameters.tfcPad(),
        add.direction(),
        add.selector(),
        add.label(),
        add.lifetimes(),
        Use.none(added));
  }

  /** Whether its SPI is shown even if it is 0. */
  boolean ipsec() {
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP;
  }
}
