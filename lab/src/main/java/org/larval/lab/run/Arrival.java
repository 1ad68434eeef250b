package org.larval.lab.run;

import org.larval.packet.Packet;

/** Where frames that leave a link go: a bridge's port or a NIC. */
@FunctionalInterface
interface Arrival {
  /** Takes a frame. */
  void arrive(long now, Packet frame);
}
