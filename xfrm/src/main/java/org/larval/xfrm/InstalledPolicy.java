package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/**
 * A policy in the database, with what runs: use, expiry, its place in the order of search, and the
 * answers that look-ups under it give, made once. Compared by identity.
 */
public final class InstalledPolicy extends PolicyNumbers {
  private static final Template[] NO_TEMPLATES = {};

  final Policy policy;
  final Lifetimes lifetimes;
  final Template[] templates;
  long addTime;
  boolean dead;
  final Agenda.Timer timer = new Agenda.Timer(this);

  final Miss miss;
  final Lookup.Bypass bypass;
  final Lookup.Bypass bypassLeak;
  final Lookup.Blackhole blackhole;
  final Lookup.Sleep sleep;
  final Lookup.PassInClear pass;
  final Lookup.Refuse blocked;

  /** The answer if its label denied and nothing may go in clear for that. */
  final Lookup.Refuse labelDenied;

  final Lookup.Refuse again;
  final Lookup.Refuse failed;
  @Nullable Bundle bundle;

  /** Linux's polq: the queue of all packets under this policy, at that scope. */
  @Nullable HoldQueue queue;

  InstalledPolicy(Policy policy, Lifetimes lifetimes, long now) {
    super(policy);
    this.policy = policy;
    this.lifetimes = lifetimes;
    templates =
        policy.templates().isEmpty() ? NO_TEMPLATES : policy.templates().toArray(NO_TEMPLATES);
    addTime = StateDatabase.seconds(now);

    miss = new Miss(policy);
    bypass = new Lookup.Bypass(policy, false);
    bypassLeak = new Lookup.Bypass(policy, true);
    blackhole = new Lookup.Blackhole(miss);
    sleep = new Lookup.Sleep(miss);
    pass = new Lookup.PassInClear(miss);
    blocked = new Lookup.Refuse(Errno.EPERM, DropReason.XFRM_OUT_POL_BLOCK, policy, null);
    labelDenied = new Lookup.Refuse(Errno.EACCES, DropReason.LABEL_DENIED, policy, null);
    again = new Lookup.Refuse(Errno.EAGAIN, DropReason.XFRM_OUT_NO_STATES, policy, miss);
    failed = new Lookup.Refuse(Errno.EHOSTUNREACH, DropReason.NEGOTIATION_FAILED, policy, miss);
  }

  /** What was installed, with its index. */
  public Policy policy() {
    return policy;
  }

  /** Its limits; byte and packet limits are not counted, as in Linux. */
  public Lifetimes lifetimes() {
    return lifetimes;
  }

  /** Whole seconds since the lab began at which it was installed. */
  public long addTime() {
    return addTime;
  }

  /** Whole seconds since the lab began at which it was last used, or -1. */
  public long useTime() {
    return useTime;
  }

  @Override
  public String toString() {
    return policy.toString();
  }
}
