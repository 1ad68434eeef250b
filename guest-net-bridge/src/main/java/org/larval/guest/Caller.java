package org.larval.guest;

/** On whose behalf a route is looked up; decides what may happen while an SA is missing. */
public enum Caller {
  /** A socket whose task may be put to sleep. */
  SOCKET,
  /** A socket with O_NONBLOCK or MSG_DONTWAIT. */
  SOCKET_NONBLOCKING,
  /** The stack itself on behalf of a socket, outside any system call: a TCP retransmission. */
  SOCKET_SOFTIRQ,
  /** A packet that is being forwarded. */
  FORWARD,
  /** An ICMP error or a reset that the stack makes: never queued. */
  STACK
}
