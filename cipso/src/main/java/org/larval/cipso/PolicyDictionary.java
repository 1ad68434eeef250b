package org.larval.cipso;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.labels.avc.LivePolicy;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.ObjectContexts;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.SecurityServer;

/** What SIDs mean to NetLabel under a SELinux policy (security/selinux/ss/services.c, mls.c). */
public final class PolicyDictionary implements LabelDictionary {
  private final LivePolicy live;
  private final Sids sids;
  private SecurityServer server;
  private int sequence;
  private @Nullable PolicyContext[] known = new @Nullable PolicyContext[64];

  /**
   * A dictionary.
   *
   * @param sids those that the policy is asked about
   */
  public PolicyDictionary(LivePolicy live, Sids sids) {
    this.live = live;
    this.sids = sids;
    sequence = live.sequence();
    server = live.server();
  }

  private PolicyDb policy() {
    if (live.sequence() != sequence) {
      sequence = live.sequence();
      server = live.server();
      Arrays.fill(known, null);
    }
    return server.policy();
  }

  /** What a SID means now; as in Linux what means nothing is unlabeled. */
  private PolicyContext of(PolicyDb policy, int sid) {
    int asked = sids.settled(sid) ? sid : Sids.UNLABELED;
    if (asked >= known.length) {
      known = Arrays.copyOf(known, Math.max(asked + 1, known.length * 2));
    }
    PolicyContext context = known[asked];
    if (context == null) {
      context = read(policy, asked);
      known[asked] = context;
    }
    return context;
  }

  private PolicyContext read(PolicyDb policy, int sid) {
    if (sid > Sids.INITIAL_SIDS) {
      try {
        return server.context(sids.context(sid).toString());
      } catch (InvalidContextException meansNothing) {
        return unlabeled(policy);
      }
    }
    PolicyContext initial = policy.objects().initial(sid);
    return initial == null ? unlabeled(policy) : initial;
  }

  private static PolicyContext unlabeled(PolicyDb policy) {
    return Objects.requireNonNull(
        policy.objects().initial(ObjectContexts.UNLABELED), "checked when loaded");
  }

  @Override
  public String domain(int sid) {
    PolicyDb policy = policy();
    return policy.types().names().name(of(policy, sid).type());
  }

  @Override
  public @Nullable MlsLevel level(int sid) {
    PolicyDb policy = policy();
    return policy.mls() ? of(policy, sid).range().low() : null;
  }

  @Override
  public int sid(MlsLevel level) {
    PolicyDb policy = policy();
    PolicyContext netmsg = policy.objects().initial(ObjectContexts.NETMSG);
    if (netmsg == null) {
      return Sids.NONE;
    }
    if (!policy.mls()) {
      return find(netmsg);
    }
    if (!policy.sensitivities().valid(level)) {
      return Sids.NONE;
    }
    MlsRange range = MlsRange.at(level);
    return sid(server.text(new PolicyContext(netmsg.user(), netmsg.role(), netmsg.type(), range)));
  }

  @Override
  public int sid(String context) {
    policy();
    try {
      return find(server.context(context));
    } catch (InvalidContextException meansNothing) {
      return Sids.NONE;
    }
  }

  /** A sender can make up more levels than there is room for SIDs. */
  private int find(PolicyContext context) {
    SecurityContext text = SecurityContext.parse(server.text(context));
    int found = sids.find(text);
    return found != Sids.NONE || sids.full() ? found : sids.sid(text);
  }

  @Override
  public String context(int sid) {
    return server.text(of(policy(), sid));
  }

  @Override
  public int sequence() {
    return live.sequence();
  }
}
