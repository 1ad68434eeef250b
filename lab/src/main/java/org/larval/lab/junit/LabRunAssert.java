package org.larval.lab.junit;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractAssert;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.packet.DropReason;

/** What became of a lab. Any question finishes the run. */
public final class LabRunAssert extends AbstractAssert<LabRunAssert, LabRun> {
  LabRunAssert(LabRun run) {
    super(run, LabRunAssert.class);
  }

  private RunReport report() {
    isNotNull();
    return actual.report();
  }

  /** Assertions about a flow, numbered from 1 as in the lab file. */
  public FlowAssert flow(int number) {
    List<FlowReport> flows = report().flows();
    for (FlowReport flow : flows) {
      if (flow.flow() == number) {
        return new FlowAssert(this, flow);
      }
    }
    throw failure("there is no flow %s; the lab has %s", number, flows.size());
  }

  /** Every packet came to exactly one end, and every message of every flow. */
  public LabRunAssert balances() {
    AssertionError wrong = LabExtension.checkBooks(report());
    if (wrong != null) {
      throw failure("%s", wrong.getMessage());
    }
    return this;
  }

  /** So many packets of the whole lab were dropped for this reason. */
  public LabRunAssert dropped(DropReason reason, long packets) {
    report();
    long found = actual.dropped(reason);
    if (found != packets) {
      throw failureWithActualExpected(
          found,
          packets,
          "expected %s packets dropped: %s; but they are %s. All drops: %s",
          packets,
          reason.label(),
          found,
          report().packets().dropped());
    }
    return this;
  }

  /** A counter of /proc/net/xfrm_stat of one guest. */
  public LabRunAssert xfrmStat(String guest, String counter, long value) {
    Map<String, Long> counters = report().xfrmStat().getOrDefault(guest, Map.of());
    long found = counters.getOrDefault(counter, 0L);
    if (found != value) {
      throw failureWithActualExpected(
          found,
          value,
          "expected %s of %s to be %s, but it is %s. Its counters: %s",
          counter,
          guest,
          value,
          found,
          counters);
    }
    return this;
  }

  /** How many acquires all engines together sent. */
  public LabRunAssert acquires(int count) {
    int found = report().acquires();
    if (found != count) {
      throw failureWithActualExpected(
          found, count, "expected %s acquires, but they are %s", count, found);
    }
    return this;
  }

  /** Nothing left a guest in clear although a policy asked for protection. */
  public LabRunAssert leaksNothing() {
    for (FlowReport flow : report().flows()) {
      new FlowAssert(this, flow).leakedInClear(0);
    }
    return this;
  }

  /** What the lab file says under {@code expect:}. */
  public LabRunAssert meetsExpectations() {
    for (RunReport.Expected expected : report().expectations()) {
      if (!expected.met()) {
        throw failure(
            "%s: flow %s: %s %s is expected, but it is %s",
            expected.where(),
            expected.flow(),
            expected.figure(),
            expected.wanted(),
            expected.actual());
      }
    }
    return this;
  }
}
