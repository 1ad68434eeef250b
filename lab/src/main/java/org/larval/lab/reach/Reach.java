package org.larval.lab.reach;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFile.Protection;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;
import org.larval.lab.run.SecmarkLine;
import org.larval.labels.CategorySet;
import org.larval.labels.PolicyTextException;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.secmark.SecmarkChain;
import org.larval.secmark.SecmarkRule;
import org.larval.secmark.SecmarkTable;
import org.larval.wire.IpAddress;

/**
 * Finds out what a compromised guest could reach: for every pair of labels the checks that SELinux
 * makes on each way a packet can take, in the kernel's order (spec: postrouting, forwarding,
 * receiving socket).
 *
 * <p>A packet without a rule that marks it is unlabeled, and so is a peer whose label does not
 * travel. Of several marks one that is allowed is enough, since the sender chooses ports.
 */
public final class Reach {
  private final LabFile lab;
  private final Asker asker;
  private final boolean always;
  private final boolean peers;
  private final Map<String, SecmarkTable> marks = new LinkedHashMap<>();

  private Reach(LabFile lab, PolicyDb policy) {
    this.lab = lab;
    this.asker = new Asker(policy);
    switchBooleans();
    this.always = policy.has(Capability.ALWAYS_CHECK_NETWORK);
    this.peers = always || lab.protections().stream().anyMatch(each -> each.label() != null);
    lab.guests().values().forEach(guest -> marks.put(guest.name(), table(guest)));
  }

  /**
   * Analyses a lab.
   *
   * @throws LabFileException if a label or boolean of the lab means nothing in the policy
   */
  public static ReachReport of(LabFile lab, PolicyDb policy) {
    return new Reach(lab, policy).report();
  }

  private void switchBooleans() {
    LabFile.TextPolicy written = lab.policy();
    if (written != null && !written.booleans().isEmpty()) {
      try {
        asker.set(written.booleans());
      } catch (IllegalArgumentException problem) {
        throw new LabFileException(
            written.where(),
            String.valueOf(problem.getMessage()),
            "'larval policy booleans POLICY' lists them");
      }
    }
  }

  private static SecmarkTable table(Guest guest) {
    SecmarkTable table = new SecmarkTable(new Sids());
    for (LabFile.Line line : guest.secmark()) {
      SecmarkLine rule = SecmarkLine.of(line);
      try {
        table.load(rule.chain(), rule.text());
      } catch (PolicyTextException problem) {
        throw new LabFileException(line.where(), problem.wrong(), "write " + problem.right());
      }
    }
    return table;
  }

