package org.larval.labels.avc;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
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
  private final Map<Integer, String> texts = new HashMap<>();
  private final Map<Integer, String> strangers = new HashMap<>();

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
    String text = sids.context(sid).toString();
    try {
      return server.context(text);
    } catch (InvalidContextException problem) {
      strangers.put(sid, text);
      return unlabeled();
    }
  }

  private PolicyContext unlabeled() {
    return Objects.requireNonNull(
        server.policy().objects().initial(ObjectContexts.UNLABELED), "checked when loaded");
  }

  /** The text of a SID's context in this policy. */
  String text(int sid) {
    PolicyContext context = of(sid);
    return sids.settled(sid)
        ? texts.computeIfAbsent(sid, key -> server.text(context))
        : server.text(context);
  }

  /** The text that a SID was made of if it means nothing in this policy, else null. */
  @Nullable String raw(int sid) {
    of(sid);
    return strangers.get(sid);
  }
}
