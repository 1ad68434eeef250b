package org.larval.lab.outside;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.larval.lab.time.LoopWatch;
import org.larval.lab.time.RealTimeline;
import org.larval.nic.VhostLoop;

/** The loop of a lab in real time, for the control plane of a NIC. */
public record TimelineLoop(RealTimeline timeline) implements VhostLoop {
  @Override
  public Watch watch(int descriptor, Runnable readable) throws IOException {
    LoopWatch watch = LoopWatch.on(timeline.loop(), descriptor, readable);
    return watch::close;
  }

  @Override
  public void after(long nanos, Runnable call) {
    timeline.loop().schedule(call, nanos, TimeUnit.NANOSECONDS);
  }
}
