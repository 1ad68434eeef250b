package org.larval.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.run.FlowAccount;
import org.larval.lab.run.FlowAccount.Fate;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.pcap.CaptureException;
import org.larval.pcap.Pace;
import org.larval.pcap.Replayer;

/**
 * What became of a capture that a guest sent into a lab. Times are in milliseconds, -1 where there
 * is none. {@code sent = delivered + lost + refused + held} of {@link #flow}.
 *
 * @param form datagram or frame
 * @param pace original, at-once, or x and a factor
 * @param frames read from the capture: {@code sent + skipped}, unless the lab ended first
 * @param skipped frames not sent, by reason
 * @param finished whether the capture was sent to its end before the lab ended
 * @param damage where and why the capture could not be read further, or null
 * @param flow the replay's line of the ledger
 * @param unread delivered frames that nobody took, by reason
 * @param packets every frame that was sent, in the order of the capture
 * @param run everything else in the lab
 */
public record ReplayReport(
    String capture,
    String form,
    String pace,
    double startMs,
    long frames,
    long sent,
    long sentBytes,
    Map<String, Long> skipped,
    boolean finished,
    @Nullable Damage damage,
    FlowReport flow,
    Map<String, Integer> unread,
    List<PacketFate> packets,
    RunReport run) {

  /** What is wrong with the capture, where, and what to do about it. */
  public record Damage(String file, long offset, String problem, String remedy) {
    /** One line for people. */
    public String line() {
      return file + ": byte " + offset + ": " + problem + "; " + remedy;
    }
  }

  /**
   * One frame.
   *
   * @param frame its number in the capture, from 1
   * @param sentMs when it was sent
   * @param fate delivered, lost, refused or held
   * @param reason of the last drop of a packet that carried it, or null
   * @param errno what the guest's stack answered, or null
   * @param latencyMs from the sender to the receiving stack
   * @param heldMs how long it stood in hold queues
   * @param leaked whether it left a guest in clear although a policy asked for protection
   */
  public record PacketFate(
      long frame,
      double sentMs,
      String fate,
      @Nullable String reason,
      @Nullable String errno,
      double latencyMs,
      double heldMs,
      boolean leaked) {}

  /**
   * Reads the figures off an account.
   *
   * @param numbers the frame numbers of the account's messages
   */
  public static ReplayReport of(
      String capture,
      String form,
      Pace pace,
      long start,
      Replayer replayer,
      Map<Replayer.Skip, Long> skipped,
      FlowAccount account,
      long[] numbers,
      RunReport run) {
    Map<String, Long> skips = new LinkedHashMap<>();
    skipped.forEach((skip, count) -> skips.put(label(skip), count));
    CaptureException wrong = replayer.damage();
    List<PacketFate> packets = new ArrayList<>();
    Map<String, Integer> unread = new LinkedHashMap<>();
    for (int i = 0; i < numbers.length; i++) {
      PacketFate packet = packet(account, i, numbers[i]);
      packets.add(packet);
      DropReason reason = account.reason(i);
      if (account.fate(i) == Fate.DELIVERED && reason != null) {
        unread.merge(reason.label(), 1, Integer::sum);
      }
    }
    return new ReplayReport(
        capture,
        form,
        word(pace),
        ms(start),
        replayer.sent() + replayer.skipped(),
        replayer.sent(),
        replayer.sentBytes(),
        skips,
        replayer.finished(),
        wrong == null
            ? null
            : new Damage(wrong.file(), wrong.offset(), wrong.problem(), wrong.remedy()),
        FlowReport.of(account),
        unread,
        packets,
        run);
  }

  private static PacketFate packet(FlowAccount account, int sequence, long frame) {
    DropReason reason = account.reason(sequence);
    Errno errno = account.errno(sequence);
    return new PacketFate(
        frame,
        ms(account.offeredAt(sequence)),
        account.fate(sequence).name().toLowerCase(Locale.ROOT),
        reason == null ? null : reason.label(),
        errno == null ? null : errno.name(),
        ms(account.latency(sequence)),
        ms(account.heldNanos(sequence)),
        account.leaked(sequence));
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String word(Pace pace) {
    return switch (pace) {
      case Pace.Original original -> "original";
      case Pace.Scaled scaled -> "x" + scaled.factor();
      case Pace.AtOnce atOnce -> "at-once";
    };
  }

  private static double ms(long nanos) {
    return nanos < 0 ? -1 : Math.round(nanos / 1_000.0) / 1_000.0;
  }
}
