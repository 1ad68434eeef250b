package org.larval.labels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The classes that networking decisions are about, with their permissions in the kernel's order
 * (security/selinux/include/classmap.h). A small policy may speak of no others.
 */
public final class NetworkClasses {
  private static final List<String> SOCKET =
      List.of(
          ("ioctl read write create getattr setattr lock relabelfrom relabelto append map bind"
                  + " connect listen accept getopt setopt shutdown recvfrom sendto name_bind")
              .split(" "));

  private static final Map<String, List<String>> PERMISSIONS = new LinkedHashMap<>();

  static {
    plain("packet", "send", "recv", "relabelto", "forward_in", "forward_out");
    plain("peer", "recv");
    plain("netif", "ingress", "egress");
    plain("node", "recvfrom", "sendto");
    plain("association", "sendto", "recvfrom", "setcontext", "polmatch");
    socket("tcp_socket", "node_bind", "name_connect");
    socket("udp_socket", "node_bind");
    socket("rawip_socket", "node_bind");
    socket("icmp_socket", "node_bind");
    socket("dccp_socket", "node_bind", "name_connect");
    socket("sctp_socket", "node_bind", "name_connect", "association");
    socket("tun_socket", "attach_queue");
    socket("key_socket");
    socket("packet_socket");
    socket("netlink_xfrm_socket", "nlmsg_read", "nlmsg_write");
    socket("unix_stream_socket", "connectto");
  }

  private NetworkClasses() {}

  private static void plain(String name, String... permissions) {
    PERMISSIONS.put(name, List.of(permissions));
  }

  private static void socket(String name, String... own) {
    List<String> permissions = new ArrayList<>(SOCKET);
    permissions.addAll(List.of(own));
    PERMISSIONS.put(name, List.copyOf(permissions));
  }

  /** Their names, commas between. */
  public static String names() {
    return String.join(", ", PERMISSIONS.keySet());
  }

  /** The permissions of a class, none for an unknown one. */
  public static List<String> permissions(String securityClass) {
    return PERMISSIONS.getOrDefault(securityClass, List.of());
  }
}
