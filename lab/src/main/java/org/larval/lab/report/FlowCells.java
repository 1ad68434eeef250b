package org.larval.lab.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What tables say of a flow, in few words. */
final class FlowCells {
  private FlowCells() {}

  /** {@code lost} with its reasons: {@code 52 xfrm-out-no-states}. */
  static String lost(FlowReport flow) {
    return counted(flow.lostTotal(), flow.lost());
  }

  /** {@code refused} with its errnos. */
  static String refused(FlowReport flow) {
    List<String> words = new ArrayList<>();
    flow.refused().forEach((errno, refusals) -> words.add(refusals.count() + " " + errno));
    return flow.refusedTotal() == 0 ? "0" : String.join(", ", words);
  }

  /** Milliseconds for people, or a dash. */
  static String ms(double ms) {
    return ms < 0 ? "-" : String.format(Locale.ROOT, ms < 10 ? "%.2f ms" : "%.0f ms", ms);
  }

  /** The one thing that must not happen. */
  static String leak(FlowReport flow) {
    return "LEAKED IN CLEAR: " + flow.leakedInClear();
  }

  /** What the user of a connection, ping or query noticed. */
  static String notes(FlowReport flow) {
    List<String> notes = new ArrayList<>();
    if (flow.leakedInClear() > 0) {
      notes.add(leak(flow));
    }
    if (flow.connectedMs() >= 0) {
      notes.add("connected after " + ms(flow.connectedMs()));
    }
    if (flow.synRetransmissions() > 0) {
      notes.add(flow.synRetransmissions() + " SYN again");
    }
    if (flow.failure() != null) {
      notes.add("failed: " + flow.failure());
    }
    if (flow.died() != null) {
      notes.add("died of " + flow.died());
    }
    if (flow.denial() != null) {
      notes.add(flow.denial());
    }
    if (flow.peerLabel() != null) {
      notes.add("sender seen as " + flow.peerLabel());
    }
    if (flow.asleep() > 0) {
      notes.add("asleep");
    }
    if (flow.reordered() > 0) {
      notes.add(flow.reordered() + " reordered");
    }
    if (flow.duplicated() > 0) {
      notes.add(flow.duplicated() + " twice");
    }
    return String.join("; ", notes);
  }

  private static String counted(int total, Map<String, Integer> reasons) {
    if (total == 0) {
      return "0";
    }
    List<String> words = new ArrayList<>();
    reasons.forEach((reason, count) -> words.add(count + " " + reason));
    return String.join(", ", words);
  }
}
