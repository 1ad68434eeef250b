package org.larval.xfrm;

import java.util.Locale;

/** Switches of a policy (XFRM_POLICY_*), with the names of {@code ip xfrm}. */
public enum PolicyFlag {
  /** Users may override it by a policy of their socket; kept, never looked at. */
  LOCALOK(1),
  /** An ICMP error may be protected as the packet that it quotes would be. */
  ICMP(2),
  /** Acquires name the processor (Linux 6.13); kept, never looked at. */
  CPU_ACQUIRE(4);

  private final int bit;

  PolicyFlag(int bit) {
    this.bit = bit;
  }

  /** Linux's bit. */
  public int bit() {
    return bit;
  }

  /** As {@code ip xfrm} prints it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
