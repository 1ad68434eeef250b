package org.larval.secmark;

/** Netfilter's five hooks (nf_inet_hooks), by the names that a guest's stack uses. */
public enum NfHook {
  /** Before routing: the only place whose marks a forward check can see. */
  PREROUTING,
  /** Before local delivery. */
  INPUT,
  /** On the way through. */
  FORWARD,
  /** Made here, before routing. */
  OUTPUT,
  /** Last, before the NIC. */
  POSTROUTING
}
