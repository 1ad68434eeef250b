package org.larval.lab.ike;

import java.util.List;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;

/**
 * What a file tells the daemon.
 *
 * @param port UDP port of IKE
 * @param natPort UDP port of IKE and ESP behind a NAT
 * @param saMiss name of the SA-miss policy
 * @param labels which labels of peers are taken
 * @param warnings what of the file has no effect, one line each
 */
public record IkeFile(
    List<Connection> connections,
    Settings settings,
    Keyring keyring,
    int port,
    int natPort,
    String saMiss,
    LabelMatch labels,
    List<String> warnings) {
  /** Keeps its own copies of the lists. */
  public IkeFile {
    connections = List.copyOf(connections);
    warnings = List.copyOf(warnings);
  }
}
