package org.larval.lab.report;

import java.util.ArrayList;
import java.util.List;
import org.larval.lab.report.ReplayReport.PacketFate;

/** A replay for a terminal. */
public final class ReplayText {
  /** A longer capture is only summed up; JSON names every frame. */
  static final int LISTED = 100;

  private ReplayText() {}

  /** The capture, each frame's fate, and the run around it. */
  public static String of(ReplayReport report) {
    StringBuilder text = new StringBuilder();
    text.append(report.capture())
        .append(": ")
        .append(report.sent())
        .append(" of ")
        .append(report.frames())
        .append(" frames sent by ")
        .append(report.flow().from())
        .append(" as ")
        .append(report.form())
        .append("s, pace ")
        .append(report.pace())
        .append('\n');
    report
        .skipped()
        .forEach(
            (reason, count) ->
                text.append("  skipped ").append(count).append(' ').append(reason).append('\n'));
    if (!report.finished()) {
      text.append("  the lab ended before the capture; give it a later 'until:'\n");
    }
    ReplayReport.Damage damage = report.damage();
    if (damage != null) {
      text.append("  the capture is damaged at byte ")
          .append(damage.offset())
          .append("; sent up to there\n");
    }
    report
        .unread()
        .forEach(
            (reason, count) ->
                text.append("  delivered, but ")
                    .append(count)
                    .append(' ')
                    .append(reason)
                    .append('\n'));
    text.append('\n');
    if (report.packets().size() > LISTED) {
      text.append("too many frames to list here; --format json names each\n\n");
    } else {
      text.append(packets(report)).append('\n');
    }
    return text.append(RunText.of(report.run())).toString();
  }

  private static TextTable packets(ReplayReport report) {
    TextTable table = new TextTable("frame", "sent at", "fate", "why", "after", "held");
    for (PacketFate packet : report.packets()) {
      table.row(
          packet.frame(),
          FlowCells.ms(packet.sentMs()),
          packet.fate(),
          why(packet),
          FlowCells.ms(packet.latencyMs()),
          packet.heldMs() > 0 ? FlowCells.ms(packet.heldMs()) : "-");
    }
    return table;
  }

  private static String why(PacketFate packet) {
    List<String> words = new ArrayList<>();
    String errno = packet.errno();
    if (errno != null) {
      words.add(errno);
    }
    String reason = packet.reason();
    if (reason != null) {
      words.add(reason);
    }
    if (packet.leaked()) {
      words.add("LEAKED IN CLEAR");
    }
    return String.join(", ", words);
  }
}
