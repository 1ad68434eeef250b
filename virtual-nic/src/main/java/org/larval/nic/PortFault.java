package org.larval.nic;

/** Why whoever brought the rings of a NIC was sent away, or that they went. */
public sealed interface PortFault permits VhostFault, MemifFault {
  /** The reason in words. */
  String sentence();
}
