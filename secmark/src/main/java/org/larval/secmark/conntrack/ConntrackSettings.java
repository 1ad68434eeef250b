package org.larval.secmark.conntrack;

/**
 * What Linux has in net.netfilter.nf_conntrack_*.
 *
 * @param max how many connections the table holds (nf_conntrack_max), 1 to 1048576
 * @param checksum whether a packet with a wrong checksum from a NIC is INVALID
 *     (nf_conntrack_checksum)
 * @param tcpLoose whether a connection may be taken up in its middle (nf_conntrack_tcp_loose)
 */
public record ConntrackSettings(int max, boolean checksum, boolean tcpLoose) {
  /** Linux's, but for the size of the table, which there depends on the machine's memory. */
  public static final ConntrackSettings DEFAULT = new ConntrackSettings(65_536, true, true);

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public ConntrackSettings {
    if (max < 1 || max > 1 << 20) {
      throw new IllegalArgumentException(max + " connections are not within 1 to 1048576");
    }
  }
}
