package org.larval.xfrm.transform;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Transform;
import org.larval.xfrm.crypto.IvSource;

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
  private @Nullable StateMaker maker;
  private IvSource ivs = IvSource.none();

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

  /**
   * A new transform with the keys of this one, for another family or in UDP if need be
   * (xfrm_state_clone, xfrm_init_state). Numbers and the window go on where they are, and so does
   * the source of IVs, so that no nonce comes twice; statistics begin anew. This one must be erased
   * before the other is used.
   */
  @Override
  public @Nullable Transform moved(State moved) {
    StateMaker from = maker;
    if (from == null || erased) {
      return null;
    }
    SaParameters going =
        parameters.withSequences(window.top(), counter.last()).withEncap(moved.encap());
    IpsecTransform fresh;
    try {
      fresh = from.again(moved, going, ivs);
    } catch (IllegalArgumentException impossible) {
      return null;
    }
    fresh.window.continues(window);
    return fresh;
  }

  /** Remembers who made it and where its IVs come from. */
  final IpsecTransform madeBy(StateMaker from, IvSource source) {
    maker = from;
    ivs = source;
    return this;
  }

  @Override
  public final Set<StateFlag> flags() {
    return parameters.flags();
  }
}
