package org.larval.lab.selinux;

/** A permission of a class, by the names of the policy. */
enum Permission {
  NETIF_INGRESS("netif", "ingress"),
  NETIF_EGRESS("netif", "egress"),
  NODE_RECVFROM("node", "recvfrom"),
  NODE_SENDTO("node", "sendto"),
  PEER_RECV("peer", "recv"),
  PACKET_SEND("packet", "send"),
  PACKET_RECV("packet", "recv"),
  PACKET_FORWARD_IN("packet", "forward_in"),
  PACKET_FORWARD_OUT("packet", "forward_out"),
  ASSOCIATION_SENDTO("association", "sendto"),
  ASSOCIATION_RECVFROM("association", "recvfrom"),
  TCP_RECVFROM("tcp_socket", "recvfrom"),
  UDP_RECVFROM("udp_socket", "recvfrom"),
  RAWIP_RECVFROM("rawip_socket", "recvfrom");

  private final String securityClass;
  private final String permission;

  Permission(String securityClass, String permission) {
    this.securityClass = securityClass;
    this.permission = permission;
  }

  String securityClass() {
    return securityClass;
  }

  String permission() {
    return permission;
  }

  @Override
  public String toString() {
    return securityClass + " " + permission;
  }
}
