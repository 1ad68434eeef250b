package org.larval.lab.reach;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;
import org.larval.labels.SecurityContext;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;

/**
 * Finds out what a compromised guest could reach: for every pair of labels the checks that SELinux
 * makes on each way a packet can take ({@link Network}, {@link Paths}, {@link Walk}), and who
 * should not reach whom ({@link Isolation}).
 *
 * <p>The guests' kernels hold; what is taken for compromised is the programs of one label. A packet
 * without a rule that marks it is unlabeled, and so is a peer whose label does not travel. Of
 * several marks one that is allowed is enough, since the sender chooses ports.
 */
public final class Reach {
  private final LabFile lab;
  private final Asker asker;
  private final Paths paths;
  private final boolean enforcing;

  private Reach(LabFile lab, PolicyDb policy) {
    this.lab = lab;
    LabFile.TextPolicy written = lab.policy();
    this.enforcing = written == null || written.enforcing();
    this.asker = new Asker(policy, enforcing);
    if (written != null) {
      switchBooleans(written);
    }
    Coverage coverage = new Coverage(lab, this::context);
    Marks marks = new Marks(lab, this::context, asker.unlabeled());
    this.paths = new Paths(asker, new Network(lab), coverage, marks);
  }

  /**
   * Analyses a lab.
   *
   * @throws LabFileException if a label or boolean of the lab means nothing in the policy
   */
  public static ReachReport of(LabFile lab, PolicyDb policy) {
    return new Reach(lab, policy).report();
  }

  private void switchBooleans(LabFile.TextPolicy written) {
    try {
      asker.set(written.booleans());
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          written.where(),
          String.valueOf(problem.getMessage()),
          "'larval policy booleans POLICY' lists them");
    }
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
    Isolation isolation = new Isolation(lab, asker, enforcing, subjects);
    List<Pair> pairs = new ArrayList<>();
    for (Subject from : subjects) {
      for (Subject to : subjects) {
        if (!from.guest().equals(to.guest())) {
          pairs.add(pair(from, to, isolation.share(from, to)));
        }
      }
    }
    return new ReachReport(
        lab.name(),
        enforcing,
        subjects,
        List.copyOf(pairs),
        isolation.findings(pairs),
        notes(pairs));
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

  private Pair pair(Subject from, Subject to, boolean shared) {
    List<Path> all = paths.between(from, to);
    Path open = Pair.open(all);
    Check stop = null;
    for (Path path : all) {
      if (stop == null && path.inLab() && !path.open()) {
        stop = stopping(path);
      }
    }
    return new Pair(
        from.name(),
        to.name(),
        !all.isEmpty(),
        open != null,
        open != null && open.onlyPermissive(),
        open == null ? null : open.name(),
        open == null ? stop : null,
        shared,
        image(from, to),
        all);
  }

  private static @Nullable Check stopping(Path path) {
    Check last = path.checks().isEmpty() ? null : path.checks().getLast();
    return last == null || last.allowed() ? null : last;
  }

  /** What one guest may do to the other's image, as sVirt's constraints on files decide. */
  private List<Check> image(Subject from, Subject to) {
    String image = to.image();
    if (image == null || !to.name().equals(to.guest())) {
      return List.of();
    }
    PolicyContext target;
    try {
      target = asker.context(image);
    } catch (IllegalArgumentException withoutImages) {
      return List.of();
    }
    List<Check> checks = new ArrayList<>();
    for (String permission : List.of("read", "write")) {
      if (asker.knows("file", permission)) {
        checks.add(asker.check(asker.context(from.label()), target, "file", permission));
      }
    }
    return List.copyOf(checks);
  }

  private List<String> notes(List<Pair> pairs) {
    Set<String> notes = new LinkedHashSet<>();
    for (Pair pair : pairs) {
      for (Path path : pair.paths()) {
        if (path.remark() != null) {
          notes.add(path.remark());
        }
      }
    }
    for (Guest guest : lab.guests().values()) {
      if (!guest.xfrm().isEmpty()) {
        notes.add(guest.name() + " has 'xfrm:' lines, whose policies are not counted");
      }
    }
    if (lab.changes().stream().anyMatch(each -> each.action() instanceof LabFile.Change.Xfrm)) {
      notes.add("'changes:' run xfrm lines, which are not counted");
    }
    return List.copyOf(notes);
  }
}
