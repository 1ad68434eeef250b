package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/**
 * The way of transport mode: what this host and its peer say to each other goes into the TUN
 * device, but not what the daemon itself sends between the same two addresses. Its sockets mark
 * their packets ({@link #MARK}), and rules of the host (ip-rule(8)) lead all others that the
 * selectors name to a routing table of their own. What they do not name goes in clear, as with
 * policies of the kernel.
 */
final class HostRoutes {
  /** The bit of a mark that says: sent by the daemon. */
  static final int MARK = 0x40_0000;

  private static final String TABLE = "19542";

  /** Before the table {@code main}. */
  private static final String PRIORITY = "200";

  private final String device;
  private final IpCommands ip;

  /** How many children want a rule or a route. */
  private final Map<List<String>, Integer> wanted = new LinkedHashMap<>();

  HostRoutes(String device, IpCommands ip) {
    this.device = device;
    this.ip = ip;
  }

  /** Takes away what a daemon that was killed has left. */
  void begin() {
    for (String family : new String[] {"-4", "-6"}) {
      ip.quietly(List.of(family, "rule", "flush", "table", TABLE));
    }
  }

  /** The traffic of a child goes through the device, or does not any more. */
  void want(
      List<Selector.Range> local,
      List<Selector.Range> remote,
      IpAddress here,
      IpAddress peer,
      boolean wants) {
    if (wants) {
      add("route", "replace", route(here, peer));
    }
    for (List<String> rule : rules(local, remote, peer)) {
      if (wants) {
        add("rule", "add", rule);
      } else {
        drop("rule", rule);
      }
    }
    if (!wants) {
      drop("route", route(here, peer));
    }
  }

  private void add(String object, String verb, List<String> what) {
    if (wanted.merge(what, 1, Integer::sum) == 1) {
      ip.run(words(object, verb, what));
    }
  }

  private void drop(String object, List<String> what) {
    Integer left = wanted.computeIfPresent(what, (key, count) -> count - 1);
    if (left != null && left == 0) {
      wanted.remove(what);
      ip.run(words(object, "del", what));
    }
  }

  /** {@code ip -4 rule add ...}: what is wanted begins with the family. */
  private static List<String> words(String object, String verb, List<String> what) {
    List<String> words = new ArrayList<>(List.of(what.getFirst(), object, verb));
    words.addAll(what.subList(1, what.size()));
    return words;
  }

  private static String family(IpAddress address) {
    return address.v6() ? "-6" : "-4";
  }

  private List<String> route(IpAddress here, IpAddress peer) {
    return List.of(
        family(peer),
        Prefix.host(peer).toString(),
        "dev",
        device,
        "src",
        here.toString(),
        "table",
        TABLE);
  }

  private static List<List<String>> rules(
      List<Selector.Range> local, List<Selector.Range> remote, IpAddress peer) {
    List<List<String>> rules = new ArrayList<>();
    for (Selector.Range ours : local) {
      for (Selector.Range theirs : remote) {
        List<String> rule =
            new ArrayList<>(
                List.of(
                    family(peer),
                    "pref",
                    PRIORITY,
                    "fwmark",
                    "0/0x" + Integer.toHexString(MARK),
                    "to",
                    Prefix.host(peer).toString()));
        int protocol = ours.protocol() == 0 ? theirs.protocol() : ours.protocol();
        if (protocol != 0) {
          rule.addAll(List.of("ipproto", Integer.toString(protocol)));
        }
        if (protocol == IpProtocol.TCP
            || protocol == IpProtocol.UDP
            || protocol == IpProtocol.SCTP) {
          ports(rule, "sport", ours);
          ports(rule, "dport", theirs);
        }
        rule.addAll(List.of("lookup", TABLE));
        if (!rules.contains(rule)) {
          rules.add(rule);
        }
      }
    }
    return rules;
  }

  private static void ports(List<String> rule, String word, Selector.Range range) {
    boolean some = range.firstPort() > 0 || range.lastPort() < 0xffff;
    if (some && range.firstPort() <= range.lastPort()) {
      // a rule cannot name port 0, which nobody sends from or to
      rule.addAll(List.of(word, Math.max(1, range.firstPort()) + "-" + range.lastPort()));
    }
  }
}
