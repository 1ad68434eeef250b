package org.larval.xfrm;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.larval.xfrm.transform.IpsecTransform;

/** All that a packet can change in an SA. */
record SaMemory(
    State.Lifecycle lifecycle,
    boolean dying,
    long bytes,
    long packets,
    long lastIn,
    long lastOut,
    List<Integer> bits,
    long addTime,
    long useTime,
    long lastUsed,
    StateStats stats) {
  static SaMemory of(State state) {
    IpsecTransform transform = (IpsecTransform) Objects.requireNonNull(state.transform());
    return new SaMemory(
        state.lifecycle(),
        state.dying(),
        state.bytes(),
        state.packets(),
        transform.lastIn(),
        transform.lastOut(),
        Arrays.stream(transform.replayBits()).boxed().toList(),
        state.addTime(),
        state.useTime(),
        state.lastUsed(),
        state.stats());
  }

  /** After a packet that the kernel refused in this way. */
  SaMemory after(KernelSa.Refusal refusal, long second) {
    long window = stats.replayWindow();
    long replay = stats.replay();
    long integrity = stats.integrityFailed();
    return switch (refusal) {
      case UNCOUNTED -> this;
      case LEFT_OF_WINDOW -> with(useTime, new StateStats(window + 1, replay, integrity));
      case SEEN_BEFORE -> with(useTime, new StateStats(window, replay + 1, integrity));
      case MALFORMED -> with(used(second), stats);
      case NOT_AUTHENTIC -> with(used(second), new StateStats(window, replay, integrity + 1));
    };
  }

  /** The lifetime check, which comes before the check value, notes the first use. */
  private long used(long second) {
    return useTime < 0 ? second : useTime;
  }

  private SaMemory with(long used, StateStats counted) {
    return new SaMemory(
        lifecycle, dying, bytes, packets, lastIn, lastOut, bits, addTime, used, lastUsed, counted);
  }
}
