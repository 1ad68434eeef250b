package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;

/**
 * The security policy database of a guest, as key managers and people see it: {@code ip xfrm
 * policy}, default actions and the policies of sockets. What it refuses it leaves as it was; what
 * it changes those hear of who wait for an SA.
 */
public final class Spd {
  /** Seconds between two soft expiries (XFRM_KM_TIMEOUT). */
  private static final long REMINDER = 30;

  private final PolicyDatabase policies;
  private final Agenda agenda;
  private final Waiters waiters;

  /** Whether somebody listens to {@link XfrmEvent.Group#POLICY}. */
  boolean tells;

  Spd(PolicyDatabase policies, Agenda agenda, Waiters waiters) {
    this.policies = policies;
    this.agenda = agenda;
    this.waiters = waiters;
  }

  /** Adds a policy; EEXIST if one of the same identity exists, EINVAL if it is not possible. */
  public Errno add(long now, Policy policy, Effects out) {
    return add(now, policy, Lifetimes.NONE, out);
  }

  /** Adds a policy with limits of time. */
  public Errno add(long now, Policy policy, Lifetimes lifetimes, Effects out) {
    return insert(now, policy, lifetimes, true, out);
  }

  /** Adds a policy or replaces the one of the same identity, whose packets it takes over. */
  public Errno update(long now, Policy policy, Lifetimes lifetimes, Effects out) {
    return insert(now, policy, lifetimes, false, out);
  }

  private Errno insert(
      long now, Policy asked, Lifetimes lifetimes, boolean exclusive, Effects out) {
    Errno checked = PolicyDatabase.check(asked);
    if (checked != Errno.OK) {
      return checked;
    }
    Policy policy = PolicyDatabase.normal(asked);
    InstalledPolicy old = policies.get(policy.identity());
    if (old != null && exclusive) {
      return Errno.EEXIST;
    }
    if (old == null && policies.full()) {
      return Errno.ENOBUFS;
    }
    InstalledPolicy fresh = policies.insert(now, policy, lifetimes);
    if (old != null) {
      agenda.cancel(old.timer);
    }
    if (lifetimes.timed()) {
      agenda.arm(fresh.timer, now + StateDatabase.SECOND);
    }
    if (tells) {
      out.emit(new XfrmEvent.PolicyAdded(fresh.policy, !exclusive));
    }
    waiters.policyChanged(now, old, fresh, out);
    return Errno.OK;
  }

  /** Deletes a policy; ENOENT if there is none. */
  public Errno delete(long now, Policy.Identity identity, Effects out) {
    return deleteByUser(now, policies.get(identity), out);
  }

  /** Deletes a policy by its index; ENOENT if there is none. */
  public Errno delete(long now, int index, Effects out) {
    return deleteByUser(now, policies.get(index), out);
  }

  private Errno deleteByUser(long now, @Nullable InstalledPolicy policy, Effects out) {
    Errno errno = remove(now, policy, out);
    if (tells && policy != null) {
      out.emit(new XfrmEvent.PolicyDeleted(policy.policy));
    }
    return errno;
  }

  private Errno remove(long now, @Nullable InstalledPolicy policy, Effects out) {
    if (policy == null) {
      return Errno.ENOENT;
    }
    agenda.cancel(policy.timer);
    policies.remove(policy);
    waiters.policyChanged(now, policy, null, out);
    return Errno.OK;
  }

  /** Deletes all policies of both types. */
  public void flush(long now, Effects out) {
    removeAll(now, policies.all(), out);
  }

  /** Deletes all policies of a type; ESRCH if there is none. */
  public Errno flush(long now, PolicyType type, Effects out) {
    List<InstalledPolicy> gone =
        policies.all().stream().filter(policy -> policy.policy.type() == type).toList();
    removeAll(now, gone, out);
    return gone.isEmpty() ? Errno.ESRCH : Errno.OK;
  }

  private void removeAll(long now, List<InstalledPolicy> gone, Effects out) {
    // All at once: held packets must not fall from one into the next on their way out.
    for (InstalledPolicy policy : gone) {
      agenda.cancel(policy.timer);
      policies.remove(policy);
    }
    if (tells && !gone.isEmpty()) {
      out.emit(new XfrmEvent.PoliciesFlushed());
    }
    for (InstalledPolicy policy : gone) {
      waiters.policyChanged(now, policy, null, out);
    }
  }

  /** The policy of an identity, or null. */
  public @Nullable InstalledPolicy find(Policy.Identity identity) {
    return policies.get(identity);
  }

