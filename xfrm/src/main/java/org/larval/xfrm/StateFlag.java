package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/** Switches of a state (XFRM_STATE_* and XFRM_SA_XFLAG_*), with the names of {@code ip xfrm}. */
public enum StateFlag {
  /** The outer header shows no congestion bits, and the inner takes none from it. */
  NOECN("noecn", false, 1),
  /** The inner packet takes its DSCP from the outer header when it is opened. */
  DECAP_DSCP("decap-dscp", false, 2),
  /** The outer IPv4 header never forbids fragmentation. */
  NOPMTUDISC("nopmtudisc", false, 4),
  /** Mobile IPv6: any source address may use it. */
  WILDRECV("wildrecv", false, 8),
  /** ICMP errors pass whose embedded packet fits the selector. */
  ICMP("icmp", false, 16),
  /** A tunnel carries either family. */
  AF_UNSPEC("af-unspec", false, 32),
  /** AH aligns to 4 bytes instead of 8. */
  ALIGN4("align4", false, 64),
  /** Sequence numbers have 64 bits. */
  ESN("esn", false, 128),
  /** The outer header shows no DSCP. */
  DONT_ENCAP_DSCP("dont-encap-dscp", true, 1),
  /** Outbound sequence numbers begin anew after the last. */
  OSEQ_MAY_WRAP("oseq-may-wrap", true, 2);

  private final String label;
  private final boolean extra;
  private final int bit;

  StateFlag(String label, boolean extra, int bit) {
    this.label = label;
    this.extra = extra;
    this.bit = bit;
  }

  /** The name in {@code ip xfrm}. */
  public String label() {
    return label;
  }

  /** Whether it stands after {@code extra-flag} instead of {@code flag}. */
  public boolean extra() {
    return extra;
  }

  /** Linux's bit within its word. */
  public int bit() {
    return bit;
  }

  /** The flag of a name that stands after {@code flag} or {@code extra-flag}, or null. */
  public static @Nullable StateFlag named(String name, boolean extra) {
    for (StateFlag flag : values()) {
      if (flag.extra == extra && flag.label.equals(name)) {
        return flag;
      }
    }
    return null;
  }
}
