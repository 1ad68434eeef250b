package org.larval.guest;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * What a guest's stack asks a Linux security module, at the moments at which Linux asks (the {@code
 * security_*} calls of the socket layer, netfilter's hooks, {@code sock_queue_rcv_skb}). The lab
 * implements it over policy, NetLabel and marks; {@link #NONE} is a kernel without one.
 *
 * <p>Sockets are told apart by their SID, which is also that of their task where no other is given.
 * A method that takes a packet and answers false has dropped it.
 */
public interface SecurityModule {
  /** Allows everything and labels nothing. */
  SecurityModule NONE = new SecurityModule() {};

  // --- system calls ---

  /** Why the last of the three calls below was answered EACCES, for people; null if none was. */
  default @Nullable String denial() {
    return null;
  }

  /**
   * Somebody else answers EACCES now: {@link #denial} is null until one of the three does again.
   */
  default void forgetDenial() {}

  /**
   * Whether a task may make a call on its socket: OK or EACCES.
   *
   * @param task the SID of who calls: the socket's, but for a child that has its peer's level
   */
  default Errno call(int task, int sid, SocketKind kind, SocketCall call) {
    return Errno.OK;
  }

  /**
   * The same for bind(2).
   *
   * @param address a wildcard for any
   * @param port 0 for one that the stack chooses
   */
  default Errno bind(int sid, SocketKind kind, IpAddress address, int port) {
    return Errno.OK;
  }

  /**
   * The same for connect(2), which also labels the socket's packets to come.
   *
   * @return OK, EACCES, or why no label can be attached: ENOSPC, EPERM, ENOENT
   */
  default Errno connect(int sid, SocketKind kind, IpAddress target, int port) {
    return Errno.OK;
  }

  /** Bytes of IP header that the label of a flow's packets takes: 0 to 264. */
  default int labelBytes(FlowKey flow) {
    return 0;
  }

  // --- packets on their way in ---

  /**
   * IP options on a packet that came in, before it is routed (ip_rcv_options, ipv6_parse_hopopts).
   *
   * @param packet reader index at its IP header
   */
  default boolean options(long now, Packet packet, Effects out) {
    return true;
  }

  /**
   * A packet for a socket, before it is queued (selinux_socket_sock_rcv_skb).
   *
   * @param packet {@link Packet#network()} at its IP header
   */
  default boolean receive(long now, Packet packet, int sid, SocketKind kind, Effects out) {
    return true;
  }

  /**
   * The SID of a connection that a listener makes (selinux_inet_conn_request): the listener's with
   * the peer's level.
   *
   * @param syn the peer's SYN, which {@link #receive} let pass
   */
  default int connectionRequest(int listener, Packet syn) {
    return listener;
  }

  /** The SID of whoever sent a packet (SO_PEERSEC, SCM_SECURITY), 0 if it has no label. */
  default int peer(Packet packet) {
    return 0;
  }

  // --- packets on their way out ---

  /**
   * A packet of this guest, its IP header just made, before OUTPUT rules (NF_INET_LOCAL_OUT,
   * first): it gets its label.
   */
  default boolean localOut(long now, Packet packet, Effects out) {
    return true;
  }

  /** A packet that is passed on, before FORWARD rules (NF_INET_FORWARD, first). */
  default boolean forward(long now, Packet packet, Effects out) {
    return true;
  }

  /**
   * A packet that leaves, after POSTROUTING rules (NF_INET_POST_ROUTING, last).
   *
   * @param device the NIC that it leaves by, from 0, or -1 for the loopback
   * @param transformAhead whether IPsec has yet to transform it
   */
  default boolean postrouting(
      long now, Packet packet, int device, boolean transformAhead, Effects out) {
    return true;
  }

  /** What a local sender is told after one of the three dropped its packet just now. */
  default Errno refusal() {
    return Errno.EPERM;
  }
}
