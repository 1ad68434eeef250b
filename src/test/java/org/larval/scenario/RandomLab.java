package org.larval.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.larval.xfrm.SaMissPolicy;

/**
 * A lab file made up from a seed: any topology, impairments, policies, keys, traffic and changes
 * that the format knows, in any mixture. The same seed gives the same text.
 */
final class RandomLab {
  /** Types that may use the labelled policy. */
  private static final String[] TYPES = {"internal_t", "external_t"};

  private static final String POLICY_LABEL = "system_u:object_r:ipsec_spd_t:s0";

  private final SplittableRandom random;
  private final StringBuilder yaml = new StringBuilder();
  private final List<String> hosts = new ArrayList<>();
  private final List<String> routers = new ArrayList<>();
  private final List<String> links = new ArrayList<>();
  private final boolean v4;
  private final boolean v6;
  private final boolean labelled;

  /** Whether every socket has a label that may use the labelled policy. */
  private final boolean strict;

  private boolean mayLeak;
  private boolean endless = true;

  private RandomLab(long seed) {
    random = new SplittableRandom(seed);
    int family = random.nextInt(4);
    v4 = family != 1;
    v6 = family == 1 || family == 2;
    labelled = chance(0.3);
    strict = chance(0.5);
    // who may not use a labelled policy passes it by, and leaves in clear as on Linux
    mayLeak = labelled && !strict;
    yaml.append("lab: random-").append(seed).append('\n');
    yaml.append("seed: ").append(seed).append('\n');
  }

  /**
   * What was made.
   *
   * @param mayLeak whether something in it lets packets leave in clear on purpose
   * @param endless whether it runs until nothing is due
   */
  record Made(String yaml, boolean mayLeak, boolean endless) {}

  static Made of(long seed) {
    RandomLab lab = new RandomLab(seed);
    lab.write();
    return new Made(lab.yaml.toString(), lab.mayLeak, lab.endless);
  }

  private boolean chance(double share) {
    return random.nextDouble() < share;
  }

  private int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  @SafeVarargs
  private <T> T one(T... of) {
    return of[random.nextInt(of.length)];
  }

  private void write() {
    if (chance(0.7)) {
      yaml.append("until: ").append(between(1, 30)).append("s\n");
      endless = false;
    }
    if (chance(0.7)) {
      yaml.append("sa-miss: ").append(saMiss()).append('\n');
    }
    if (labelled) {
      policy();
    }
    switch (random.nextInt(3)) {
      case 0 -> bridged(1, 2);
      case 1 -> bridged(between(1, 4), between(2, 12));
      default -> routed(between(1, 3));
    }
    yaml.append("links:\n");
    links.forEach(
        link ->
            yaml.append("  - {between: [")
                .append(link)
                .append(']')
                .append(impairments())
                .append("}\n"));
    protection();
    traffic();
    changes();
  }

  private void policy() {
    yaml.append("policy:\n  enforcing: ").append(chance(0.7)).append("\n  rules:\n");
    yaml.append("    - \"allow { internal_t external_t } ipsec_spd_t:association polmatch;\"\n");
    yaml.append("    - \"allow internal_t self:association sendto;\"\n");
    if (chance(0.5)) {
      yaml.append("    - \"allow external_t self:association sendto;\"\n");
    }
    if (chance(0.2)) {
      yaml.append("    - \"allow unlabeled_t ipsec_spd_t:association polmatch;\"\n");
    }
  }

  // --- policies for missing SAs ---

