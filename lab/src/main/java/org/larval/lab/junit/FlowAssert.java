package org.larval.lab.junit;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;
import org.larval.lab.report.FlowReport;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/** What became of one flow's messages. */
public final class FlowAssert extends AbstractAssert<FlowAssert, FlowReport> {
  private final LabRunAssert lab;

  FlowAssert(LabRunAssert lab, FlowReport flow) {
    super(flow, FlowAssert.class);
    this.lab = lab;
  }

  private FlowAssert figure(String what, long wanted, long found) {
    if (wanted != found) {
      throw failureWithActualExpected(
          found,
          wanted,
          "expected %s %s of flow %s, but they are %s. The flow: %s",
          wanted,
          what,
          actual.flow(),
          found,
          actual);
    }
    return this;
  }

  /** Messages given to system calls. */
  public FlowAssert offered(int messages) {
    return figure("offered", messages, actual.offered());
  }

  /** Messages that the receiver read; for ping, TCP echo and DNS those that were answered. */
  public FlowAssert delivered(int messages) {
    return figure("delivered", messages, actual.delivered());
  }

  /** Accepted messages that never arrived. */
  public FlowAssert lost(int messages) {
    return figure("lost", messages, actual.lostTotal());
  }

  /** Lost messages by the reason of their last drop. */
  public FlowAssert lost(DropReason reason, int messages) {
    return figure(
        "lost to " + reason.label(), messages, actual.lost().getOrDefault(reason.label(), 0));
  }

  /** Messages that waited in a hold queue, whether they left it or not. */
  public FlowAssert held(int messages) {
    return figure("held", messages, actual.everHeld());
  }

  /** Messages that stand in a hold queue at the end. */
  public FlowAssert stillHeld(int messages) {
    return figure("still held", messages, actual.held());
  }

  /** Messages delivered more than 30 ms after the flow's fastest. */
  public FlowAssert late(int messages) {
    return figure("late", messages, actual.late());
  }

  /** Messages that left a guest in clear although a policy asked for protection. */
  public FlowAssert leakedInClear(int messages) {
    return figure("leaked in clear", messages, actual.leakedInClear());
  }

  /** Messages whose system call failed. */
  public FlowAssert refused(int messages) {
    return figure("refused", messages, actual.refusedTotal());
  }

  /** Messages whose system call failed with this error. */
  public FlowAssert refused(Errno errno, int messages) {
    FlowReport.Refusals refusals = actual.refused().get(errno.name());
    return figure("refused with " + errno, messages, refusals == null ? 0 : refusals.count());
  }

  /** Messages whose caller sleeps at the end. */
  public FlowAssert asleep(int messages) {
    return figure("asleep", messages, actual.asleep());
  }

  /** Arrivals that an earlier number came after. */
  public FlowAssert reordered(int messages) {
    return figure("reordered", messages, actual.reordered());
  }

  /** Arrivals of a message that had arrived. */
  public FlowAssert duplicated(int messages) {
    return figure("duplicated", messages, actual.duplicated());
  }

  /** SYNs sent again before the connection stood. */
  public FlowAssert synRetransmissions(int segments) {
    return figure("SYN retransmissions", segments, actual.synRetransmissions());
  }

  /** The slowest delivered message took no longer; for answers this is the round trip. */
  public FlowAssert latencyAtMost(Duration limit) {
    return within("the slowest message", actual.latencyMaxMs(), 0, limit);
  }

  /** The slowest delivered message took at least this long. */
  public FlowAssert latencyAtLeast(Duration least) {
    if (actual.latencyMaxMs() < least.toNanos() / 1e6) {
      throw failure(
          "expected the slowest message of flow %s to take %s ms at least, but it took %s ms",
          actual.flow(), least.toNanos() / 1e6, actual.latencyMaxMs());
    }
    return this;
  }

  /** The connection stood after a time between these two. */
  public FlowAssert connectedBetween(Duration least, Duration most) {
    return within("connect()", actual.connectedMs(), least.toNanos() / 1e6, most);
  }

  private FlowAssert within(String what, double found, double least, Duration most) {
    double limit = most.toNanos() / 1e6;
    if (found < least || found > limit) {
      throw failure(
          "expected %s of flow %s to take %s to %s ms, but it took %s ms (-1: never). The flow: %s",
          what, actual.flow(), least, limit, found, actual);
    }
    return this;
  }

  /** The connection never stood, and connect() answered this. */
  public FlowAssert failed(Errno errno) {
    return word("failed with", errno.name(), actual.failure());
  }

  /** The application ended itself at this error. */
  public FlowAssert died(Errno errno) {
    return word("died of", errno.name(), actual.died());
  }

  private FlowAssert word(String what, String wanted, @Nullable String found) {
    if (!Objects.equals(wanted, found)) {
      throw failureWithActualExpected(
          found, wanted, "expected flow %s %s %s, but: %s", actual.flow(), what, wanted, found);
    }
    return this;
  }

  /** Lost messages by reason; {@code under-way} for those that had not ended. */
  public FlowAssert lostOnlyTo(Map<DropReason, Integer> reasons) {
    int sum = 0;
    for (Map.Entry<DropReason, Integer> entry : reasons.entrySet()) {
      lost(entry.getKey(), entry.getValue());
      sum += entry.getValue();
    }
    return lost(sum);
  }

  /** Goes on with another flow of the same lab. */
  public FlowAssert flow(int number) {
    return lab.flow(number);
  }

  /** Goes on with the lab. */
  public LabRunAssert lab() {
    return lab;
  }
}
