package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** Attributes of a configuration payload (RFC 7296 section 3.15.1), by the names of the RFCs. */
public enum ConfigurationAttribute {
  /** An IPv4 address inside. */
  INTERNAL_IP4_ADDRESS(1),
  /** Its netmask. */
  INTERNAL_IP4_NETMASK(2),
  /** A DNS server. */
  INTERNAL_IP4_DNS(3),
  /** A NetBIOS name server. */
  INTERNAL_IP4_NBNS(4),
  /** A DHCP server. */
  INTERNAL_IP4_DHCP(6),
  /** Whose implementation this is, in text. */
  APPLICATION_VERSION(7),
  /** An IPv6 address inside and its prefix length. */
  INTERNAL_IP6_ADDRESS(8),
  /** A DNS server. */
  INTERNAL_IP6_DNS(10),
  /** A DHCP server. */
  INTERNAL_IP6_DHCP(12),
  /** A network behind the gateway. */
  INTERNAL_IP4_SUBNET(13),
  /** Attributes that may be asked for. */
  SUPPORTED_ATTRIBUTES(14),
  /** A network behind the gateway. */
  INTERNAL_IP6_SUBNET(15),
  /** A home prefix (RFC 5026). */
  MIP6_HOME_PREFIX(16),
  /** A link (RFC 5739). */
  INTERNAL_IP6_LINK(17),
  /** A prefix (RFC 5739). */
  INTERNAL_IP6_PREFIX(18),
  /** A home agent (3GPP). */
  HOME_AGENT_ADDRESS(19),
  /** A proxy for calls (RFC 7651). */
  P_CSCF_IP4_ADDRESS(20),
  /** A proxy for calls (RFC 7651). */
  P_CSCF_IP6_ADDRESS(21),
  /** Address and port outside (3GPP). */
  EXTERNAL_SOURCE_IP4_NAT_INFO(23),
  /** Seconds between liveness checks (3GPP). */
  TIMEOUT_PERIOD_FOR_LIVENESS_CHECK(24),
  /** A domain of the DNS inside (RFC 8598). */
  INTERNAL_DNS_DOMAIN(25),
  /** A trust anchor for it (RFC 8598). */
  INTERNAL_DNSSEC_TA(26);

  private final int number;

  ConfigurationAttribute(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** The attribute of a number, or null. */
  public static @Nullable ConfigurationAttribute of(int number) {
    for (ConfigurationAttribute one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    ConfigurationAttribute one = of(number);
    return one == null ? "attribute-" + number : one.name();
  }
}
