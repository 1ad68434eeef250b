package org.larval.lab.outside;

import org.larval.nic.LabFace;
import org.larval.packet.Effects;

/**
 * The lab's end of a NIC whose guest lives elsewhere. It is made on the lab's loop, opened from
 * another thread, then begun, ended and closed on the loop. Programs of the lab that play guests
 * are started between the opening and the beginning, so from the opening on a guest finds its NIC.
 */
public interface OutsideNic {
  /** What the street sees, from the beginning to the end. */
  LabFace face();

  /** What came that is no frame of this guest's: from somebody else, or malformed. */
  default long refused() {
    return 0;
  }

  /**
   * Opens the way to the guest, who need not be there.
   *
   * @throws AttachmentRefused if the host does not let us
   */
  void open();

  /** The lab begins: frames may come and go from now on. */
  void begin();

  /** Drops what waits for the street. Frames that come later find nobody. */
  void end(Effects out);

  /**
   * Gives back what {@link #open} and the constructor took, without waiting; also if it was never
   * opened.
   */
  void close();
}
