package org.larval.labels.policydb;

/**
 * Commands that a rule names: of an ioctl the low 16 bits, of a netlink message its type.
 *
 * @param form what the 256 bits stand for
 * @param driver the high byte of every command, where the bits are low bytes
 * @param bits lowest first, 4 words
 */
public record ExtendedPermissions(Form form, int driver, long[] bits) {
  /** What the bits stand for. */
  public enum Form {
    /** Low bytes of ioctl commands of one driver. */
    IOCTL_FUNCTION,
    /** Whole ioctl drivers. */
    IOCTL_DRIVER,
    /** Low bytes of netlink message types. */
    NETLINK_MESSAGE
  }

  /** Whether bit 0 to 255 is set. */
  public boolean bit(int bit) {
    return (bits[bit >> 6] >>> bit & 1) != 0;
  }
}
