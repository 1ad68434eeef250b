package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Timeline;
import org.larval.lab.time.VirtualTimeline;

/** A room that throws ends the run, in either time: Netty would swallow it. */
class FailingRoomTest {
  private static final long SECOND = 1_000_000_000L;

  private static void breaks(Timeline timeline, long until) {
    timeline.arm(
        timeline.alarm(
            now -> {
              throw new IllegalStateException("broken at " + (now >= 1000));
            }),
        1000);
    assertThatThrownBy(() -> timeline.runUntil(until)).hasMessage("broken at true");
    assertThatThrownBy(() -> timeline.runUntil(until)).hasMessage("broken at true");
  }

  @Test
  void inVirtualTime() {
    try (VirtualTimeline timeline = new VirtualTimeline()) {
      breaks(timeline, SECOND);
    }
  }

  @Test
  @Timeout(30)
  void inRealTimeWithoutWaitingForTheEnd() {
    try (RealTimeline timeline = RealTimeline.start()) {
      breaks(timeline, 3600 * SECOND);
    }
  }
}
