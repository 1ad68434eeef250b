package org.larval.nic;

import org.larval.packet.Event;

/** What happens to a NIC whose guest is not ours. */
public sealed interface NicNews extends Event {
  /** The NIC's name. */
  String nic();

  /** A frontend is there; its driver may follow. */
  record Connected(String nic) implements NicNews {}

  /**
   * The guest's driver runs a queue pair.
   *
   * @param pair from 0
   * @param features what both ends agreed on, by name: virtio-net's features, or memif's version
   * @param shrinkable whether the guest could cut its memory short under us (no F_SEAL_SHRINK)
   */
  record Started(String nic, int pair, String features, boolean shrinkable) implements NicNews {}

  /** The guest's driver gave a queue pair back. */
  record Stopped(String nic, int pair) implements NicNews {}

  /** The frontend is gone, or was sent away. */
  record Disconnected(String nic, PortFault fault) implements NicNews {}
}
