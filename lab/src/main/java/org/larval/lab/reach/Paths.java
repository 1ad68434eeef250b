package org.larval.lab.reach;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.larval.lab.reach.Coverage.Rule;
import org.larval.lab.reach.Network.Hop;
import org.larval.lab.reach.Network.Way;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;
import org.larval.lab.reach.Walk.Load;
import org.larval.labels.policydb.PolicyContext;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Template;

/**
 * All paths from one label to another: every way, and on it for every protocol what xfrm makes of a
 * packet. The first outbound policy that fits counts; one whose polmatch is denied is passed over,
 * perhaps into the clear.
 */
final class Paths {
  /** Stands for every protocol that neither policies nor rules name. */
  private static final int OTHER = 255;

  private final Asker asker;
  private final Network network;
  private final Coverage coverage;
  private final Marks marks;
  private final Set<Integer> protocols = new LinkedHashSet<>();

  /** What a packet meets, whatever its addresses and protocol are. */
  private record Fate(
      String name, boolean inLab, boolean open, List<Check> checks, @Nullable String remark) {
    Path path(String way, List<String> addresses, String protocols) {
      boolean permissive = open && checks.stream().anyMatch(Check::permissive);
      return new Path(name, way, addresses, protocols, inLab, open, permissive, checks, remark);
    }
  }

  /** What a packet is, and between whom. */
  private record Case(PolicyContext sender, PolicyContext socket, Way way, int protocol) {
    List<IpAddress> ends() {
      return List.of(way.source(), way.target());
    }
  }

  Paths(Asker asker, Network network, Coverage coverage, Marks marks) {
    this.asker = asker;
    this.network = network;
    this.coverage = coverage;
    this.marks = marks;
    protocols.addAll(coverage.protocols());
    protocols.addAll(marks.protocols());
  }

  /** Paths in the order clear, association, ipsec, peer; of each the direct ways first. */
  List<Path> between(Subject from, Subject to) {
    PolicyContext sender = asker.context(from.label());
    PolicyContext socket = asker.context(to.label());
    Map<Path, List<String>> found = new LinkedHashMap<>();
    for (Way way : network.ways(from.guest(), to.guest())) {
      Map<Fate, Set<Integer>> fates = new LinkedHashMap<>();
      Set<Integer> all = protocols(way.source().v6());
      for (int protocol : all) {
        for (Fate fate : fates(new Case(sender, socket, way, protocol))) {
          fates.computeIfAbsent(fate, one -> new LinkedHashSet<>()).add(protocol);
        }
      }
      String ends = way.source() + " > " + way.target();
      fates.forEach(
          (fate, some) ->
              found
                  .computeIfAbsent(
                      fate.path(way.text(), List.of(), words(some, all)), one -> new ArrayList<>())
                  .add(ends));
    }
    List<Path> paths = new ArrayList<>();
    for (String name : List.of("clear", "association", "ipsec", "peer")) {
      boolean real =
          found.keySet().stream().anyMatch(path -> path.name().equals(name) && path.inLab());
      found.forEach(
          (path, addresses) -> {
            // what would be in clear is of interest only where nothing goes in clear
            if (path.name().equals(name) && (path.inLab() || !real)) {
              paths.add(with(path, addresses));
            }
          });
    }
    return List.copyOf(paths);
  }

  private static Path with(Path path, List<String> addresses) {
    return new Path(
        path.name(),
        path.way(),
        List.copyOf(addresses),
        path.protocols(),
        path.inLab(),
        path.open(),
        path.onlyPermissive(),
        path.checks(),
        path.remark());
  }

  private Set<Integer> protocols(boolean v6) {
    Set<Integer> all = new LinkedHashSet<>();
    for (int protocol : protocols) {
      if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
        all.add(v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
      } else {
        all.add(protocol);
      }
    }
    all.add(OTHER);
    return all;
  }

  private static String words(Set<Integer> some, Set<Integer> all) {
    if (some.equals(all)) {
      return "any";
    }
    boolean except = some.contains(OTHER);
    String names =
        all.stream()
            .filter(protocol -> protocol != OTHER && some.contains(protocol) != except)
            .map(IpProtocol::name)
            .collect(Collectors.joining(", "));
    return except ? "all but " + names : names;
  }

  // --- one packet ---

