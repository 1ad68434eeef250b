package org.larval.net;

import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/**
 * Looks at the frames of one direction of a link: what a capture hangs on. The packet may be read
 * during the call only.
 *
 * <p>A frame {@link #enters} once; then each of it and its duplicates either {@link #arrives} or is
 * {@link #lost}. A capture of the far end records what arrives; one that shows the losses too adds
 * what is lost.
 */
public interface Tap {
  /** The frame enters the link, before any rule. */
  default void enters(long now, Packet packet) {}

  /** The frame leaves the link at the far end, with everything that the link did to it. */
  default void arrives(long now, Packet packet) {}

  /** The frame ends in the link. */
  default void lost(long now, Packet packet, DropReason reason) {}
}
