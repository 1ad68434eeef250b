package org.larval.lab.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.Units;
import org.larval.lab.run.FlowAccount;
import org.larval.lab.run.LabRun;
import org.larval.labels.avc.AuditRecord;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Step;
import org.larval.packet.StepAction;
import org.larval.packet.Trail;

/**
 * The walk of one message: a list of steps for each packet that carried it (the datagram, its
 * fragments, its answer).
 *
 * @param message from 0; {@link #BEFORE} for what came before the first, such as a TCP handshake
 * @param denial why labels did not let the program make the system call, or null
 */
public record Walk(
    String lab,
    long seed,
    int flow,
    int message,
    String fate,
    @Nullable String errno,
    @Nullable String denial,
    List<List<WalkStep>> packets) {

  /** Not a message: the packets of a flow that carry none. */
  public static final int BEFORE = -1;

  static final String NO_PACKET = "No packet was made of it: the system call failed before.";

  /** One step; {@code atMs} since the lab began. */
  public record WalkStep(
      double atMs, String place, String action, String detail, @Nullable Long number) {}

  /** The walk that a run kept; it must have followed the flow. */
  public static Walk of(LabRun run, int flow, int message) {
    FlowAccount account = run.ledger().flow(flow);
    List<List<WalkStep>> packets = new ArrayList<>();
    for (Trail trail : run.ledger().trails(message)) {
      packets.add(trail.steps().stream().map(Walk::step).toList());
    }
    boolean before = message == BEFORE;
    Errno errno = before ? account.failure() : account.errno(message);
    String fate =
        before
            ? errno == null ? "no message" : "failed"
            : account.fate(message).name().toLowerCase(Locale.ROOT);
    return new Walk(
        run.file().name(),
        run.seed(),
        flow,
        message,
        fate,
        errno == null ? null : errno.name(),
        denial(run, account, errno),
        packets);
  }

  /** What labels said before there was a packet: to the call itself, or to its IPsec policies. */
  private static @Nullable String denial(LabRun run, FlowAccount account, @Nullable Errno errno) {
    if (errno == Errno.EACCES && account.denial() != null) {
      return account.denial();
    }
    int flow = account.number();
    if (errno != Errno.EACCES && errno != Errno.EPERM
        || flow < 1
        || flow > run.file().traffic().size()) {
      return null;
    }
    LabFile.Traffic traffic = run.file().traffic().get(flow - 1);
    LabFile.Guest sender = run.file().guests().get(traffic.from());
    String label =
        traffic.label() != null ? traffic.label() : sender == null ? null : sender.label();
    for (AuditRecord record : run.audit()) {
      if (record.denied()
          && !record.permissive()
          && record.source().equals(label)
          && record.securityClass().equals("association")) {
        return "Its label may not use an IPsec policy that is for it: " + record.question();
      }
    }
    return null;
  }

  private static WalkStep step(Step step) {
    Object detail = step.detail();
    String text =
        detail instanceof DropReason reason
            ? reason.label() + ": " + reason.sentence()
            : detail == null ? "" : detail.toString();
    Long number = step.number() == Trail.NO_NUMBER ? null : step.number();
    return new WalkStep(step.at() / 1e6, step.place(), step.action().verb(), text, number);
  }

  /** What it is the walk of, and what came of it. */
  String title() {
    String which = message == BEFORE ? "before any message" : "message " + message;
    return lab
        + ", seed "
        + seed
        + ", flow "
        + flow
        + ", "
        + which
        + ": "
        + fate
        + (errno == null ? "" : " with " + errno);
  }

  /** The walk for a terminal. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(title()).append('\n');
    if (packets.isEmpty()) {
      text.append(NO_PACKET).append('\n');
    }
    if (denial != null) {
      text.append(denial).append('\n');
    }
    int number = 1;
    for (List<WalkStep> packet : packets) {
      text.append("\npacket ").append(number++).append(" of ").append(packets.size()).append('\n');
      TextTable table = new TextTable("at", "where", "what", "");
      for (WalkStep step : packet) {
        String detail = (step.detail() + " " + quantity(step)).strip();
        table.row(
            String.format(Locale.ROOT, "%.3f ms", step.atMs()),
            step.place(),
            step.action(),
            detail);
      }
      text.append(table);
    }
    return text.toString();
  }

  /** The number with the unit that the room meant. */
  private static String quantity(WalkStep step) {
    Long number = step.number();
    if (number == null) {
      return "";
    }
    for (StepAction action : StepAction.values()) {
      if (action.verb().equals(step.action())) {
        return switch (action) {
          case LINK, RELEASED -> Units.printDuration(number);
          case PROTECTED, OPENED, NIC_OUT, NIC_IN -> number > 13 ? number + " bytes" : "";
          case BRIDGED, FLOODED -> "port " + number;
          default -> number.toString();
        };
      }
    }
    return number.toString();
  }
}
