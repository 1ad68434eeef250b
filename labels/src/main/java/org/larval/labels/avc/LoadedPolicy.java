package org.larval.labels.avc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.larval.labels.Decision;
import org.larval.labels.DecisionCache;
import org.larval.labels.LabelPolicy;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.SecurityServer;
import org.larval.labels.why.Change;
import org.larval.labels.why.Explainer;
import org.larval.labels.why.Explanation;
import org.larval.labels.why.Reason;
import org.larval.labels.why.Remedy;
import org.larval.labels.why.Verdict;

/**
 * A SELinux policy as the other rooms ask it: through an access vector cache, with the reason of
 * each denial and with audit records. For one thread, as the cache is.
 */
public final class LoadedPolicy implements LabelPolicy {
  /** How many names are remembered with their numbers: a power of two. */
  private static final int NAMED = 32;

  private final LivePolicy live;
  private final Sids sids;
  private final AccessVectorCache cache;
  private final Consumer<AuditRecord> audit;

  /** Denials with their reasons, which cost far more than deciding. */
  private final DecisionCache denials = new DecisionCache();

  private int sequence;

  /** Permissions that were asked about by name, each at the place of its hash. */
  private final @Nullable NamedPermission[] named = new @Nullable NamedPermission[NAMED];

  /**
   * Asks a policy.
   *
   * @param sids what the SIDs of questions stand for
   * @param audit takes the audit records
   */
  public LoadedPolicy(LivePolicy live, Sids sids, Consumer<AuditRecord> audit) {
    this.live = live;
    this.sids = sids;
    this.audit = audit;
    cache = new AccessVectorCache(live, sids);
    sequence = cache.sequence();
  }

  /** The cache, for its statistics. */
  public AccessVectorCache cache() {
    return cache;
  }

  /** The policy with its booleans as they stand now. */
  public SecurityServer server() {
    return live.server();
  }

  /** Whether denials take effect. */
  public boolean enforcing() {
    return live.enforcing();
  }

  /** Grows with each change of the policy: what was worked out of it before is out of date. */
  public int sequence() {
    return live.sequence();
  }

  /** What a SID means in the policy; that of what is unlabeled if it means nothing. */
  public PolicyContext context(int sid) {
    return cache.current().of(sid);
  }

  /** The SID of a context of the policy. */
  public int sid(PolicyContext context) {
    return sids.sid(server().text(context));
  }

  @Override
  public Decision decide(int sourceSid, int targetSid, String securityClass, String permission) {
    return decide(sourceSid, targetSid, securityClass, permission, () -> AuditData.IDLE);
  }

  /**
   * The same, with what an audit record is to say.
   *
   * @param data about the check; asked only if there is something to log
   */
  public Decision decide(
      int sourceSid,
      int targetSid,
      String securityClass,
      String permission,
      Supplier<AuditData> data) {
    return decide(sourceSid, targetSid, named(securityClass, permission), data);
  }

  private NamedPermission named(String securityClass, String permission) {
    int place = securityClass.hashCode() + permission.hashCode() & NAMED - 1;
    NamedPermission known = named[place];
    if (known == null
        || !known.securityClass().equals(securityClass)
        || !known.permission().equals(permission)) {
      known = new NamedPermission(securityClass, permission);
      named[place] = known;
    }
    return known;
  }

  /** The same for a permission that is asked about often. */
  public Decision decide(
      int sourceSid, int targetSid, NamedPermission asked, Supplier<AuditData> data) {
    PolicyDb policy = cache.current().server().policy();
    String securityClass = asked.securityClass();
    String permission = asked.permission();
    if (!asked.in(policy)) {
      return unknown(policy, sourceSid, targetSid, securityClass, permission, data);
    }
    int bit = asked.bit();
    boolean passes = cache.check(sourceSid, targetSid, asked.value(), bit);
    if (cache.audited(bit) != 0) {
      audit.accept(
          record(
              cache.denied(bit) != 0,
              sourceSid,
              targetSid,
              securityClass,
              permission,
              passes,
              data));
    }
    if (cache.denied(bit) == 0 && !cache.letPass()) {
      return Decision.Allowed.BY_RULE;
    }
    // what was let pass once is allowed from then on, and so may be what was never denied
    return explained(sourceSid, targetSid, securityClass, permission, passes);
  }

