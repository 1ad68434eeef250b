package org.larval.lab.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the NICs of a lab stand, while it runs.
 *
 * @param atMs since the lab began
 */
public record NicsReport(String lab, double atMs, List<Nic> nics) {
  /**
   * One NIC.
   *
   * @param attachment how its guest is joined
   * @param state {@code up}, {@code down} while nobody runs it, or {@code stopped}
   * @param fault why it was stopped, or null
   * @param ringFull frames dropped because a ring was full
   * @param badSize frames dropped because they were too short or too long
   * @param broken frames dropped because it was stopped
   * @param rings how often the other end was told
   * @param ringsSuppressed how often that was not needed
   */
  public record Nic(
      String guest,
      String name,
      String attachment,
      String state,
      @Nullable String fault,
      long ringFull,
      long badSize,
      long broken,
      long rings,
      long ringsSuppressed,
      List<Queue> queues) {
    /** Keeps its own copy. */
    public Nic {
      queues = List.copyOf(queues);
    }
  }

  /**
   * One ring, or one direction where there is none.
   *
   * @param queue such as {@code 0 to guest}
   * @param size descriptors; 0 without a ring
   * @param waiting frames that the guest sent and nobody took, or buffers that it offers
   */
  public record Queue(String queue, int size, int waiting, long frames, long bytes) {}

  /** Keeps its own copy. */
  public NicsReport {
    nics = List.copyOf(nics);
  }

  /** For a terminal. */
  public String text() {
    TextTable table =
        new TextTable(
            "nic",
            "joined by",
            "state",
            "queue",
            "size",
            "waiting",
            "frames",
            "bytes",
            "dropped",
            "rings",
            "spared");
    for (Nic nic : nics) {
      long dropped = nic.ringFull + nic.badSize + nic.broken;
      String state = nic.fault == null ? nic.state : nic.state + ": " + nic.fault;
      if (nic.queues.isEmpty()) {
        table.row(
            nic.guest + "." + nic.name,
            nic.attachment,
            state,
            "",
            "",
            "",
            "",
            "",
            Long.toString(dropped),
            Long.toString(nic.rings),
            Long.toString(nic.ringsSuppressed));
      }
      boolean first = true;
      for (Queue queue : nic.queues) {
        table.row(
            first ? nic.guest + "." + nic.name : "",
            first ? nic.attachment : "",
            first ? state : "",
            queue.queue,
            queue.size == 0 ? "-" : Integer.toString(queue.size),
            queue.size == 0 ? "-" : Integer.toString(queue.waiting),
            Long.toString(queue.frames),
            Long.toString(queue.bytes),
            first ? Long.toString(dropped) : "",
            first ? Long.toString(nic.rings) : "",
            first ? Long.toString(nic.ringsSuppressed) : "");
        first = false;
      }
    }
    return String.format(Locale.ROOT, "%s at %.3f s%n%n%s", lab, atMs / 1e3, table);
  }
}
