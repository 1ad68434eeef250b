package org.larval.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.run.FlowAccount;
import org.larval.lab.run.FlowAccount.Fate;
import org.larval.lab.run.Ledger;
import org.larval.packet.Errno;

/**
 * One flow's figures. {@code offered = delivered + lost + refused + asleep + held}. Times are in
 * milliseconds, -1 where there is none.
 *
 * @param lost by the reason of the last drop; {@code under-way} for those that had not ended
 * @param refused by errno
 * @param late delivered more than 30 ms after the flow's fastest
 * @param held still in a hold queue at the end
 * @param everHeld waited in a hold queue, released or not
 * @param leakedInClear left a guest in clear although a policy asked for protection
 * @param synRetransmissions before the connection stood, or all if it never did
 * @param denial why labels did not let its programs make a system call, or null
 * @param peerLabel the context that the receiving program was given for the sender (SO_PEERSEC,
 *     SCM_SECURITY), of the first message or connection; null if it was given none
 * @param name what tables call it, or null
 * @param measured what something else did in its place, as the lab file says; or null
 * @param rttMs the first 20 answers by number, -1 for none; empty for traffic without answers
 */
public record FlowReport(
    int flow,
    String kind,
    String from,
    String to,
    int offered,
    int delivered,
    int lostTotal,
    Map<String, Integer> lost,
    int refusedTotal,
    Map<String, Refusals> refused,
    int asleep,
    int held,
    int everHeld,
    double heldMaxMs,
    int late,
    int reordered,
    int duplicated,
    int leakedInClear,
    double firstDeliveredMs,
    double latencyMedianMs,
    double latencyMaxMs,
    double connectedMs,
    int synRetransmissions,
    int retransmissions,
    @Nullable String failure,
    @Nullable String died,
    @Nullable String denial,
    @Nullable String peerLabel,
    List<Double> rttMs,
    @Nullable String name,
    @Nullable String measured) {

  private static final int ANSWERS_SHOWN = 20;

  /** How often a system call answered with one errno, and when first and last. */
  public record Refusals(int count, double firstMs, double lastMs) {}

  /** Reads the figures off an account. */
  public static FlowReport of(FlowAccount account) {
    return of(account, null, null);
  }

  /** The same for traffic of a lab file, which may say more about it. */
  public static FlowReport of(FlowAccount account, LabFile.@Nullable Traffic traffic) {
    return traffic == null ? of(account) : of(account, traffic.name(), traffic.measured());
  }

  private static FlowReport of(
      FlowAccount account, @Nullable String name, @Nullable String measured) {
    Map<String, Integer> lost = new LinkedHashMap<>();
    int named = 0;
    for (var entry : account.lostByReason().entrySet()) {
      lost.put(entry.getKey().label(), entry.getValue());
      named += entry.getValue();
    }
    int lostTotal = account.count(Fate.LOST);
    if (lostTotal > named) {
      lost.put("under-way", lostTotal - named);
    }
    long[] latencies = account.latencies();
    Errno failure = account.failure();
    Errno death = account.death();
    return new FlowReport(
        account.number(),
        account.label(),
        account.from(),
        account.to(),
        account.offered(),
        account.count(Fate.DELIVERED),
        lostTotal,
        lost,
        account.count(Fate.REFUSED),
        refusals(account),
        account.count(Fate.ASLEEP),
        account.count(Fate.HELD),
        account.everHeld(),
        ms(heldMax(account)),
        account.late(Ledger.LATE),
        account.reordered(),
        account.duplicates(),
        account.leaked(),
        ms(firstDelivered(account)),
        ms(latencies.length == 0 ? -1 : latencies[latencies.length / 2]),
        ms(latencies.length == 0 ? -1 : latencies[latencies.length - 1]),
        ms(account.connectedAfter()),
        synAgain(account),
        account.retransmissions(),
        failure == null ? null : failure.name(),
        death == null ? null : death.name(),
        denial(account),
        account.peer(),
        answers(account),
        name,
        measured);
  }

  /** Its number, and its name or what it is. */
  public String title() {
    return flow + " " + (name == null ? kind : name);
  }

  private static @Nullable String denial(FlowAccount account) {
    String sender = account.denial();
    String server = account.serverDenial();
    return sender == null || server == null
        ? sender == null ? server : sender
        : sender + "; " + server;
  }

  private static int synAgain(FlowAccount account) {
    boolean connects = account.label().equals("tcp") || account.label().equals("bulk");
    boolean never = connects && account.connectedAfter() < 0;
    return never ? account.retransmissions() : account.synRetransmissions();
  }

  private static Map<String, Refusals> refusals(FlowAccount account) {
    Map<String, Refusals> refusals = new LinkedHashMap<>();
    for (var entry : account.refusedByErrno().entrySet()) {
      long first = -1;
      long last = -1;
      for (int i = 0; i < account.offered(); i++) {
        if (account.fate(i) == Fate.REFUSED && account.errno(i) == entry.getKey()) {
          last = account.offeredAt(i);
          first = first < 0 ? last : first;
        }
      }
      refusals.put(entry.getKey().name(), new Refusals(entry.getValue(), ms(first), ms(last)));
    }
    return refusals;
  }

  private static long heldMax(FlowAccount account) {
    long most = 0;
    for (int i = 0; i < account.offered(); i++) {
      most = Math.max(most, account.heldNanos(i));
    }
    return most;
  }

  private static long firstDelivered(FlowAccount account) {
    long first = Long.MAX_VALUE;
    for (int i = 0; i < account.offered(); i++) {
      if (account.fate(i) == Fate.DELIVERED) {
        first = Math.min(first, account.offeredAt(i) + account.latency(i));
      }
    }
    return first == Long.MAX_VALUE ? -1 : first;
  }

  private static List<Double> answers(FlowAccount account) {
    List<Double> answers = new ArrayList<>();
    if (account.answers()) {
      for (int i = 0; i < Math.min(account.offered(), ANSWERS_SHOWN); i++) {
        answers.add(ms(account.latency(i)));
      }
    }
    return answers;
  }

  private static double ms(long nanos) {
    return nanos < 0 ? -1 : Math.round(nanos / 1_000.0) / 1_000.0;
  }

  /** A figure by the name that {@code expect:} uses. */
  public long figure(String name) {
    return switch (name) {
      case "offered" -> offered;
      case "delivered", "answered" -> delivered;
      case "lost" -> lostTotal;
      case "refused" -> refusedTotal;
      case "asleep" -> asleep;
      case "late" -> late;
      case "held" -> everHeld;
      case "reordered" -> reordered;
      case "duplicated" -> duplicated;
      case "leaked-in-clear" -> leakedInClear;
      case "connected" -> connectedMs >= 0 ? 1 : 0;
      case "syn-retransmissions" -> synRetransmissions;
      default -> throw new IllegalArgumentException("no figure '" + name + "'");
    };
  }
}