  private String saMiss() {
    String preset = one(SaMissPolicy.PRESETS).name();
    boolean linux =
        preset.startsWith("linux") || preset.equals("libreswan") || preset.equals("eagain");
    if (linux && labelled) {
      // the kernel's defect: held packets are looked up without their label
      mayLeak |= preset.equals("linux-queue");
    }
    if (chance(0.6)) {
      return preset;
    }
    String outcome = one("fail", "block", "drop", "hold", "hold", "hold", "pass");
    String onFailure = one("wait", "error-state", "drop", "reject", "pass");
    mayLeak |= outcome.equals("pass") || onFailure.equals("pass") || (linux && labelled);
    return "{like: "
        + preset
        + ", outcome: "
        + outcome
        + ", overflow: "
        + one("drop-newest", "drop-oldest", "fail-oldest-resolution")
        + ", release: "
        + one("on-install", "poll")
        + ", poll-first: "
        + between(1, 200)
        + "ms, poll-last: "
        + between(1, 60)
        + "s, scope: "
        + one("policy", "acquire-key", "peer")
        + ", packets: "
        + between(0, 150)
        + ", bytes: "
        + one("2kB", "64kB", "1MB")
        + ", age: "
        + one("50ms", "1s", "20s")
        + ", global-bytes: "
        + one("3kB", "100kB", "10MB")
        + ", resolutions: "
        + between(1, 20)
        + ", larval-match: "
        + one("peers", "policy", "label")
        + ", on-failure: "
        + onFailure
        + ", failure-cache: "
        + one("0s", "300ms", "5s")
        + "}";
  }

  // --- topologies ---

  private String addresses(int net, int host, int mtu) {
    List<String> all = new ArrayList<>();
    if (v4) {
      all.add("10." + net + ".0." + host + "/24");
    }
    if (v6) {
      all.add("\"fd00:" + net + "::" + host + "/64\"");
    }
    return "{address: [" + String.join(", ", all) + "], mtu: " + mtu + "}";
  }

  private int mtu() {
    return chance(0.7) ? 1500 : v6 ? between(1280, 1500) : between(576, 1500);
  }

  private String habits() {
    StringBuilder habits = new StringBuilder();
    if (chance(0.3)) {
      habits.append(", kernel: ").append(one("exact", "linux-6.1", "linux-6.12"));
    }
    if (chance(0.2)) {
      habits.append(", sa-miss: ").append(saMiss());
    }
    if (chance(0.2)) {
      habits.append(", acquire-expires: ").append(between(1, 30)).append('s');
    }
    if (labelled && (strict || chance(0.8))) {
      habits.append(", label: \"").append(label()).append('"');
    }
    if (chance(0.1)) {
      habits.append(
          ", secmark: ['iptables -t security -A OUTPUT -p udp --dport 5001 -j SECMARK"
              + " --selctx system_u:object_r:internal_t:s0']");
    }
    return habits.toString();
  }

  private String label() {
    String type = strict || chance(0.7) ? one(TYPES) : "other_t";
    return "user_u:user_r:" + type + ":s" + random.nextInt(2);
  }

  private void bridged(int bridges, int guests) {
    boolean direct = guests == 2 && chance(0.5);
    yaml.append("guests:\n");
    for (int i = 0; i < guests; i++) {
      String name = "g" + i;
      hosts.add(name);
      yaml.append("  ").append(name).append(": {nic: ").append(addresses(1, i + 1, mtu()));
      yaml.append(habits()).append("}\n");
      if (!direct) {
        links.add(name + ", br" + random.nextInt(bridges));
      }
    }
    if (direct) {
      links.add("g0, g1");
      return;
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < bridges; i++) {
      names.add("br" + i);
      if (i > 0) {
        links.add("br" + random.nextInt(i) + ", br" + i);
      }
    }
    yaml.append("bridges: [").append(String.join(", ", names)).append("]\n");
  }

  /** {@code left --- r1 --- r2 ... --- right}, each section a network of its own. */
  private void routed(int count) {
    yaml.append("guests:\n");
    host("left", 1, 2, 1);
    for (int i = 1; i <= count; i++) {
      String name = "r" + i;
      routers.add(name);
      yaml.append("  ").append(name).append(": {nics: {west: ").append(addresses(i, 1, mtu()));
      yaml.append(", east: ").append(addresses(i + 1, 3, mtu())).append("}, forward: true");
      List<String> routes = new ArrayList<>();
      for (int net = 1; net <= count + 1; net++) {
        if (net < i) {
          route(routes, net, i, 3);
        } else if (net > i + 1) {
          route(routes, net, i + 1, 1);
        }
      }
      yaml.append(", routes: [").append(String.join(", ", routes)).append(']');
      yaml.append(habits()).append("}\n");
    }
    host("right", count + 1, 2, 3);
    String before = "left";
    for (String router : routers) {
      links.add(before + ", " + router + ".west");
      before = router + ".east";
    }
    links.add(before + ", right");
  }

