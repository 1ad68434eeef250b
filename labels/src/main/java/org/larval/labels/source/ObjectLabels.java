package org.larval.labels.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.larval.labels.policydb.PolicyContext;

/** The contexts that a policy in the making gives to the world around. */
final class ObjectLabels {
  /** The initial SIDs by name, at their numbers minus one (initial_sid_to_string.h). */
  private static final List<String> INITIAL_SIDS =
      List.of(
          ("kernel security unlabeled fs file file_labels init any_socket port netif netmsg node"
                  + " igmp_packet icmp_socket tcp_socket sysctl_modprobe sysctl sysctl_fs"
                  + " sysctl_kernel sysctl_net sysctl_net_unix sysctl_vm sysctl_dev kmod policy"
                  + " scmp_packet devnull")
              .split(" "));

  /** A range of ports. */
  record PortEntry(int protocol, int low, int high, PolicyContext context) {}

  /** An interface. */
  record NetifEntry(String name, PolicyContext context, PolicyContext message) {}

  /** A range of addresses, with the mask of so many bits. */
  record NodeEntry(boolean v6, long high, long low, int bits, PolicyContext context) {}

  final Map<Integer, PolicyContext> initialSids = new TreeMap<>();
  final List<PortEntry> ports = new ArrayList<>();
  final List<NetifEntry> netifs = new ArrayList<>();
  final List<NodeEntry> nodes = new ArrayList<>();

  private final Function<String, PolicyContext> contexts;

  /**
   * No contexts yet.
   *
   * @param contexts what a text means
   */
  ObjectLabels(Function<String, PolicyContext> contexts) {
    this.contexts = contexts;
  }

  void initialSid(String name, String context) {
    int sid = INITIAL_SIDS.indexOf(name) + 1;
    if (sid == 0) {
      throw new IllegalArgumentException(
          "'" + name + "' is no initial SID; write one of " + String.join(", ", INITIAL_SIDS));
    }
    initialSids.put(sid, contexts.apply(context));
  }

  void port(int protocol, int low, int high, String context) {
    for (PortEntry other : ports) {
      if (other.protocol == protocol && other.low <= low && high <= other.high) {
        throw new IllegalArgumentException(
            "these ports lie within "
                + other.low
                + "-"
                + other.high
                + " before them; name the smaller range first");
      }
    }
    ports.add(new PortEntry(protocol, low, high, contexts.apply(context)));
  }

  void netif(String name, String context, String message) {
    if (name.isEmpty() || name.length() > 63 || !name.matches("[!-~]+")) {
      throw new IllegalArgumentException(
          "'" + name + "' is no interface; write 1 to 63 letters or digits");
    }
    netifs.add(new NetifEntry(name, contexts.apply(context), contexts.apply(message)));
  }

  void node(boolean v6, long high, long low, int bits, String context) {
    nodes.add(new NodeEntry(v6, high, low, bits, contexts.apply(context)));
  }

  /**
   * Gives contexts to the initial SIDs that have none.
   *
   * @param user of these contexts
   * @param low the lowest level with a colon before it, or nothing
   * @param whole the same for all levels
   */
  void complete(String user, String low, String whole) {
    Map<String, String> usual = new LinkedHashMap<>();
    usual.put("kernel", "kernel_t" + whole);
    usual.put("unlabeled", "unlabeled_t" + low);
    usual.put("port", "port_t" + low);
    usual.put("netif", "netif_t" + whole);
    usual.put("netmsg", "netlabel_peer_t" + low);
    usual.put("node", "node_t" + whole);
    usual.forEach(
        (name, type) -> {
          if (!initialSids.containsKey(INITIAL_SIDS.indexOf(name) + 1)) {
            initialSid(name, user + ":object_r:" + type);
          }
        });
    PolicyContext unlabeled =
        Objects.requireNonNull(initialSids.get(INITIAL_SIDS.indexOf("unlabeled") + 1));
    for (int sid = 1; sid <= INITIAL_SIDS.size(); sid++) {
      initialSids.putIfAbsent(sid, unlabeled);
    }
  }
}
