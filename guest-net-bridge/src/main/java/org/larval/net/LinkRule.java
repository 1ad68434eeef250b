package org.larval.net;

import org.larval.packet.Packet;

/**
 * One thing that a link does to frames. A rule looks and says what is to be done; it neither
 * changes the frame nor keeps it.
 */
@FunctionalInterface
public interface LinkRule {
  /**
   * Judges one frame.
   *
   * @param now nanoseconds since the lab began: when the frame entered the link
   */
  LinkVerdict judge(long now, Packet packet);
}