  private void host(String name, int net, int host, int gateway) {
    hosts.add(name);
    List<String> gateways = new ArrayList<>();
    if (v4) {
      gateways.add("10." + net + ".0." + gateway);
    }
    if (v6) {
      gateways.add("\"fd00:" + net + "::" + gateway + "\"");
    }
    yaml.append("  ").append(name).append(": {nic: ").append(addresses(net, host, mtu()));
    yaml.append(", gateway: [").append(String.join(", ", gateways)).append(']');
    yaml.append(habits()).append("}\n");
  }

  private void route(List<String> routes, int target, int via, int host) {
    if (v4) {
      routes.add("10." + target + ".0.0/24 via 10." + via + ".0." + host);
    }
    if (v6) {
      routes.add("\"fd00:" + target + "::/64 via fd00:" + via + "::" + host + "\"");
    }
  }

  private String impairments() {
    StringBuilder all = new StringBuilder();
    if (chance(0.7)) {
      all.append(", delay: ").append(between(1, 60)).append("ms");
    }
    if (chance(0.2)) {
      all.append(", jitter: ").append(between(0, 10)).append("ms");
      if (all.indexOf("delay") < 0) {
        all.append(", delay: 10ms");
      }
    }
    if (chance(0.2)) {
      all.append(", loss: ").append(between(0, 20)).append('%');
    } else if (chance(0.1)) {
      all.append(", loss-burst: {share: 5%, length: 4}");
    }
    if (chance(0.15)) {
      all.append(", duplicate: ").append(between(0, 10)).append('%');
    }
    if (chance(0.15)) {
      all.append(", reorder: ").append(between(0, 10)).append('%');
      if (all.indexOf("delay") < 0) {
        all.append(", delay: 5ms");
      }
    }
    if (chance(0.15)) {
      all.append(", corrupt: ").append(between(0, 5)).append('%');
    }
    if (chance(0.2)) {
      all.append(", rate: ").append(one("256kbit", "2mbit", "100mbit"));
      if (chance(0.5)) {
        all.append(", queue: ").append(between(1, 50));
      }
    }
    return all.toString();
  }

  // --- policies and keys ---

  private void protection() {
    List<String> pairs = new ArrayList<>();
    List<String> entries = new ArrayList<>();
    if (!routers.isEmpty() && chance(0.4)) {
      gatewayTunnel(entries);
      pairs.add(routers.getFirst() + ", " + routers.getLast());
    }
    for (int i = 0; i < hosts.size(); i++) {
      for (int j = i + 1; j < hosts.size(); j++) {
        if (chance(hosts.size() > 4 ? 0.2 : 0.7)) {
          String pair = hosts.get(i) + ", " + hosts.get(j);
          pairs.add(pair);
          if (labelled || chance(0.5)) {
            entries.add("{between: [" + pair + "]" + details() + "}");
          }
        }
      }
    }
    pairs.removeIf(pair -> pair.split(", ")[0].equals(pair.split(", ")[1]));
    entries.removeIf(entry -> pairs.stream().noneMatch(pair -> entry.contains("[" + pair + "]")));
    list("protect", entries);
    List<String> keys = new ArrayList<>();
    for (String pair : pairs) {
      if (chance(0.9)) {
        keys.add("{between: [" + pair + "]" + keyManager() + "}");
      }
    }
    list("keys", keys);
  }

  private void gatewayTunnel(List<String> entries) {
    int last = routers.size() + 1;
    String pair = routers.getFirst() + ", " + routers.getLast();
    if (v4) {
      entries.add(
          "{between: [%s], mode: tunnel, from-net: 10.1.0.0/24, to-net: 10.%d.0.0/24}"
              .formatted(pair, last));
    }
    if (v6) {
      entries.add(
          "{between: [%s], mode: tunnel, from-net: \"fd00:1::/64\", to-net: \"fd00:%d::/64\"}"
              .formatted(pair, last));
    }
  }

