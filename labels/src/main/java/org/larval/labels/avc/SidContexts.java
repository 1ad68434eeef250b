package org.larval.labels.avc;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.labels.Sids;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.ObjectContexts;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.SecurityServer;

/**
 * What SIDs mean in one policy. Initial SIDs have the contexts that the policy gives them; a
 * context that the policy does not know is treated as unlabeled.
 */
final class SidContexts {
  private final Sids sids;
  private final SecurityServer server;
  private @Nullable PolicyContext[] known = new @Nullable PolicyContext[64];

  SidContexts(Sids sids, SecurityServer server) {
    this.sids = sids;
    this.server = server;
  }

  SecurityServer server() {
    return server;
  }

  /** The context of a SID. */
  PolicyContext of(int sid) {
    if (!sids.settled(sid)) {
      return unlabeled();
    }
    if (sid >= known.length) {
      known = Arrays.copyOf(known, Math.max(sid + 1, known.length * 2));
    }
    PolicyContext context = known[sid];
    if (context == null) {
      context = read(sid);
      known[sid] = context;
    }
    return context;
  }

  private PolicyContext read(int sid) {
    if (sid <= Sids.INITIAL_SIDS) {
      PolicyContext initial = server.policy().objects().initial(sid);
      return initial == null ? unlabeled() : initial;
    }
    try {
      return server.context(sids.context(sid).toString());
    } catch (InvalidContextException problem) {
      return unlabeled();
    }
  }

  private PolicyContext unlabeled() {
    return Objects.requireNonNull(
        server.policy().objects().initial(ObjectContexts.UNLABELED), "checked when loaded");
  }

  /** The text of a SID's context in this policy. */
  String text(int sid) {
    return server.text(of(sid));
  }

  /** The text that a SID was made of if it means nothing in this policy, else null. */
  @Nullable String raw(int sid) {
    if (sid <= Sids.INITIAL_SIDS || !sids.settled(sid)) {
      return null;
    }
    String text = sids.context(sid).toString();
    try {
      server.context(text);
      return null;
    } catch (InvalidContextException problem) {
      return text;
    }
  }
}
