package org.larval.guest;

/**
 * The five places where rules look at a packet, as in netfilter.
 *
 * <pre>
 *   NIC -> PREROUTING -> route -> INPUT -> socket -> OUTPUT -> route -> POSTROUTING -> NIC
 *                          \                                             /
 *                           `--------------> FORWARD ------------------'
 * </pre>
 *
 * <p>Outbound, an IPsec packet meets OUTPUT and POSTROUTING twice: in clear, and as ESP.
 */
public enum Hook {
  PREROUTING,
  INPUT,
  FORWARD,
  OUTPUT,
  POSTROUTING
}
