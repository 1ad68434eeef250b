package org.larval.guest.tcp;

import org.larval.packet.Packet;

/**
 * The label of a connection that a listener makes. SELinux combines the listener's type with the
 * peer's level (selinux_conn_sid); without labels it is the listener's own.
 */
@FunctionalInterface
public interface ChildLabel {
  /** The listener's label, whoever calls. */
  ChildLabel OF_LISTENER = (listener, syn) -> listener;

  /**
   * The child's label.
   *
   * @param listener the SID of the listening socket
   * @param syn the peer's SYN, reader index at its IP header
   */
  int of(int listener, Packet syn);
}
