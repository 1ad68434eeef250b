package org.larval.packet;

/** Who made a packet, as a guest's security module asks. */
public enum Origin {
  /** Somebody else: it came in by a NIC. */
  FOREIGN,
  /** The guest's stack on its own behalf: ICMP, resets. */
  KERNEL,
  /** A socket that is not connected. */
  SOCKET,
  /** A connected socket: its packets carry what was attached when it connected. */
  CONNECTED,
  /** A listening socket that answers a SYN. */
  LISTENER
}
