package org.larval.labels.policydb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.Conditionals.Switches;

/**
 * Answers what a loaded policy says, with its booleans as they stand now. Any thread may ask while
 * another switches booleans; each answer is of one state. Nothing is cached here: {@link
 * #sequence()} tells a cache when its answers are old.
 */
public final class SecurityServer {
  private final PolicyDb policy;
  private final AccessDecider decider;
  private final NewContext newContexts;
  private volatile Switches switches;

  /** A server with the booleans as the policy's file has them, and sequence number 1. */
  public SecurityServer(PolicyDb policy) {
    this.policy = policy;
    TransitionRules.Index transitions = new TransitionRules.Index(policy.transitions());
    decider = new AccessDecider(policy, transitions);
    newContexts = new NewContext(policy, transitions);
    switches = policy.conditionals().initial(policy.booleans());
  }

  /** The policy. */
  public PolicyDb policy() {
    return policy;
  }

  // --- booleans ---

  /** Grows with every change of a boolean: answers of another number are out of date. */
  public int sequence() {
    return switches.sequence();
  }

  /** How all booleans stand now, by value. */
  public boolean[] booleans() {
    return switches.booleans().clone();
  }

  /**
   * How a boolean stands now.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public boolean bool(String name) {
    return switches.booleans()[booleanValue(name)];
  }

  /**
   * Sets some booleans at once. The sequence number grows even if they stood so already, as in
   * Linux.
   *
   * @throws IllegalArgumentException if there is none of a name; then none is set
   */
  public synchronized void set(Map<String, Boolean> values) {
    boolean[] booleans = switches.booleans().clone();
    values.forEach((name, value) -> booleans[booleanValue(name)] = value);
    switches = policy.conditionals().switched(switches, booleans);
  }

  private int booleanValue(String name) {
    int value = policy.booleanNames().value(name);
    if (value == 0) {
      throw new IllegalArgumentException("there is no boolean '" + name + "' in this policy");
    }
    return value;
  }

  /** Whether a conditional rule of this number holds now. */
  public boolean enabled(int conditional) {
    return switches.enabled(conditional);
  }

  // --- decisions ---

  /**
   * Decides what the source may do to the target.
   *
   * @param securityClass the value of a class that exists
   * @param out where the decision goes
   */
  public void decide(
      PolicyContext source, PolicyContext target, int securityClass, AccessVector out) {
    decider.decide(source, target, securityClass, switches, out);
  }

  /**
   * Whether the source may do something to the target, by names. Of a class or permission that the
   * policy does not know {@link PolicyDb#handleUnknown} decides. Permissive types get no special
   * treatment.
   */
  public boolean allowed(
      PolicyContext source, PolicyContext target, String securityClass, String permission) {
    PolicyClass known = policy.securityClass(securityClass);
    int bit = known == null ? 0 : known.bit(permission);
    if (known == null || bit == 0) {
      return policy.handleUnknown() == PolicyDb.HandleUnknown.ALLOW;
    }
    AccessVector out = new AccessVector();
    decide(source, target, known.value(), out);
    return (out.allowed() & bit) != 0;
  }

  /**
   * The classes and permissions out of some that the policy does not know, as {@code class} or
   * {@code class:permission}. A policy that rejects unknown ones must not be used if there are any.
   *
   * @param needed permissions by class
   */
  public List<String> unknown(Map<String, List<String>> needed) {
    List<String> unknown = new ArrayList<>();
    needed.forEach(
        (name, permissions) -> {
          PolicyClass known = policy.securityClass(name);
          if (known == null) {
            unknown.add(name);
          } else {
            for (String permission : permissions) {
              if (known.bit(permission) == 0) {
                unknown.add(name + ":" + permission);
              }
            }
          }
        });
    return unknown;
  }

  /** The constraints of a class that withhold some of these permissions between two contexts. */
  public List<Constraint> withholding(
      PolicyContext source, PolicyContext target, int securityClass, int permissions) {
    return decider.withholding(source, target, securityClass, permissions);
  }

  /**
   * The allow, auditallow and dontaudit rules between two types and all their attributes, those
   * switched off included.
   */
  public List<TypeRule> rules(int source, int target, int securityClass) {
    return decider.rules(source, target, securityClass);
  }

  /** Whether a process may change a label, as validatetrans rules say. */
  public boolean mayChange(
      PolicyContext before, PolicyContext after, PolicyContext task, int securityClass) {
    return decider.mayChange(before, after, task, securityClass);
  }

  // --- new contexts ---

  /** The context of a new object, or null if it may not exist. */
  public @Nullable PolicyContext transition(
      PolicyContext source, PolicyContext target, int securityClass) {
    return newContext(NewContext.Purpose.TRANSITION, source, target, securityClass);
  }

  /** The same for an object of a name, which filename transitions look at. */
  public @Nullable PolicyContext transition(
      PolicyContext source, PolicyContext target, int securityClass, String name) {
    return newContexts.compute(
        NewContext.Purpose.TRANSITION, source, target, securityClass, false, name, switches);
  }

  /**
   * The context of a new socket, or null if it may not exist. As in the kernel, which knows the
   * classes of sockets, role, type and range are the source's unless a rule says otherwise.
   */
  public @Nullable PolicyContext socketTransition(
      PolicyContext source, PolicyContext target, int securityClass) {
    return newContexts.compute(
        NewContext.Purpose.TRANSITION, source, target, securityClass, true, null, switches);
  }

  /** The context of a member of a polyinstantiated object, or null if it may not exist. */
  public @Nullable PolicyContext member(
      PolicyContext source, PolicyContext target, int securityClass) {
    return newContext(NewContext.Purpose.MEMBER, source, target, securityClass);
  }

  /** The context of an object that is relabeled, or null if it may not exist. */
  public @Nullable PolicyContext change(
      PolicyContext source, PolicyContext target, int securityClass) {
    return newContext(NewContext.Purpose.CHANGE, source, target, securityClass);
  }

  private @Nullable PolicyContext newContext(
      NewContext.Purpose purpose, PolicyContext source, PolicyContext target, int securityClass) {
    return newContexts.compute(purpose, source, target, securityClass, false, null, switches);
  }

  // --- contexts ---

  /**
   * Reads a context.
   *
   * @throws InvalidContextException if it means nothing in this policy, with the part that is wrong
   */
  public PolicyContext context(String text) {
    return policy.contexts().parse(text);
  }

  /** The canonical text of a context. */
  public String text(PolicyContext context) {
    return policy.contexts().text(context);
  }
}