  /** The policy of an index, or null. */
  public @Nullable InstalledPolicy find(int index) {
    return policies.get(index);
  }

  /** How many policies of both types a direction has (XFRM_MSG_GETSPDINFO). */
  public int count(Direction direction) {
    return policies.count(direction);
  }

  /** How many policies have a label. */
  public int labeled() {
    return policies.labeled();
  }

  /** The policies of a direction in the order in which they are looked at, sorted for the call. */
  public List<InstalledPolicy> inOrder(Direction direction) {
    return policies.inOrder(direction);
  }

  /** All policies in the order of installation. */
  public List<InstalledPolicy> list() {
    return policies.all();
  }

  /**
   * A key manager demands expiry of a policy (XFRM_MSG_POLEXPIRE): a hard one deletes it. ENOENT if
   * there is none.
   */
  public Errno expire(long now, Policy.Identity identity, boolean hard, Effects out) {
    InstalledPolicy policy = policies.get(identity);
    if (policy == null) {
      return Errno.ENOENT;
    }
    if (hard) {
      remove(now, policy, out);
    }
    out.emit(new XfrmEvent.PolicyExpired(policy.policy, hard));
    return Errno.OK;
  }

  // Default actions.

  /** {@code ip xfrm policy setdefault}. */
  public void defaultAction(long now, Direction direction, Policy.Action action, Effects out) {
    policies.defaultAction(direction, action);
    waiters.policyChanged(now, null, null, out);
  }

  /** {@code ip xfrm policy getdefault}. */
  public Policy.Action defaultAction(Direction direction) {
    return policies.blocksByDefault(direction) ? Policy.Action.BLOCK : Policy.Action.ALLOW;
  }

  // Policies of sockets.

  /**
   * Gives a socket a policy for a direction, or takes it away (IP_XFRM_POLICY,
   * xfrm_sk_policy_insert). It is looked at before all others, nothing is ever held for it, and no
   * list shows it.
   *
   * @param policy of this direction; null for none
   * @return EINVAL for FWD, a sub-policy, another direction or what {@link #add} refuses
   */
  public Errno socketPolicy(
      long now, SocketPolicies socket, Direction direction, @Nullable Policy policy) {
    if (direction == Direction.FWD) {
      return Errno.EINVAL;
    }
    if (policy == null) {
      socket.set(direction, null);
      return Errno.OK;
    }
    if (policy.direction() != direction
        || policy.type() != PolicyType.MAIN
        || PolicyDatabase.check(policy) != Errno.OK) {
      return Errno.EINVAL;
    }
    Policy numbered = PolicyDatabase.normal(policy).withIndex(policies.newSocketIndex(direction));
    socket.set(direction, new InstalledPolicy(numbered, Lifetimes.NONE, now));
    return Errno.OK;
  }

  /** Gives an accepted connection's socket what its listener has (xfrm_sk_clone_policy). */
  public void inherit(long now, SocketPolicies from, SocketPolicies to) {
    for (Direction direction : SocketPolicies.DIRECTIONS) {
      InstalledPolicy policy = from.get(direction);
      if (policy != null) {
        socketPolicy(now, to, direction, policy.policy.withIndex(0));
      }
    }
  }

  // Time.

  /** A policy's timer fired: a limit was reached, or the next one is to be waited for. */
  void onTimer(long now, InstalledPolicy policy, Effects out) {
    Lifetimes limits = policy.lifetimes;
    long clock = StateDatabase.seconds(now);
    long used = policy.useTime < 0 ? policy.addTime : policy.useTime;
    long hard =
        Math.min(
            StateDatabase.left(limits.hardAdd(), policy.addTime, clock),
            StateDatabase.left(limits.hardUse(), used, clock));
    if (hard <= 0) {
      remove(now, policy, out);
      out.emit(new XfrmEvent.PolicyExpired(policy.policy, true));
      return;
    }
    long softAdd = StateDatabase.left(limits.softAdd(), policy.addTime, clock);
    long softUse = StateDatabase.left(limits.softUse(), used, clock);
    if (softAdd <= 0 || softUse <= 0) {
      out.emit(new XfrmEvent.PolicyExpired(policy.policy, false));
    }
    long soft = Math.min(softAdd <= 0 ? REMINDER : softAdd, softUse <= 0 ? REMINDER : softUse);
    long next = Math.min(hard, soft);
    if (next != Long.MAX_VALUE) {
      agenda.arm(policy.timer, now + Math.min(next, Integer.MAX_VALUE) * StateDatabase.SECOND);
    }
  }
}
