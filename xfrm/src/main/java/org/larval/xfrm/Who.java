package org.larval.xfrm;

/** On whose behalf a look-up is made: decides what may happen while an SA is missing. */
public enum Who {
  /** A system call whose task may sleep. */
  LOCAL_BLOCKING,
  /** A system call with O_NONBLOCK or MSG_DONTWAIT. */
  LOCAL_NONBLOCKING,
  /** A local packet outside any system call: a TCP retransmission, a SYN-ACK. */
  LOCAL_SOFTIRQ,
  /** A packet that is being forwarded: nobody can be told. */
  FORWARD,
  /**
   * A caller that does not promise to call the output function: ICMP errors, packets rerouted by
   * rules. Linux makes this look-up without XFRM_LOOKUP_QUEUE; nothing is ever held for it.
   */
  STACK_NO_QUEUE
}
