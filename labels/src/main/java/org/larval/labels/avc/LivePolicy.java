package org.larval.labels.avc;

import java.util.Map;
import org.larval.labels.policydb.ObjectContexts;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.SecurityServer;

/**
 * The policy that is in force now, and whether it is enforced. One for all threads: each has its
 * own {@link AccessVectorCache} over it, which sees by the sequence number that it is out of date.
 */
public final class LivePolicy {
  /**
   * What holds at one moment; another one with each change.
   *
   * @param server the policy with its booleans
   * @param enforcing whether denials take effect
   * @param sequence one more than before
   */
  record State(SecurityServer server, boolean enforcing, int sequence) {}

  private volatile State state;

  /**
   * Puts a first policy in force.
   *
   * @throws IllegalArgumentException if it has no context for what is unlabeled
   */
  public LivePolicy(PolicyDb policy, boolean enforcing) {
    state = new State(new SecurityServer(checked(policy)), enforcing, 1);
  }

  private static PolicyDb checked(PolicyDb policy) {
    if (policy.objects().initial(ObjectContexts.UNLABELED) == null) {
      throw new IllegalArgumentException("the policy has no context for what is unlabeled");
    }
    return policy;
  }

  State state() {
    return state;
  }

  /** The policy with its booleans. */
  public SecurityServer server() {
    return state.server;
  }

  /** Whether denials take effect; if not they are only logged. */
  public boolean enforcing() {
    return state.enforcing;
  }

  /** Grows with each change of booleans, policy or enforcing: caches are emptied then. */
  public int sequence() {
    return state.sequence;
  }

  /**
   * Puts another policy in force, with the booleans of its file.
   *
   * @throws IllegalArgumentException if it has no context for what is unlabeled
   */
  public synchronized void load(PolicyDb policy) {
    follow(new SecurityServer(checked(policy)), state.enforcing);
  }

  /** Turns enforcing on or off, as setenforce does. */
  public synchronized void enforce(boolean on) {
    if (on != state.enforcing) {
      follow(state.server, on);
    }
  }

  /**
   * Sets booleans at once. Only so: a cache does not see those set behind this object's back.
   *
   * @throws IllegalArgumentException if there is none of a name; then none is set
   */
  public synchronized void set(Map<String, Boolean> booleans) {
    state.server.set(booleans);
    follow(state.server, state.enforcing);
  }

  private synchronized void follow(SecurityServer server, boolean enforcing) {
    state = new State(server, enforcing, state.sequence + 1);
  }
}
