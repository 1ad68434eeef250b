package org.larval.nic;

import io.netty.buffer.ByteBuf;

/**
 * Carries Ethernet frames to a guest outside this process. What it receives it gives to {@link
 * SocketNic#onFrame}, on the lab's thread.
 */
@FunctionalInterface
public interface FrameSocket {
  /**
   * Sends one frame from the reader index on and takes the reference.
   *
   * @return whether the frame went out; one that did not is gone
   */
  boolean send(ByteBuf frame);
}
