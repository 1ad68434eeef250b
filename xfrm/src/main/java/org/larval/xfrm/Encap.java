package org.larval.xfrm;

import org.larval.wire.IpAddress;

/**
 * How ESP is wrapped to pass address translators ({@code encap TYPE SPORT DPORT OADDR}).
 *
 * @param sourcePort the port that this SA's packets leave from, 0 to 65535
 * @param targetPort the port that they go to
 * @param original the peer's address before translation; kept, not used, as in Linux
 */
public record Encap(Type type, int sourcePort, int targetPort, IpAddress original) {
  /** What ESP is wrapped in. */
  public enum Type {
    /** UDP (RFC 3948). */
    ESPINUDP,
    /** TCP (RFC 9329). */
    ESPINTCP;

    /** As {@code ip xfrm} has it. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
