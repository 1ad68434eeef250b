package org.larval.lab.run;

import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.labels.LabelPolicy;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.xfrm.SecurityLabel;

/** Contexts as they stand in the lab file, and what the lab calls them. */
final class Contexts {
  private final Sids sids;
  private final @Nullable PolicyInForce inForce;

  Contexts(Sids sids, @Nullable PolicyInForce inForce) {
    this.sids = sids;
    this.inForce = inForce;
  }

  Sids sids() {
    return sids;
  }

  /** The policy in force, or one that allows everything. */
  LabelPolicy labels() {
    return inForce == null ? LabelPolicy.ALLOW_ALL : inForce.labels();
  }

  /**
   * The number of a context, {@link Sids#NONE} for none.
   *
   * @throws LabFileException if it is no context, or none of the policy in force
   */
  int sid(Where where, @Nullable String context) {
    if (context == null) {
      return Sids.NONE;
    }
    try {
      String text = inForce == null ? context : inForce.canonical(where, context);
      return sids.sid(SecurityContext.parse(text));
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          where,
          String.valueOf(problem.getMessage()),
          "write a context like user_u:role_r:type_t:s0");
    }
  }

  /** The same as a label of policies and SAs. */
  @Nullable SecurityLabel label(Where where, @Nullable String context) {
    if (context == null) {
      return null;
    }
    int sid = sid(where, context);
    return SecurityLabel.selinux(sid, inForce == null ? context : sids.context(sid).toString());
  }
}
