package org.larval.guest;

/** What a security module calls a socket. */
public enum SocketKind {
  /** {@code tcp_socket}. */
  TCP,
  /** {@code udp_socket}. */
  UDP,
  /** {@code rawip_socket}: raw IP, and ICMP as ping sends it. */
  RAW
}
