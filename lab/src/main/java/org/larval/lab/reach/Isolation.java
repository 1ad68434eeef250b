package org.larval.lab.reach;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.Svirt;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;
import org.larval.labels.CategorySet;
import org.larval.labels.SecurityContext;

/**
 * Judges pairs: who reaches whom although categories should keep them apart. Guests without any
 * label, and pairs of which none has categories, are not meant to be kept apart by them.
 */
final class Isolation {
  private final LabFile lab;
  private final Asker asker;
  private final boolean enforcing;
  private final Map<String, Subject> named = new LinkedHashMap<>();

  Isolation(LabFile lab, Asker asker, boolean enforcing, List<Subject> subjects) {
    this.lab = lab;
    this.asker = asker;
    this.enforcing = enforcing;
    subjects.forEach(subject -> named.put(subject.name(), subject));
  }

  /** Whether two labels have a category in common. */
  boolean share(Subject one, Subject other) {
    return !categories(one).intersection(categories(other)).isEmpty();
  }

  /** Everything that should be looked at, pair by pair. */
  List<Finding> findings(List<Pair> pairs) {
    List<Finding> findings = new ArrayList<>();
    for (Pair pair : pairs) {
      Subject from = Objects.requireNonNull(named.get(pair.from()));
      Subject to = Objects.requireNonNull(named.get(pair.to()));
      Path open = pair.open();
      if (pair.reaches() && open != null) {
        packets(pair, open, from, to, findings);
      }
      if (pair.opensImage() && !categories(to).isEmpty()) {
        findings.add(image(pair, from, to));
      }
    }
    return List.copyOf(findings);
  }

  private void packets(Pair pair, Path open, Subject from, Subject to, List<Finding> findings) {
    CategorySet one = categories(from);
    CategorySet other = categories(to);
    String kind;
    String why;
    if (one.isEmpty() && other.isEmpty()) {
      return;
    } else if (one.isEmpty() || other.isEmpty()) {
      Subject bare = one.isEmpty() ? from : to;
      if (!meant(bare)) {
        return;
      }
      kind = "no-category";
      why = " though " + bare.name() + " has no category";
    } else if (!pair.sharedCategories()) {
      kind = "no-shared-category";
      why = " though they share no category";
    } else if (svirt(from) && svirt(to)) {
      kind = "shared-category";
      why =
          ": each guest should have a pair of categories of its own, but they share "
              + one.intersection(other)
              + blame(from, to);
    } else {
      return;
    }
    String story = "%s reaches %s by %s".formatted(words(from), words(to), how(open));
    findings.add(finding(kind, pair, culprit(from, to), story + why + permissive(open.checks())));
  }

  private Finding image(Pair pair, Subject from, Subject to) {
    List<String> may = pair.image().stream().filter(Check::allowed).map(Check::permission).toList();
    String story =
        "%s may %s the image of %s".formatted(words(from), String.join(" and ", may), words(to));
    String whole = story + blame(from, to) + permissive(pair.image());
    return finding("image", pair, culprit(from, to), whole);
  }

  private String words(Subject subject) {
    CategorySet set = categories(subject);
    return subject.name() + " (" + (set.isEmpty() ? "no categories" : set) + ")";
  }

  private static String how(Path open) {
    boolean any = open.protocols().equals("any");
    return open.name() + (any ? "" : " (" + open.protocols() + ")");
  }

  private String permissive(List<Check> checks) {
    for (Check check : checks) {
      if (check.permissive()) {
        String type = SecurityContext.parse(check.source()).type();
        return ", only because "
            + (enforcing ? type + " is permissive" : "the lab does not enforce its policy")
            + ": "
            + check.name()
            + " is denied, "
            + check.why();
      }
    }
    return "";
  }

  private Finding finding(String kind, Pair pair, Subject at, String story) {
    String place = lab.where().file() + ":" + at.line();
    return new Finding(kind, pair.from(), pair.to(), place, story);
  }

  private CategorySet categories(Subject subject) {
    return asker.context(subject.label()).range().high().categories();
  }

  private Guest guest(Subject subject) {
    return Objects.requireNonNull(lab.guests().get(subject.guest()));
  }

  /** Whether a label without categories is an oversight rather than what the file asks for. */
  private boolean meant(Subject subject) {
    Guest guest = guest(subject);
    return guest.label() != null && guest.isolated();
  }

  private boolean svirt(Subject subject) {
    Svirt svirt = lab.svirt();
    return svirt != null && typed(subject, svirt.guest().type());
  }

  private static boolean typed(Subject subject, @Nullable String type) {
    return SecurityContext.parse(subject.label()).type().equals(type);
  }

  /** Whose line to look at: the one that a person labelled, else the receiver's. */
  private Subject culprit(Subject from, Subject to) {
    return guest(from).written() && !guest(to).written() ? from : to;
  }

  /** Which of the two labels a person wrote. */
  private String blame(Subject from, Subject to) {
    if (lab.svirt() == null) {
      return "";
    }
    List<String> written = new ArrayList<>();
    for (Subject each : List.of(from, to)) {
      if (guest(each).written()) {
        written.add(each.name());
      }
    }
    return written.isEmpty()
        ? ""
        : "; the label of " + String.join(" and ", written) + " stands in the file";
  }
}
