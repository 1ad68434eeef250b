package org.larval.lab.selinux;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.policydb.ObjectContexts;
import org.larval.labels.policydb.PolicyContext;
import org.larval.wire.IpAddress;

/**
 * The SIDs of interfaces, addresses and ports (netif.c, netnode.c, netport.c): looked up in the
 * policy once, forgotten when it changes.
 */
final class ObjectSids {
  /** As many addresses are remembered; then all are forgotten. */
  private static final int MAX_NODES = 4096;

  private static final String LOOPBACK = "lo";

  private final LoadedPolicy policy;
  private final List<String> nics;
  private final int[] interfaces;
  private final Map<IpAddress, Integer> nodes = new HashMap<>();
  private int sequence;

  // the node of the last question
  private boolean lastV6;
  private long lastHigh;
  private long lastLow;
  private int lastNode;

  ObjectSids(LoadedPolicy policy, List<String> nics) {
    this.policy = policy;
    this.nics = nics;
    interfaces = new int[nics.size() + 1];
    sequence = policy.sequence();
  }

  /** The name of a NIC, -1 being the loopback. */
  String name(int nic) {
    return nic < 0 ? LOOPBACK : nics.get(nic);
  }

  /** The SID of a NIC, -1 being the loopback. */
  int netif(int nic) {
    refresh();
    int place = nic + 1;
    if (interfaces[place] == 0) {
      interfaces[place] = sid(objects().netif(name(nic)), ObjectContexts.NETIF);
    }
    return interfaces[place];
  }

  /** The SID of an address. */
  int node(boolean v6, long high, long low) {
    refresh();
    if (lastNode == 0 || v6 != lastV6 || high != lastHigh || low != lastLow) {
      lastNode = find(v6, high, low);
      lastV6 = v6;
      lastHigh = high;
      lastLow = low;
    }
    return lastNode;
  }

  private int find(boolean v6, long high, long low) {
    IpAddress address = new IpAddress(v6, high, low);
    Integer known = nodes.get(address);
    if (known != null) {
      return known;
    }
    int sid = sid(v6 ? objects().node6(high, low) : objects().node((int) low), ObjectContexts.NODE);
    if (nodes.size() == MAX_NODES) {
      nodes.clear();
    }
    nodes.put(address, sid);
    return sid;
  }

  /** The SID of a port. */
  int port(int protocol, int port) {
    return sid(objects().port(protocol, port), ObjectContexts.PORT);
  }

  private ObjectContexts objects() {
    return policy.server().policy().objects();
  }

  private int sid(@Nullable PolicyContext context, int initial) {
    return context == null ? initial : policy.sid(context);
  }

  private void refresh() {
    if (policy.sequence() != sequence) {
      sequence = policy.sequence();
      Arrays.fill(interfaces, 0);
      nodes.clear();
      lastNode = 0;
    }
  }
}
