package org.larval.lab.run;

import java.util.ArrayList;
import java.util.List;
import org.larval.lab.report.NicsReport;
import org.larval.nic.LabFace;
import org.larval.nic.MemifNic;
import org.larval.nic.NicCounters;
import org.larval.nic.QueueState;
import org.larval.nic.RingFault;
import org.larval.nic.VhostNic;

/** Reads how NICs stand; on the lab's loop. */
final class NicTable {
  private NicTable() {}

  static NicsReport.Nic row(String guest, String name, String attachment, LabFace nic) {
    NicCounters counters = nic.counters();
    RingFault fault = nic.fault();
    boolean down = (nic instanceof VhostNic || nic instanceof MemifNic) && nic.queues().isEmpty();
    return new NicsReport.Nic(
        guest,
        name,
        attachment,
        fault != null ? "stopped" : down ? "down" : "up",
        fault == null ? null : fault.label(),
        counters.ringFull(),
        counters.badSize(),
        counters.brokenDrops(),
        counters.rings(),
        counters.ringsSuppressed(),
        queues(nic, counters));
  }

  private static List<NicsReport.Queue> queues(LabFace nic, NicCounters counters) {
    List<NicsReport.Queue> all = new ArrayList<>();
    for (QueueState queue : nic.queues()) {
      all.add(
          new NicsReport.Queue(
              queue.pair() + (queue.towardsGuest() ? " to guest" : " from guest"),
              queue.size(),
              queue.waiting(),
              queue.frames(),
              queue.bytes()));
    }
    if (all.isEmpty()) {
      all.add(new NicsReport.Queue("to guest", 0, 0, counters.framesOut(), counters.bytesOut()));
      all.add(new NicsReport.Queue("from guest", 0, 0, counters.framesIn(), counters.bytesIn()));
    }
    return all;
  }
}
