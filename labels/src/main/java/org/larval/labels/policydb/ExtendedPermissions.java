package org.larval.labels.policydb;

/** Commands that a rule names: of an ioctl the low 16 bits, of a netlink message its type. */
public final class ExtendedPermissions {
  /** What the bits stand for. */
  public enum Form {
    /** Low bytes of ioctl commands of one driver. */
    IOCTL_FUNCTION,
    /** Whole ioctl drivers. */
    IOCTL_DRIVER,
    /** Low bytes of netlink message types. */
    NETLINK_MESSAGE
  }

  private final Form form;
  private final int driver;
  private final long[] bits;

  /** Takes over four words, lowest bits first. */
  ExtendedPermissions(Form form, int driver, long[] bits) {
    this.form = form;
    this.driver = driver;
    this.bits = bits;
  }

  /** What the bits stand for. */
  public Form form() {
    return form;
  }

  /** The high byte of every command, where the bits are low bytes. */
  public int driver() {
    return driver;
  }

  /** Whether bit 0 to 255 is set. */
  public boolean bit(int bit) {
    return (bits[bit >> 6] >>> bit & 1) != 0;
  }
}
