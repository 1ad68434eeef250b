package org.larval.secmark;

import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;

/**
 * Who turns the contexts of rules into SIDs when rules are loaded: it can refuse contexts that the
 * policy does not know, and ask for {@code packet relabelto}.
 */
@FunctionalInterface
public interface LabelSource {
  /**
   * The SID of a context.
   *
   * @throws IllegalArgumentException if rules may not use it, with the reason as a clause
   */
  int sid(SecurityContext context);

  /** Takes every well-formed context. */
  static LabelSource of(Sids sids) {
    return context -> {
      if (sids.find(context) == Sids.NONE && sids.full()) {
        throw new IllegalArgumentException("no room for another context");
      }
      return sids.sid(context);
    };
  }
}
