package org.larval.lab.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a guest in a process of its own did.
 *
 * @param mac its Ethernet address, as the netfile says
 * @param endedMs how long it ran, in milliseconds
 * @param packets every packet of this process
 * @param flows what it sent
 * @param served what others sent to it
 */
public record GuestReport(
    String netfile,
    String mac,
    List<String> addresses,
    double endedMs,
    Nic nic,
    RunReport.Balance packets,
    List<FlowReport> flows,
    List<Served> served) {

  /**
   * The guest's end of its NIC.
   *
   * @param ringFull frames that the lab did not take in time
   * @param fault the rule that the lab broke, or null
   */
  public record Nic(
      long framesOut,
      long bytesOut,
      long framesIn,
      long bytesIn,
      long ringFull,
      long badSize,
      long brokenDrops,
      @Nullable String fault) {}

  /**
   * A port at which the guest listened.
   *
   * @param service {@code tcp}, which reads and throws away, or {@code udp-echo}
   * @param bytes what came over all connections; of UDP those of the payloads
   * @param messages connections that came to an orderly end, or datagrams
   */
  public record Served(String service, int port, long bytes, long messages) {}

  /** For a terminal. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(String.join(", ", addresses)).append(" on ").append(netfile);
    text.append(" (").append(mac).append("), ran ").append(FlowCells.ms(endedMs)).append('\n');
    if (!flows.isEmpty()) {
      text.append('\n').append(RunText.flows(flows)).append('\n');
    }
    for (Served one : served) {
      text.append(one.service()).append(' ').append(one.port()).append(": ");
      text.append(one.bytes()).append(" bytes in ").append(one.messages());
      text.append(one.service().equals("tcp") ? " connections\n" : " datagrams\n");
    }
    text.append("nic: sent ").append(nic.framesOut()).append(" frames, got ");
    text.append(nic.framesIn());
    if (nic.ringFull() > 0) {
      text.append(", no room for ").append(nic.ringFull());
    }
    if (nic.fault() != null) {
      text.append(", STOPPED: ").append(nic.fault());
    }
    return text.append('\n').append(RunText.balance(packets)).toString();
  }
}