  private PolicyContext context(Where where, String label) {
    try {
      return asker.context(label);
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          where, problem.getMessage() + " (in '" + label + "')", "write a label of the policy");
    }
  }

  private ReachReport report() {
    List<Subject> subjects = subjects();
    List<Pair> pairs = new ArrayList<>();
    for (Subject from : subjects) {
      for (Subject to : subjects) {
        if (!from.guest().equals(to.guest())) {
          pairs.add(pair(from, to));
        }
      }
    }
    return new ReachReport(lab.name(), subjects, List.copyOf(pairs), findings(subjects, pairs));
  }

  private List<Subject> subjects() {
    List<Subject> subjects = new ArrayList<>();
    for (Guest guest : lab.guests().values()) {
      String label = guest.label() == null ? asker.text(asker.unlabeled()) : guest.label();
      context(guest.where(), label);
      subjects.add(subject(guest.name(), guest.name(), label, guest.where()));
    }
    for (LabFile.Traffic flow : lab.traffic()) {
      String own = flow.label();
      if (own != null
          && subjects.stream()
              .noneMatch(each -> each.guest().equals(flow.from()) && each.label().equals(own))) {
        context(flow.where(), own);
        subjects.add(subject(flow.from() + "/" + flow.flow(), flow.from(), own, flow.where()));
      }
    }
    return List.copyOf(subjects);
  }

  private Subject subject(String name, String guest, String label, Where where) {
    String image =
        lab.svirt() == null ? null : lab.svirt().image(SecurityContext.parse(label)).toString();
    return new Subject(name, guest, label, image, where.line());
  }

  // --- one pair ---

  private Pair pair(Subject from, Subject to) {
    List<Guest> way = way(from.guest(), to.guest());
    boolean shared =
        asker
                .context(from.label())
                .range()
                .high()
                .categories()
                .intersection(asker.context(to.label()).range().high().categories())
                .size()
            > 0;
    if (way.isEmpty()) {
      return new Pair(from.name(), to.name(), false, false, null, null, shared, List.of());
    }
    Protection labeled = protection(from.guest(), to.guest(), true);
    Protection required = protection(from.guest(), to.guest(), false);
    List<Path> paths =
        List.of(
            clear(from, to, way, required == null),
            association(from, to, way, labeled),
            peer(from, to, way));
    Path open = paths.stream().filter(each -> each.inLab() && each.open()).findFirst().orElse(null);
    Check stop = null;
    for (Path path : paths) {
      if (open == null && stop == null && path.inLab() && !path.checks().isEmpty()) {
        stop = path.checks().getLast();
      }
    }
    return new Pair(
        from.name(),
        to.name(),
        true,
        open != null,
        open == null ? null : open.name(),
        stop,
        shared,
        paths);
  }

  /** A protection of traffic from one to the other: a labeled one, or one that must be used. */
  private @Nullable Protection protection(String from, String to, boolean labeled) {
    for (Protection each : lab.protections()) {
      boolean fits =
          each.from().equals(from) && each.to().equals(to)
              || !each.oneWay() && each.from().equals(to) && each.to().equals(from);
      if (fits
          && (labeled ? each.label() != null : !each.optional() && each.protocols().isEmpty())) {
        return each;
      }
    }
    return null;
  }

  // --- paths ---

  /** Checks in their order, until one stops the walk. */
  private final class Walk {
    private final List<Check> checks = new ArrayList<>();
    private boolean open = true;

    void ask(PolicyContext source, PolicyContext target, String name, String permission) {
      if (open) {
        Check check = asker.check(source, target, name, permission);
        checks.add(check);
        open = check.allowed();
      }
    }

    /** Asks about marks until one is allowed. */
    void any(PolicyContext source, Set<PolicyContext> targets, String permission) {
      Check first = null;
      for (PolicyContext target : targets) {
        Check check = asker.check(source, target, "packet", permission);
        first = first == null || check.allowed() ? check : first;
        if (check.allowed()) {
          break;
        }
      }
      if (open && first != null) {
        checks.add(first);
        open = first.allowed();
      }
    }

    Path path(String name, boolean inLab) {
      return new Path(name, inLab, open, List.copyOf(checks));
    }
  }

  private Path clear(Subject from, Subject to, List<Guest> way, boolean inLab) {
    Walk walk = new Walk();
    walk(walk, from, to, way, asker.unlabeled(), peers);
    return walk.path("clear", inLab);
  }

  private Path association(
      Subject from, Subject to, List<Guest> way, @Nullable Protection labeled) {
    Walk walk = new Walk();
    if (labeled == null) {
      return walk.path("association", false);
    }
    PolicyContext source = asker.context(from.label());
    PolicyContext rule = context(labeled.where(), Objects.requireNonNull(labeled.label()));
    walk.ask(source, rule, "association", "polmatch");
    walk.ask(source, source, "association", "sendto"); // the SA has the flow's label
    walk(walk, from, to, way, source, true);
    if (!asker.policy().has(Capability.NETWORK_PEER_CONTROLS)) {
      walk.ask(asker.context(to.label()), source, "association", "recvfrom");
    }
    // the receiver's policy is looked up with the SA's label
    walk.ask(source, rule, "association", "polmatch");
    return walk.path("association", true);
  }

  private Path peer(Subject from, Subject to, List<Guest> way) {
    Walk walk = new Walk();
    walk(walk, from, to, way, asker.context(from.label()), true);
    return walk.path("peer", false);
  }

  /** From the sender's postrouting over those that forward to the receiver's socket. */
  private void walk(
      Walk walk,
      Subject from,
      Subject to,
      List<Guest> way,
      PolicyContext peer,
      boolean peerChecks) {
    PolicyContext source = asker.context(from.label());
    PolicyContext socket = asker.context(to.label());
    Guest sender = way.getFirst();
    Guest receiver = way.getLast();
    if (checksPackets(sender)) {
      walk.any(source, marks(sender, SecmarkChain.OUTPUT, SecmarkChain.POSTROUTING), "send");
    }
    if (peerChecks) {
      walk.ask(source, netif(sender), "netif", "egress");
      walk.ask(source, node(receiver), "node", "sendto");
    }
    for (Guest hop : way.subList(1, way.size() - 1)) {
      if (peerChecks) {
        walk.ask(peer, netif(hop), "netif", "ingress");
        walk.ask(peer, node(sender), "node", "recvfrom");
      }
      if (checksPackets(hop)) {
        walk.any(peer, marks(hop, SecmarkChain.PREROUTING), "forward_in");
        walk.any(
            peer,
            marks(hop, SecmarkChain.PREROUTING, SecmarkChain.FORWARD, SecmarkChain.POSTROUTING),
            "forward_out");
      }
      if (peerChecks) {
        walk.ask(peer, netif(hop), "netif", "egress");
        walk.ask(peer, node(receiver), "node", "sendto");
      }
    }
    if (peerChecks) {
      walk.ask(peer, netif(receiver), "netif", "ingress");
      walk.ask(peer, node(sender), "node", "recvfrom");
      walk.ask(socket, peer, "peer", "recv");
    }
    if (checksPackets(receiver)) {
      walk.any(socket, marks(receiver, SecmarkChain.PREROUTING, SecmarkChain.INPUT), "recv");
    }
  }

  private boolean checksPackets(Guest guest) {
    return always || Objects.requireNonNull(marks.get(guest.name())).active();
  }

  private Set<PolicyContext> marks(Guest guest, SecmarkChain... chains) {
    Set<PolicyContext> all = new LinkedHashSet<>();
    SecmarkTable table = Objects.requireNonNull(marks.get(guest.name()));
    for (SecmarkChain chain : chains) {
      for (SecmarkRule rule : table.rules(chain)) {
        all.add(context(guest.where(), rule.context().toString()));
      }
    }
    all.add(asker.unlabeled());
    return all;
  }

  private PolicyContext netif(Guest guest) {
    PolicyContext context = asker.policy().objects().netif(guest.nics().getFirst().name());
    return context == null ? asker.unlabeled() : context;
  }

  private PolicyContext node(Guest guest) {
    if (guest.nics().getFirst().addresses().isEmpty()) {
      return asker.unlabeled();
    }
    IpAddress address = guest.nics().getFirst().addresses().getFirst().address();
    PolicyContext context =
        address.v6()
            ? asker.policy().objects().node6(address.high(), address.low())
            : asker.policy().objects().node(address.v4Bits());
    return context == null ? asker.unlabeled() : context;
  }

  // --- the lab's links ---

  /** The guests from one to the other, both included; in between only those that forward. */
  private List<Guest> way(String from, String to) {
    Map<String, String> before = new LinkedHashMap<>();
    Deque<String> next = new ArrayDeque<>();
    next.add(from);
    before.put(from, from);
    while (!next.isEmpty() && !before.containsKey(to)) {
      String at = next.remove();
      Guest guest = lab.guests().get(at);
      if (guest != null && !at.equals(from) && !guest.forward()) {
        continue;
      }
      for (LabFile.Link link : lab.links()) {
        String a = link.a().node();
        String b = link.b().node();
        String other = a.equals(at) ? b : b.equals(at) ? a : at;
        if (before.putIfAbsent(other, at) == null) {
          next.add(other);
        }
      }
    }
    if (!before.containsKey(to)) {
      return List.of();
    }
    List<Guest> way = new ArrayList<>();
    for (String at = to; ; at = Objects.requireNonNull(before.get(at))) {
      Guest guest = lab.guests().get(at);
      if (guest != null) {
        way.add(guest);
      }
      if (at.equals(from)) {
        break;
      }
    }
    Collections.reverse(way);
    return way;
  }

  // --- findings ---

  private List<Finding> findings(List<Subject> subjects, List<Pair> pairs) {
    Map<String, Subject> named = new LinkedHashMap<>();
    subjects.forEach(subject -> named.put(subject.name(), subject));
    List<Finding> findings = new ArrayList<>();
    for (Pair pair : pairs) {
      Subject from = Objects.requireNonNull(named.get(pair.from()));
      Subject to = Objects.requireNonNull(named.get(pair.to()));
      CategorySet one = categories(from);
      CategorySet other = categories(to);
      if (!pair.reaches() || one.isEmpty() || other.isEmpty()) {
        continue;
      }
      String story =
          "%s (%s) reaches %s (%s) by %s".formatted(pair.from(), one, pair.to(), other, pair.by());
      if (!pair.sharedCategories()) {
        String why = " though they share no category";
        findings.add(finding("no-shared-category", pair, to, story + why));
      } else if (lab.svirt() != null && svirt(from) && svirt(to)) {
        String why =
            ": each guest should have a pair of categories of its own, but they share "
                + one.intersection(other)
                + blame(from, to);
        findings.add(finding("shared-category", pair, to, story + why));
      }
    }
    return List.copyOf(findings);
  }

  private Finding finding(String kind, Pair pair, Subject to, String story) {
    String place = lab.where().file() + ":" + to.line();
    return new Finding(kind, pair.from(), pair.to(), place, story);
  }

  private CategorySet categories(Subject subject) {
    return asker.context(subject.label()).range().high().categories();
  }

  private boolean svirt(Subject subject) {
    LabFile file = lab;
    return file.svirt() != null
        && SecurityContext.parse(subject.label()).type().equals(file.svirt().guest().type());
  }

  /** Which of the two labels a person wrote. */
  private String blame(Subject from, Subject to) {
    List<String> written = new ArrayList<>();
    for (Subject each : List.of(from, to)) {
      if (Objects.requireNonNull(lab.guests().get(each.guest())).written()) {
        written.add(each.name());
      }
    }
    return written.isEmpty()
        ? ""
        : "; the label of " + String.join(" and ", written) + " stands in the file";
  }
}
