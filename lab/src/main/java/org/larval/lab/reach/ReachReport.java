package org.larval.lab.reach;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who can reach whom; as JSON by docs/schema/reach.schema.json.
 *
 * @param lab its name
 * @param enforcing whether the lab enforces its policy; if not, everything is open
 * @param subjects guests with their labels, in the order of the file
 * @param pairs every subject to every other guest's
 * @param findings what isolation was probably not meant to be
 * @param notes what the analysis does not count, and the remarks of all paths
 */
public record ReachReport(
    String lab,
    boolean enforcing,
    List<Subject> subjects,
    List<Pair> pairs,
    List<Finding> findings,
    List<String> notes) {
  /**
   * A label of a guest.
   *
   * @param name the guest's; with the number of a flow if the label is the flow's own
   * @param image the label of what the guest owns, if sVirt labels guests
   * @param line of the lab file
   */
  public record Subject(
      String name, String guest, String label, @Nullable String image, int line) {}

  /**
   * Two subjects.
   *
   * @param connected whether packets can get from one to the other at all
   * @param reaches whether a path of this lab is open
   * @param onlyPermissive whether it would not be if every denial took effect
   * @param by the name of the first open path, or null; one that needs no permissive domain first
   * @param stoppedBy the first check that stops the first path of this lab, if none is open
   * @param sharedCategories whether the labels have a category in common
   * @param image what {@code from} may do to the image of {@code to}, if sVirt labels guests and
   *     the policy knows files
   */
  public record Pair(
      String from,
      String to,
      boolean connected,
      boolean reaches,
      boolean onlyPermissive,
      @Nullable String by,
      @Nullable Check stoppedBy,
      boolean sharedCategories,
      List<Check> image,
      List<Path> paths) {
    /** Whether {@code from} may read or write the image of {@code to}. */
    public boolean opensImage() {
      return image.stream().anyMatch(Check::allowed);
    }

    /** The first open path of this lab, or null; one that needs nobody to be permissive first. */
    public @Nullable Path open() {
      return open(paths);
    }

    static @Nullable Path open(List<Path> paths) {
      Path first = null;
      for (Path path : paths) {
        if (path.inLab()
            && path.open()
            && (first == null || first.onlyPermissive() && !path.onlyPermissive())) {
          first = path;
        }
      }
      return first;
    }
  }

  /**
   * A way from one to the other.
   *
   * @param name {@code clear}, {@code association} (labeled IPsec), {@code ipsec} (IPsec without
   *     labels) or {@code peer} (the label travels by another way, such as CIPSO)
   * @param way NICs from the sender's to the receiver's
   * @param addresses sources and targets to which all of this applies
   * @param protocols {@code any}, or those to which it applies
   * @param inLab whether packets of this lab can take it; the others only show what would be
   * @param open whether nothing stops it
   * @param onlyPermissive open, but a check on it only passed because nobody enforces its denial
   * @param checks in the order of the walk, up to the one that stops it
   * @param remark what xfrm does on it that no check shows, or null
   */
  public record Path(
      String name,
      String way,
      List<String> addresses,
      String protocols,
      boolean inLab,
      boolean open,
      boolean onlyPermissive,
      List<Check> checks,
      @Nullable String remark) {}

  /**
   * One question to the policy.
   *
   * @param allowed whether the packet gets past
   * @param permissive it does, though the policy denies it: the source's type is permissive, or the
   *     lab does not enforce
   * @param why if the policy denies it: no rule, a constraint or bounds
   */
  public record Check(
      String source,
      String target,
      String securityClass,
      String permission,
      boolean allowed,
      boolean permissive,
      @Nullable String why) {
    /** Class and permission. */
    public String name() {
      return securityClass + ":" + permission;
    }
  }

  /**
   * Something to look at, with the place of the label in the lab file.
   *
   * @param kind {@code no-shared-category}, {@code no-category}, {@code shared-category} or {@code
   *     image}
   */
  public record Finding(String kind, String from, String to, String place, String text) {}
}
