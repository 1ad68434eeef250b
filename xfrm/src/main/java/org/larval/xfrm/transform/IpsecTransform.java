package org.larval.xfrm.transform;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Transform;

/**
 * What ESP, AH and IPComp have in common: parameters, the mode, sequence numbers, the replay window
 * and the statistics of {@code ip -s xfrm state}.
 */
public abstract sealed class IpsecTransform implements Transform
    permits AhTransform, EspTransform, IpcompTransform, IpipTransform {
  final SaParameters parameters;
  final Wrapping wrapping;
  final ReplayWindow window;
  final SequenceCounter counter;

  private long windowDrops;
  private long replayDrops;
  private long integrityFailures;
  private boolean erased;

  IpsecTransform(SaParameters parameters, Wrapping wrapping) {
    this.parameters = parameters;
    this.wrapping = wrapping;
    window =
        new ReplayWindow(parameters.replayWindow(), parameters.extended(), parameters.lastIn());
    counter = new SequenceCounter(parameters.extended(), parameters.lastOut());
  }

  /** Asks the replay window, and counts a refusal. */
  final @Nullable DropReason checkReplay(long sequence) {
    ReplayWindow.Answer answer = window.check(sequence);
    if (answer == ReplayWindow.Answer.NEW) {
      return null;
    }
    if (answer == ReplayWindow.Answer.TOO_OLD) {
      windowDrops++;
    } else if (answer == ReplayWindow.Answer.REPLAYED) {
      replayDrops++;
    }
    return DropReason.XFRM_IN_STATE_SEQ_ERROR;
  }

  /** Counts a wrong check value. */
  final DropReason integrityFailed() {
    integrityFailures++;
    return DropReason.XFRM_IN_STATE_PROTO_ERROR;
  }

  final boolean erased() {
    return erased;
  }

  @Override
  public void erase() {
    erased = true;
    parameters.protection().erase();
  }

  /** What it was made from; the keys in it cannot be read as text. */
  public final SaParameters parameters() {
    return parameters;
  }

  @Override
  public final long lastOut() {
    return counter.last();
  }

  @Override
  public final long lastIn() {
    return window.top();
  }

  /** The replay window's bitmap as {@code ip xfrm state} shows it, 32 numbers a word. */
  public final int[] replayBits() {
    return window.bits();
  }

  @Override
  public final long replayWindowDrops() {
    return windowDrops;
  }

  /** Packets refused because they were left of the window (stats.replay_window). */
  public final long windowDrops() {
    return windowDrops;
  }

  @Override
  public final long replayDrops() {
    return replayDrops;
  }

  @Override
  public final long integrityFailures() {
    return integrityFailures;
  }

  /** Transport, tunnel or BEET. */
  public final Mode mode() {
    return wrapping.mode();
  }

  @Override
  public final int replayWindow() {
    return parameters.replayWindow();
  }

  @Override
  public final @Nullable Encap encap() {
    return parameters.encap();
  }

  /** The same transform, as long as headers keep their size: it is built for one family. */
  @Override
  public @Nullable Transform moved(State moved) {
    boolean alike =
        wrapping.outerV6 == moved.target().v6()
            && (parameters.encap() == null) == (moved.encap() == null);
    return alike ? this : null;
  }

  @Override
  public final Set<StateFlag> flags() {
    return parameters.flags();
  }
}