  private String details() {
    StringBuilder all = new StringBuilder();
    boolean tunnel = chance(0.25);
    if (tunnel) {
      all.append(", mode: tunnel");
    } else if (chance(0.1)) {
      all.append(", level: use");
      mayLeak = true;
    }
    if (chance(0.3)) {
      all.append(", for: [")
          .append(one("udp", "tcp", "icmp", "udp, tcp", "udp, tcp, icmp"))
          .append(']');
    }
    if (chance(0.15)) {
      all.append(", one-way: true");
      // answers to what came in clear have no label, and pass a labelled policy by
      mayLeak |= labelled;
    }
    if (labelled && chance(0.8)) {
      all.append(", label: \"").append(POLICY_LABEL).append('"');
    }
    return all.toString();
  }

  private String keyManager() {
    StringBuilder all = new StringBuilder();
    switch (random.nextInt(8)) {
      case 0 -> {
        return ", by: manual";
      }
      case 1 -> all.append(", answer-after: never");
      case 2 -> all.append(", fails-after: ").append(between(0, 3000)).append("ms");
      case 3 -> all.append(", answer-after: 0s");
      default -> all.append(", answer-after: ").append(between(1, 2000)).append("ms");
    }
    if (chance(0.15)) {
      all.append(", listens-from: ").append(one("500ms", "2s", "never"));
    }
    if (labelled && chance(0.3)) {
      all.append(", only-labels: [\"user_u:user_r:internal_t:s0\"]");
    }
    if (chance(0.15)) {
      all.append(", meanwhile: block");
    }
    if (chance(0.2)) {
      all.append(", then: rewrite-policy");
    }
    return all.toString();
  }

  private void list(String key, List<String> entries) {
    if (!entries.isEmpty()) {
      yaml.append(key).append(":\n");
      entries.forEach(entry -> yaml.append("  - ").append(entry).append('\n'));
    }
  }

  // --- traffic and changes ---

  private void traffic() {
    List<String> all = new ArrayList<>();
    int flows = between(1, 8);
    for (int i = 0; i < flows; i++) {
      String from = one(hosts);
      String to = one(hosts);
      StringBuilder flow = new StringBuilder("{from: " + from + ", to: " + to);
      if (v4 && v6 && chance(0.5)) {
        flow.append(", family: ipv6");
      }
      if (chance(0.3)) {
        flow.append(", start: ").append(between(0, 3000)).append("ms");
      }
      if (chance(0.2)) {
        flow.append(", blocking: false");
      }
      if (labelled && chance(0.5)) {
        flow.append(", label: \"").append(label()).append('"');
      }
      all.add(flow.append(kind(i)).append('}').toString());
    }
    list("traffic", all);
  }

  private String kind(int number) {
    return switch (random.nextInt(7)) {
      case 0 -> ", ping: yes, every: " + between(20, 900) + "ms, count: " + between(1, 20) + size();
      case 1 ->
          ", tcp: "
              + (6000 + number)
              + ", echo: "
              + between(0, 20)
              + ", give-up: "
              + between(1, 20)
              + "s";
      case 2 -> ", bulk: " + (7000 + number) + ", bytes: " + between(1, 100) + "kB, give-up: 20s";
      case 3 -> ", dns: yes, every: " + between(50, 900) + "ms, count: " + between(1, 5);
      default ->
          ", udp: "
              + (5000 + random.nextInt(4))
              + ", every: "
              + between(1, 100)
              + "ms, count: "
              + between(1, 120)
              + size()
              + (chance(0.3) ? ", connected: true" : "")
              + (chance(0.1) ? ", on-eagain: die" : "")
              + (chance(0.2) ? ", first-after: " + between(0, 500) + "ms" : "");
    };
  }

  private String size() {
    return chance(0.3)
        ? ", size: " + one("4", "8", "512", "1400", "1472", "1600", "3000", "9000")
        : "";
  }

  private void changes() {
    List<String> all = new ArrayList<>();
    int count = chance(0.5) ? 0 : between(1, 4);
    for (int i = 0; i < count; i++) {
      String at = "at: " + between(0, 6000) + "ms, ";
      if (chance(0.6)) {
        all.add(
            "{" + at + "between: [" + one(links) + "], down: " + chance(0.5) + impairments() + "}");
      } else {
        // without its policies a guest sends in clear, and answers to that have no label
        mayLeak |= labelled;
        all.add(
            "{"
                + at
                + "on: "
                + one(hosts)
                + ", xfrm: "
                + one("state flush", "state flush", "policy flush")
                + "}");
      }
    }
    list("changes", all);
  }
}
