package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;

/**
 * From a policy's templates to states, with an acquire for what is missing (xfrm_tmpl_resolve). The
 * result stands in the fields until the next call.
 */
final class Resolver {
  /** The kernel accepts policies with 6 templates and resolves at most 5 (XFRM_MAX_DEPTH). */
  static final int MAX_RESOLVED = 5;

  private final StateSearch search;
  private final Acquirer acquirer;
  private final PeerRoutes routes;
  private final XfrmStats stats;

  /** The states found, innermost first. */
  final State[] found = new State[MAX_RESOLVED];

  int count;

  /** What the first unresolved template is for. */
  @Nullable Template missing;

  /** The larval state that the search met or made. */
  @Nullable State larval;

  /** Whether it was made, or its acquire repeated, just now. */
  boolean asked;

  /** Whether it failed because a state is declared for the other direction. */
  boolean wrongDirection;

  /** A state that says that the key manager failed. */
  @Nullable State failed;

  /** Where the SA of the current template, or of {@link #missing}, runs from and to. */
  final SaEnds ends = new SaEnds();

  Resolver(StateSearch search, Acquirer acquirer, PeerRoutes routes, XfrmStats stats) {
    this.search = search;
    this.acquirer = acquirer;
    this.routes = routes;
    this.stats = stats;
  }

  /** OK with {@link #count} states, EAGAIN if an SA is missing, or another error. */
  Errno resolve(long now, FlowKey flow, InstalledPolicy policy) {
    return resolve(now, flow, policy, null);
  }

  /**
   * The same for a sub-policy and the main policy that it is combined with. Both begin at the
   * flow's addresses; for IPv6 what was found is brought into order, as in Linux.
   */
  Errno resolve(
      long now, FlowKey flow, InstalledPolicy policy, @Nullable InstalledPolicy combined) {
    count = 0;
    missing = null;
    larval = null;
    failed = null;
    asked = false;
    wrongDirection = false;
    acquirer.begin();
    Errno errno = add(now, flow, policy);
    if (errno == Errno.OK && combined != null) {
      errno = add(now, flow, combined);
      if (errno == Errno.OK && flow.v6) {
        ApplicationOrder.sort(found, count);
      }
    }
    return errno;
  }

  private Errno add(long now, FlowKey flow, InstalledPolicy policy) {
    if (count + policy.templates.length > MAX_RESOLVED) {
      return Errno.ENOBUFS;
    }
    ends.of(flow);
    for (Template template : policy.templates) {
      if (!ends.through(template, routes)) {
        return Errno.ENETUNREACH;
      }
      Errno errno = find(now, flow, template, policy);
      State chosen = search.best;
      if (errno == Errno.OK && chosen != null) {
        if (chosen.direction() == Direction.IN) {
          stats.count(XfrmStats.Counter.OUT_STATE_DIR_ERROR);
          wrongDirection = true;
          return Errno.EINVAL;
        }
        found[count++] = chosen;
      } else if (!template.optional()) {
        missing = template;
        return errno;
      }
    }
    return Errno.OK;
  }

  private Errno find(long now, FlowKey flow, Template template, InstalledPolicy policy) {
    search.search(ends, flow, template, policy);
    if (search.best != null) {
      return Errno.OK;
    }
    State pending = search.larval;
    larval = pending;
    failed = search.failed;
    if (pending != null) {
      asked |= acquirer.repeat(pending);
      return Errno.EAGAIN;
    }
    if (failed != null) {
      return Errno.EAGAIN;
    }
    Errno errno = acquirer.ask(now, ends, flow, template, policy);
    State made = acquirer.made;
    if (made != null) {
      larval = made;
      asked = true;
    }
    return errno;
  }

  /**
   * The state that the first template of a policy would get for a flow, or null. Asks nobody for
   * one.
   */
  @Nullable State peek(FlowKey flow, InstalledPolicy policy) {
    ends.of(flow);
    Template template = policy.templates[0];
    if (!ends.through(template, routes)) {
      return null;
    }
    search.search(ends, flow, template, policy);
    return search.best;
  }
}
