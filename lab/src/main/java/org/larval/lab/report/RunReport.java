package org.larval.lab.report;

import java.util.List;
import java.util.Map;

/**
 * One run of a lab.
 *
 * @param time virtual or real
 * @param endedMs when the lab ended, in milliseconds since it began
 * @param xfrmStat the counters of /proc/net/xfrm_stat that are not 0, by guest
 * @param audit what SELinux logged, equal questions once
 * @param ike what the guests' IKE daemons said, with the time in seconds
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

  /** A line of {@code expect:} and what came of it. */
  public record Expected(
      String where, int flow, String figure, String wanted, long actual, boolean met) {}

  /** Whether every expectation was met. */
  public boolean met() {
    return expectations.stream().allMatch(Expected::met);
  }
}
