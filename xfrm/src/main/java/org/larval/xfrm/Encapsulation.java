package org.larval.xfrm;

import org.larval.wire.IpAddress;

/**
 * What stands between IP and ESP to get through address translators (struct xfrm_encap_tmpl).
 *
 * @param sourcePort of the SA's sender, 0 to 65535
 * @param targetPort of the SA's receiver, 0 to 65535
 * @param original the address before translation; the any address if unknown
 */
public record Encapsulation(Type type, int sourcePort, int targetPort, IpAddress original) {
  /** The kinds of {@code ip xfrm state ... encap}. */
  public enum Type {
    /** UDP (RFC 3948). */
    ESPINUDP("espinudp", 2),
    /** TCP (RFC 9329). */
    ESPINTCP("espintcp", 7);

    private final String label;
    private final int number;

    Type(String label, int number) {
      this.label = label;
      this.number = number;
    }

    /** As {@code ip xfrm} spells it. */
    public String label() {
      return label;
    }

    /** Linux's number (UDP_ENCAP_* and TCP_ENCAP_*). */
    public int number() {
      return number;
    }
  }
}
