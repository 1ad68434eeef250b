package org.larval.lab.reach;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who can reach whom.
 *
 * @param lab its name
 * @param subjects guests with their labels, in the order of the file
 * @param pairs every subject to every other guest's
 * @param findings what isolation was probably not meant to be
 */
public record ReachReport(
    String lab, List<Subject> subjects, List<Pair> pairs, List<Finding> findings) {
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
   * @param connected whether links join them at all
   * @param reaches whether a path of this lab is open
   * @param by the name of the first open path, or null
   * @param stoppedBy the first check that stops the first path of this lab, if none is open
   * @param sharedCategories whether the labels have a category in common
   */
  public record Pair(
      String from,
      String to,
      boolean connected,
      boolean reaches,
      @Nullable String by,
      @Nullable Check stoppedBy,
      boolean sharedCategories,
      List<Path> paths) {}

  /**
   * A way from one to the other.
   *
   * @param name {@code clear}, {@code association} (labeled IPsec) or {@code peer} (the label
   *     travels by another way, such as CIPSO)
   * @param inLab whether packets of this lab can take it; the others only show what would be
   * @param open whether no check stops it
   * @param checks in the order of the walk, up to the one that stops it
   */
  public record Path(String name, boolean inLab, boolean open, List<Check> checks) {}

  /**
   * One question to the policy.
   *
   * @param allowed the answer; also true if the source is permissive
   * @param why if not: no rule, a constraint or bounds
   */
  public record Check(
      String source,
      String target,
      String securityClass,
      String permission,
      boolean allowed,
      @Nullable String why) {
    /** Class and permission. */
    public String name() {
      return securityClass + ":" + permission;
    }
  }

  /** Something to look at, with the place of the label in the lab file. */
  public record Finding(String kind, String from, String to, String place, String text) {}
}
