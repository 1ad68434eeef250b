package org.larval.labels.avc;

import org.jspecify.annotations.Nullable;

/**
 * What an audit record says besides who, what and whom (struct common_audit_data).
 *
 * @param pid of the task, 0 for the idle one that packets often interrupt
 * @param comm the task's name, one character per byte
 * @param network of a check about packets, else null
 */
public record AuditData(int pid, String comm, @Nullable Network network) {
  /** A check that no task in particular brought about. */
  public static final AuditData IDLE = new AuditData(0, "swapper/0", null);

  /**
   * Addresses of a check. Those of a socket come first and only if the check had one. Whatever is
   * null or 0 is left out.
   *
   * @param laddr the socket's own address
   * @param lport its port
   * @param faddr the other end's address
   * @param fport its port
   * @param saddr the packet's source address, as Linux prints it
   * @param src its source port
   * @param daddr its destination address
   * @param dest its destination port
   * @param netif the interface
   */
  public record Network(
      @Nullable String laddr,
      int lport,
      @Nullable String faddr,
      int fport,
      @Nullable String saddr,
      int src,
      @Nullable String daddr,
      int dest,
      @Nullable String netif) {
    /** The fields of a packet that no socket is known of. */
    public static Network packet(
        @Nullable String saddr, int src, @Nullable String daddr, int dest, @Nullable String netif) {
      return new Network(null, 0, null, 0, saddr, src, daddr, dest, netif);
    }

    private void append(StringBuilder text) {
      append(text, "laddr", laddr, "lport", lport);
      append(text, "faddr", faddr, "fport", fport);
      append(text, "saddr", saddr, "src", src);
      append(text, "daddr", daddr, "dest", dest);
      if (netif != null) {
        text.append(" netif=").append(netif);
      }
    }

    /** As print_ipv4_addr does. */
    private static void append(
        StringBuilder text, String word, @Nullable String address, String portWord, int port) {
      if (address != null) {
        text.append(' ').append(word).append('=').append(address);
      }
      if (port != 0) {
        text.append(' ').append(portWord).append('=').append(port);
      }
    }
  }

  void append(StringBuilder text) {
    text.append(" pid=").append(pid).append(" comm=");
    untrusted(text, comm);
    if (network != null) {
      network.append(text);
    }
  }

  /** Quoted, or in hexadecimal if it has quotes, blanks or worse (audit_log_untrustedstring). */
  static void untrusted(StringBuilder text, String string) {
    boolean plain = string.chars().allMatch(c -> c >= 0x21 && c <= 0x7e && c != '"');
    if (plain) {
      text.append('"').append(string).append('"');
    } else {
      string.chars().forEach(c -> text.append("%02X".formatted(c & 0xff)));
    }
  }
}