  @Override
  public Decision.@Nullable Denied denial(
      int sourceSid, int targetSid, String securityClass, String permission) {
    SecurityServer server = cache.current().server();
    boolean passes =
        !live.enforcing() || server.policy().permissive(cache.contexts().of(sourceSid).type());
    return passes ? null : denied(sourceSid, targetSid, securityClass, permission);
  }

  /** What becomes of classes and permissions that the policy does not know. */
  private Decision unknown(
      PolicyDb policy,
      int sourceSid,
      int targetSid,
      String securityClass,
      String permission,
      Supplier<AuditData> data) {
    if (policy.handleUnknown() == PolicyDb.HandleUnknown.ALLOW) {
      return Decision.Allowed.BY_RULE;
    }
    int type = cache.contexts().of(sourceSid).type();
    boolean passes = !live.enforcing() || policy.permissive(type);
    if (!policy.neveraudit(type)) {
      audit.accept(record(true, sourceSid, targetSid, securityClass, permission, passes, data));
    }
    return explained(sourceSid, targetSid, securityClass, permission, passes);
  }

  private AuditRecord record(
      boolean denied,
      int sourceSid,
      int targetSid,
      String securityClass,
      String permission,
      boolean passes,
      Supplier<AuditData> data) {
    SidContexts contexts = cache.contexts();
    return new AuditRecord(
        denied,
        List.of(permission),
        0,
        data.get(),
        contexts.text(sourceSid),
        contexts.text(targetSid),
        securityClass,
        passes,
        contexts.raw(sourceSid),
        contexts.raw(targetSid));
  }

  private Decision explained(
      int sourceSid, int targetSid, String securityClass, String permission, boolean passes) {
    if (cache.sequence() != sequence) {
      denials.clear();
      sequence = cache.sequence();
    }
    Decision known = denials.find(sourceSid, targetSid, securityClass, permission);
    if (known != null) {
      return known;
    }
    Decision.Denied denied = denied(sourceSid, targetSid, securityClass, permission);
    Decision decision =
        denied == null ? Decision.Allowed.BY_RULE : passes ? new Decision.Allowed(denied) : denied;
    if (sids.settled(sourceSid) && sids.settled(targetSid)) {
      denials.put(sourceSid, targetSid, securityClass, permission, decision);
    }
    return decision;
  }

  /** The denial with its reasons, or null if there is none. */
  private Decision.@Nullable Denied denied(
      int sourceSid, int targetSid, String securityClass, String permission) {
    SidContexts contexts = cache.contexts();
    SecurityServer server = contexts.server();
    Explanation explanation =
        new Explainer(server)
            .explain(
                contexts.of(sourceSid), contexts.of(targetSid), securityClass, List.of(permission));
    Verdict verdict = explanation.verdicts().getFirst();
    if (verdict.reasons().isEmpty()) {
      return null;
    }
    List<String> remedies = new ArrayList<>();
    for (Remedy remedy : verdict.remedies()) {
      List<Change> all = new ArrayList<>(List.of(remedy.change()));
      all.addAll(remedy.orElse());
      remedies.add(all.stream().map(Change::toString).collect(Collectors.joining(", or ")));
    }
    return new Decision.Denied(
        SecurityContext.parse(contexts.text(sourceSid)),
        SecurityContext.parse(contexts.text(targetSid)),
        securityClass,
        permission,
        verdict.reasons().stream().map(Reason::toString).collect(Collectors.joining("; and ")),
        String.join("; and also ", remedies));
  }
}