  private List<Fate> fates(Case one) {
    List<Fate> fates = new ArrayList<>();
    Walk out = walk();
    List<String> past = new ArrayList<>();
    Rule rule = first(one, Direction.OUT, one.way().sender(), one.sender(), past, out);
    if (rule == null || !rule.required()) {
      fates.add(clear(one, true, past, out.checks()));
    }
    if (rule != null) {
      fates.add(secured(one, rule, past));
    }
    if (rule != null && rule.required()) {
      fates.add(clear(one, false, List.of(), List.of()));
    }
    Walk peer = walk();
    peer.go(one.way(), load(one, one.sender(), one.sender(), List.of(), false, true));
    fates.add(new Fate("peer", false, peer.open(), peer.checks(), null));
    return fates;
  }

  private Walk walk() {
    return new Walk(asker, coverage, marks);
  }

  /**
   * The policy that counts: the first without a label, or with one that the flow may use.
   *
   * @param past gets the policies that were passed over
   * @param asked gets the checks
   */
  private @Nullable Rule first(
      Case one, Direction direction, Hop at, PolicyContext flow, List<String> past, Walk asked) {
    for (Rule rule :
        coverage.matching(
            at.guest(), direction, one.way().source(), one.way().target(), one.protocol())) {
      PolicyContext label = rule.label();
      if (label == null || asker.check(flow, label, "association", "polmatch").allowed()) {
        if (label != null) {
          asked.ask(flow, label, "association", "polmatch");
        }
        return rule;
      }
      past.add(
          "%s passes over the policy of line %d, since association:polmatch is denied to %s"
              .formatted(at.guest().name(), rule.line(), asker.text(flow)));
    }
    return null;
  }

  private Fate clear(Case one, boolean inLab, List<String> past, List<Check> before) {
    List<String> remarks = new ArrayList<>(past);
    Walk walk = walk();
    walk.go(one.way(), load(one, asker.unlabeled(), asker.unlabeled(), List.of(), false, false));
    List<Check> checks = new ArrayList<>(before);
    checks.addAll(walk.checks());
    boolean open = walk.open();
    if (inLab) {
      Walk asked = walk();
      Rule inbound =
          first(
              one, Direction.IN, one.way().receiver(), asker.unlabeled(), new ArrayList<>(), asked);
      if (inbound != null && inbound.required()) {
        open = false;
        remarks.add(
            "%s drops it, since its policy of line %d wants ESP"
                .formatted(one.way().receiver().guest().name(), inbound.line()));
      }
      gateways(one, remarks);
    }
    return new Fate("clear", inLab, open, List.copyOf(checks), remark(remarks));
  }

  /** Protection: with the flow's own label on the SA if the policy has one. */
  private Fate secured(Case one, Rule rule, List<String> past) {
    boolean labeled = rule.label() != null;
    List<IpAddress> outer = one.ends();
    Template template = rule.policy().templates().getFirst();
    if (template.mode() == Mode.TUNNEL) {
      outer = List.of(template.source(), template.target());
    }
    PolicyContext peer = labeled ? one.sender() : asker.unlabeled();
    Walk walk = walk();
    if (rule.label() != null) {
      walk.ask(one.sender(), rule.label(), "association", "polmatch");
      walk.ask(one.sender(), one.sender(), "association", "sendto"); // the SA has the flow's label
    }
    Load load = load(one, asker.unlabeled(), peer, outer, labeled, false);
    // xfrm's inbound check comes before the socket's, but cannot stop what polmatch let out
    walk.go(one.way(), load);
    List<String> remarks = new ArrayList<>(past);
    first(one, Direction.IN, one.way().receiver(), peer, remarks, walk);
    gateways(one, remarks);
    return new Fate(
        labeled ? "association" : "ipsec", true, walk.open(), walk.checks(), remark(remarks));
  }

  private void gateways(Case one, List<String> remarks) {
    for (Hop hop : one.way().between()) {
      if (!coverage
          .matching(
              hop.guest(), Direction.OUT, one.way().source(), one.way().target(), one.protocol())
          .isEmpty()) {
        remarks.add(hop.guest().name() + " protects it on the way, which is not judged");
      }
    }
  }

  private static @Nullable String remark(List<String> remarks) {
    return remarks.isEmpty() ? null : String.join("; ", remarks);
  }

  private static Load load(
      Case one,
      PolicyContext transit,
      PolicyContext peer,
      List<IpAddress> outer,
      boolean labeled,
      boolean everyone) {
    return new Load(
        one.sender(), one.socket(), transit, peer, one.protocol(), outer, labeled, everyone);
  }
}
