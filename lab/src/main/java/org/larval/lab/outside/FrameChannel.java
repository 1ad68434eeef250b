package org.larval.lab.outside;

import io.netty.buffer.ByteBuf;
import org.larval.nic.FrameSocket;

/** A way for frames that is opened before the lab begins; see {@link OutsideNic}. */
interface FrameChannel extends FrameSocket {
  /** Takes what arrives, on the lab's loop; the bytes stay the channel's. */
  @FunctionalInterface
  interface Receiver {
    void onFrame(ByteBuf frame);
  }

  /**
   * Opens it, from another thread than the lab's.
   *
   * @throws AttachmentRefused if the host does not let us
   */
  void open();

  /** What came that is no frame of this guest's: from somebody else, or malformed. */
  default long refused() {
    return 0;
  }

  /** Closes it without waiting, on the lab's loop. */
  void close();
}
