package org.larval.lab.run;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabPolicy;
import org.larval.lab.file.Where;
import org.larval.labels.Sids;
import org.larval.labels.avc.AuditRecord;
import org.larval.labels.avc.LivePolicy;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.PolicyDb;

/** The policy that decides during a run, and what was written into the audit log. */
final class PolicyInForce {
  /** How many audit records are kept; later ones are dropped. */
  static final int MAX_RECORDS = 1024;

  private final LivePolicy live;
  private final LoadedPolicy labels;
  private final List<AuditRecord> audit = new ArrayList<>();

  private PolicyInForce(LivePolicy live, Sids sids) {
    this.live = live;
    labels = new LoadedPolicy(live, sids, this::record);
  }

  private void record(AuditRecord record) {
    if (audit.size() < MAX_RECORDS) {
      audit.add(record);
    }
  }

  /**
   * Puts a lab's policy in force, with the booleans that the lab sets.
   *
   * @return null if the lab has none
   * @throws LabFileException if it cannot be read or lacks one of the booleans
   */
  static @Nullable PolicyInForce of(LabFile lab, Sids sids) {
    LabFile.TextPolicy policy = lab.policy();
    PolicyDb model = LabPolicy.of(lab);
    if (model == null) {
      return null;
    }
    if (policy == null) {
      return new PolicyInForce(new LivePolicy(model, true), sids);
    }
    LivePolicy live;
    try {
      live = new LivePolicy(model, policy.enforcing());
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          policy.where(), String.valueOf(problem.getMessage()), "name a whole policy");
    }
    try {
      live.set(policy.booleans());
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          policy.where(),
          String.valueOf(problem.getMessage()),
          "'larval policy booleans " + policy.path() + "' lists them");
    }
    return new PolicyInForce(live, sids);
  }

  LivePolicy live() {
    return live;
  }

  LoadedPolicy labels() {
    return labels;
  }

  /** What was logged, oldest first. */
  List<AuditRecord> audit() {
    return audit;
  }

  /**
   * The canonical text of a context that stands in the lab file.
   *
   * @throws LabFileException if it means nothing in the policy
   */
  String canonical(Where where, String context) {
    try {
      return live.server().text(live.server().context(context));
    } catch (InvalidContextException problem) {
      List<String> nearest = problem.nearest();
      throw new LabFileException(
          where,
          "context '" + context + "': " + problem.getMessage(),
          nearest.isEmpty()
              ? "write a context of the lab's policy"
              : "did you mean " + String.join(" or ", nearest) + "?");
    }
  }
}
