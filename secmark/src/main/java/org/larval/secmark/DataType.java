package org.larval.secmark;

import org.jspecify.annotations.Nullable;

/** Types of nft's values, by the names that sets and maps declare. */
enum DataType {
  IPV4_ADDR("ipv4_addr", 32),
  IPV6_ADDR("ipv6_addr", 128),
  INET_PROTO("inet_proto", 8),
  INET_SERVICE("inet_service", 16),
  ICMP_TYPE("icmp_type", 8),
  ICMP_CODE("icmp_code", 8),
  ICMPV6_TYPE("icmpv6_type", 8),
  ICMPV6_CODE("icmpv6_code", 8),
  TCP_FLAG("tcp_flag", 8),
  MARK("mark", 32),
  IFNAME("ifname", 128),
  IFINDEX("iface_index", 32),
  NF_PROTO("nf_proto", 8),
  CT_STATE("ct_state", 32),
  CT_STATUS("ct_status", 32),
  CT_DIR("ct_dir", 8),
  DSCP("dscp", 6),
  ETHER_TYPE("ether_type", 16),
  /** A number without a name of its own: not for sets. */
  INTEGER("integer", 32),
  /** What a map of {@code secmark} objects gives. */
  SECMARK("secmark", 32),
  /** What a verdict map gives. */
  VERDICT("verdict", 32);

  private final String text;
  private final int bits;

  DataType(String text, int bits) {
    this.text = text;
    this.bits = bits;
  }

  /** Of a value, 6 to 128. */
  int bits() {
    return bits;
  }

  /** The greatest value of at most 64 bits. */
  long max() {
    return bits >= 64 ? -1L : (1L << bits) - 1;
  }

  /** Whether a list of names is a bit mask that any of its bits satisfies. */
  boolean isBitmask() {
    return this == CT_STATE || this == CT_STATUS || this == TCP_FLAG;
  }

  static @Nullable DataType of(String name) {
    for (DataType type : values()) {
      if (type.text.equals(name)) {
        return type;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return text;
  }
}
