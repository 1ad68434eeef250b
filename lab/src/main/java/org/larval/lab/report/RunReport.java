package org.larval.lab.report;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a lab.
 *
 * @param time virtual or real
 * @param endedMs when the lab ended, in milliseconds since it began
 * @param xfrmStat the counters of /proc/net/xfrm_stat that are not 0, by guest
 * @param audit what SELinux logged, equal questions once
 * @param ike what the guests' IKE daemons said, with the time in seconds
 * @param outside the NICs of guests that the lab does not run
 * @param happened what became of those guests, with the time in seconds
 * @param sas the SAs that stood at the end, guest by guest
 */
public record RunReport(
    String lab,
    long seed,
    String time,
    double endedMs,
    Balance packets,
    List<FlowReport> flows,
    Map<String, Map<String, Long>> xfrmStat,
    List<SaReport> sas,
    int acquires,
    List<Audited> audit,
    List<String> ike,
    List<Outside> outside,
    List<String> happened,
    List<Expected> expectations,
    List<String> files) {

  /**
   * Every packet of the lab: {@code born = delivered + absorbed + dropped + held + underWay}.
   *
   * @param absorbed went into others: fragments and their datagrams
   * @param dropped by reason
   */
  public record Balance(
      long born,
      long delivered,
      long absorbed,
      long droppedTotal,
      Map<String, Long> dropped,
      long held,
      long underWay,
      boolean balances) {}

  /**
   * What SELinux logged about one question.
   *
   * @param record the first audit record
   * @param times how many there were
   */
  public record Audited(String record, int times) {}

  /**
   * The NIC of a guest outside. {@code In} is from the guest into the lab.
   *
   * @param attachment the kind and where
   * @param ringFull frames that the guest, or the way to it, had no room for, or the lab's queue
   * @param badSize frames too short or too long
   * @param brokenDrops frames that found the NIC stopped
   * @param refused what came that is no frame of this guest's
   * @param fault the rule that the guest broke, or null
   */
  public record Outside(
      String guest,
      String attachment,
      long framesIn,
      long bytesIn,
      long framesOut,
      long bytesOut,
      long ringFull,
      long badSize,
      long brokenDrops,
      long refused,
      @Nullable String fault) {}

  /** A line of {@code expect:} and what came of it. */
  public record Expected(
      String where, int flow, String figure, String wanted, long actual, boolean met) {}

  /** Whether every expectation was met. */
  public boolean met() {
    return expectations.stream().allMatch(Expected::met);
  }
}
