package org.larval.guest;

import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;

/**
 * Where a flow's packets go next: Linux's dst_entry. A plain route ends at POSTROUTING and the
 * neighbour; the security path wraps one to transform, hold or discard.
 */
public interface Dst {
  /**
   * {@link Errno#OK} if packets can be given to {@link #output}; otherwise what the system call
   * answers, {@link Errno#ASLEEP} meaning that the calling task sleeps and repeats the call.
   */
  Errno error();

  /** False if it must be looked up again before the next packet. */
  boolean valid();

  /** The number of the device that packets leave by, from 1; 0 if that is not known. */
  default int device() {
    return 0;
  }

  /** The largest IP packet, in bytes, that this path takes without fragmenting. */
  int mtu();

  /**
   * Takes a whole IP packet, reader index at its header, after the OUTPUT or FORWARD hook.
   *
   * @return OK, or what the local sender is told after the packet was dropped here
   */
  Errno output(long now, Packet packet, Effects out);
}
