package org.larval.xfrm;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.larval.packet.DropReason;

/** The counters of /proc/net/xfrm_stat. */
@SuppressWarnings("EnumOrdinal") // only to index an array of this class
public final class XfrmStats {
  /** The counters in the order in which Linux 6.12 prints them. */
  public enum Counter {
    IN_ERROR("XfrmInError"),
    IN_BUFFER_ERROR("XfrmInBufferError"),
    IN_HDR_ERROR("XfrmInHdrError"),
    IN_NO_STATES("XfrmInNoStates"),
    IN_STATE_PROTO_ERROR("XfrmInStateProtoError"),
    IN_STATE_MODE_ERROR("XfrmInStateModeError"),
    IN_STATE_SEQ_ERROR("XfrmInStateSeqError"),
    IN_STATE_EXPIRED("XfrmInStateExpired"),
    IN_STATE_MISMATCH("XfrmInStateMismatch"),
    IN_STATE_INVALID("XfrmInStateInvalid"),
    IN_TMPL_MISMATCH("XfrmInTmplMismatch"),
    IN_NO_POLS("XfrmInNoPols"),
    IN_POL_BLOCK("XfrmInPolBlock"),
    IN_POL_ERROR("XfrmInPolError"),
    OUT_ERROR("XfrmOutError"),
    OUT_BUNDLE_GEN_ERROR("XfrmOutBundleGenError"),
    OUT_BUNDLE_CHECK_ERROR("XfrmOutBundleCheckError"),
    OUT_NO_STATES("XfrmOutNoStates"),
    OUT_STATE_PROTO_ERROR("XfrmOutStateProtoError"),
    OUT_STATE_MODE_ERROR("XfrmOutStateModeError"),
    OUT_STATE_SEQ_ERROR("XfrmOutStateSeqError"),
    OUT_STATE_EXPIRED("XfrmOutStateExpired"),
    OUT_POL_BLOCK("XfrmOutPolBlock"),
    OUT_POL_DEAD("XfrmOutPolDead"),
    OUT_POL_ERROR("XfrmOutPolError"),
    FWD_HDR_ERROR("XfrmFwdHdrError"),
    OUT_STATE_INVALID("XfrmOutStateInvalid"),
    ACQUIRE_ERROR("XfrmAcquireError"),
    OUT_STATE_DIR_ERROR("XfrmOutStateDirError"),
    IN_STATE_DIR_ERROR("XfrmInStateDirError");

    private final String linuxName;

    Counter(String linuxName) {
      this.linuxName = linuxName;
    }

    /** As Linux prints it. */
    public String linuxName() {
      return linuxName;
    }
  }

  private static final Counter[] COUNTERS = Counter.values();
  private static final Map<DropReason, Counter> BY_REASON = new EnumMap<>(DropReason.class);

  static {
    for (DropReason reason : DropReason.values()) {
      for (Counter counter : COUNTERS) {
        if (counter.linuxName.equals(reason.linuxCounter())) {
          BY_REASON.put(reason, counter);
        }
      }
    }
  }

  private final long[] values = new long[COUNTERS.length];

  void count(Counter counter) {
    values[counter.ordinal()]++;
  }

  /** Counts a drop where Linux has a counter for it. */
  void count(DropReason reason) {
    Counter counter = BY_REASON.get(reason);
    if (counter != null) {
      values[counter.ordinal()]++;
    }
  }

  /** How often it happened since the engine was made. */
  public long value(Counter counter) {
    return values[counter.ordinal()];
  }

  /** All lines as {@code cat /proc/net/xfrm_stat} shows them. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Counter counter : COUNTERS) {
      text.append(
          String.format(Locale.ROOT, "%-24s\t%d%n", counter.linuxName, values[counter.ordinal()])
              .replace(System.lineSeparator(), "\n"));
    }
    return text.toString();
  }
}
