package org.larval.labels.why;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.larval.labels.policydb.Constraint;
import org.larval.labels.policydb.ConstraintNode;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.SecurityServer;

/** Looks for the smallest changes that would take all reasons of a denial away. */
final class Remedies {
  private final SecurityServer server;
  private final ConstraintText constraints;
  private final PolicyContext source;
  private final PolicyContext target;
  private final PolicyClass securityClass;
  private final List<String> permissions;

  /** Remedies for some permissions of one question. */
  Remedies(
      SecurityServer server,
      ConstraintText constraints,
      PolicyContext source,
      PolicyContext target,
      PolicyClass securityClass,
      List<String> permissions) {
    this.server = server;
    this.constraints = constraints;
    this.source = source;
    this.target = target;
    this.securityClass = securityClass;
    this.permissions = permissions;
  }

  List<Remedy> of(List<Reason> reasons) {
    Set<Remedy> remedies = new LinkedHashSet<>();
    boolean constrained = collect(reasons, remedies);
    if (constrained) {
      remedies.addAll(relabel());
    }
    return List.copyOf(remedies);
  }

  /** Adds the remedies of all reasons but constraints; whether there was one of these. */
  private boolean collect(List<Reason> reasons, Set<Remedy> out) {
    boolean constrained = false;
    for (Reason reason : reasons) {
      switch (reason) {
        case Reason.NoRule rule -> out.add(rule(rule));
        case Reason.RoleChange role ->
            out.add(
                new Remedy(
                    new Change.RoleAllow("allow " + role.from() + " " + role.to() + ";"),
                    List.of()));
        case Reason.Bounded bounded -> constrained |= collect(bounded.reasons(), out);
        case Reason.Constrained constraint -> constrained = true;
        case Reason.Permissive permissive -> {}
        case Reason.Unknown unknown -> {}
      }
    }
    return constrained;
  }

  private Remedy rule(Reason.NoRule rule) {
    List<Change> changes = new ArrayList<>();
    rule.switchedOff().stream()
        .map(SwitchedOff::flips)
        .filter(flips -> !flips.isEmpty())
        .distinct()
        .sorted(Comparator.comparingInt(List::size))
        .forEach(flips -> changes.add(new Change.SwitchBooleans(flips)));
    changes.add(
        new Change.AllowRule(
            PolicyText.allow(rule.source(), rule.target(), rule.securityClass(), permissions)));
    return new Remedy(changes.getFirst(), List.copyOf(changes.subList(1, changes.size())));
  }

  // --- constraints ---

  private List<Remedy> relabel() {
    List<Change> changes = new ArrayList<>();
    Relabelling relabelling = new Relabelling(server.policy());
    relabelling.of(source, target, this::unconstrained).forEach(changes::add);
    attributes().forEach(changes::add);
    if (changes.isEmpty()) {
      return withheld(source, target).stream()
          .map(constraint -> constraints.statement(securityClass, constraint))
          .distinct()
          .map(text -> new Remedy(new Change.OtherConstraint(text), List.of()))
          .toList();
    }
    return List.of(new Remedy(changes.getFirst(), List.copyOf(changes.subList(1, changes.size()))));
  }

  private boolean unconstrained(PolicyContext one, PolicyContext other) {
    return withheld(one, other).isEmpty();
  }

  /** The constraints that fail, those that fail for the types' bounds included. */
  private List<Constraint> withheld(PolicyContext one, PolicyContext other) {
    int mask = 0;
    for (String permission : permissions) {
      mask |= securityClass.bit(permission);
    }
    List<Constraint> found = new ArrayList<>();
    var types = server.policy().types();
    PolicyContext subject = one;
    PolicyContext object = other;
    while (true) {
      found.addAll(server.withholding(subject, object, securityClass.value(), mask));
      int parent = types.bounds(subject.type());
      if (parent == 0) {
        return found;
      }
      int bounds = types.bounds(object.type());
      subject = subject.withType(parent);
      object = bounds == 0 ? object : object.withType(bounds);
    }
  }

  /** Attributes that, given to a type or taken from it, make each failing constraint hold. */
  private Set<Change> attributes() {
    Set<Change> all = new LinkedHashSet<>();
    if (server.policy().types().bounds(source.type()) != 0) {
      return all; // the types above it would need them too
    }
    boolean first = true;
    for (Constraint constraint : withheld(source, target)) {
      Set<Change> its = attributes(constraint);
      if (first) {
        all.addAll(its);
      } else {
        all.retainAll(its);
      }
      first = false;
    }
    return all;
  }

  private Set<Change> attributes(Constraint constraint) {
    Set<Change> found = new LinkedHashSet<>();
    Expression expression = Expression.of(constraint);
    if (expression == null) {
      return found;
    }
    List<Expression.Blame> blames = new ArrayList<>();
    expression.blame(node -> constraints.test(node, source, target), true, blames);
    for (Expression.Blame blame : blames) {
      String attribute = constraints.attribute(blame.node());
      if (attribute != null) {
        boolean ofSource = blame.node().side() == ConstraintNode.Side.SOURCE;
        boolean give = (blame.node().operator() == ConstraintNode.Operator.EQ) == blame.wanted();
        String type = server.policy().types().names().name((ofSource ? source : target).type());
        Change.Attribute change = new Change.Attribute(type, attribute, give);
        if (expression.holds(node -> changed(node, change))) {
          found.add(change);
        }
      }
    }
    return found;
  }

  /** What a comparison would say were the attribute given or taken. */
  private boolean changed(ConstraintNode node, Change.Attribute change) {
    boolean ofSource = node.side() == ConstraintNode.Side.SOURCE;
    int type = (ofSource ? source : target).type();
    return change.attribute().equals(constraints.attribute(node))
            && change.type().equals(server.policy().types().names().name(type))
        ? (node.operator() == ConstraintNode.Operator.EQ) == change.give()
        : constraints.test(node, source, target);
  }
}
