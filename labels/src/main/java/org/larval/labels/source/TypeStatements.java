package org.larval.labels.source;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.source.RuleSheet.ConditionalRules;
import org.larval.labels.source.RuleSheet.RuleKey;
import org.larval.labels.source.StatementSets.Types;
import org.larval.labels.source.TransitionSheet.NameKey;

/** Reads the rules of types, which may stand under a condition, and allow between roles. */
final class TypeStatements {
  static final String A_RULE =
      "allow, auditallow, dontaudit, type_transition, type_member or type_change";

  private final PolicyBuilder policy;
  private final StatementScanner scanner;
  private final StatementSets sets;

  TypeStatements(PolicyBuilder policy, StatementScanner scanner, StatementSets sets) {
    this.policy = policy;
    this.scanner = scanner;
    this.sets = sets;
  }

  /** Reads one rule, into a block if there is one. */
  void rule(@Nullable ConditionalRules block, boolean whenTrue, String right) {
    switch (scanner.token()) {
      case "allow" -> vector(RuleSheet.ALLOW, block, whenTrue);
      case "auditallow" -> vector(RuleSheet.AUDITALLOW, block, whenTrue);
      case "dontaudit" -> vector(RuleSheet.AUDITDENY, block, whenTrue);
      case "type_transition" -> newType(RuleSheet.TRANSITION, block, whenTrue);
      case "type_member" -> newType(RuleSheet.MEMBER, block, whenTrue);
      case "type_change" -> newType(RuleSheet.CHANGE, block, whenTrue);
      case "allowxperm" -> commands(RuleSheet.ALLOWXPERM, block);
      case "auditallowxperm" -> commands(RuleSheet.AUDITALLOWXPERM, block);
      case "dontauditxperm" -> commands(RuleSheet.DONTAUDITXPERM, block);
      default -> throw scanner.unexpected(block == null ? right : A_RULE);
    }
  }

  private void vector(int kind, @Nullable ConditionalRules block, boolean whenTrue) {
    scanner.take();
    if (kind == RuleSheet.ALLOW && block == null && roleAllow()) {
      return;
    }
    Types sources = sets.types("the source's type", false);
    Types targets = sets.types("the target's type or 'self'", true);
    scanner.expect(":", "':' and a class after the target");
    List<Integer> classes = sets.classes();
    int[] permissions = sets.permissions(classes);
    scanner.checked(
        () -> {
          for (int i = 0; i < permissions.length; i++) {
            int at = classes.get(i);
            int vector = permissions[i];
            sets.pairs(
                sources,
                targets,
                (source, target) ->
                    policy.rules.vector(
                        block, whenTrue, new RuleKey(source, target, at, kind), vector));
          }
          return true;
        });
    sets.end();
  }

  /** Rules for single commands, which are given to types one by one. */
  private void commands(int kind, @Nullable ConditionalRules block) {
    if (block != null) {
      throw scanner.wrong(
          "'" + scanner.token() + "' cannot be conditional in a policy of version 33",
          "it outside of conditions");
    }
    scanner.take();
    Types sources = sets.types("the source's type", false);
    Types targets = sets.types("the target's type or 'self'", true);
    scanner.expect(":", "':' and a class after the target");
    List<Integer> classes = sets.classes();
    if (!scanner.at("ioctl")) {
      throw scanner.unexpected("'ioctl'");
    }
    for (int securityClass : classes) {
      scanner.checked(() -> policy.classes.entry(securityClass).permissions().known("ioctl"));
    }
    scanner.take();
    BitSet commands = sets.commands();
    scanner.checked(
        () -> {
          for (int securityClass : classes) {
            sets.pairs(
                sources,
                targets,
                (source, target) ->
                    policy.rules.commands(
                        new RuleKey(source, target, securityClass, kind), commands));
          }
          return true;
        });
    sets.end();
  }

  private void newType(int kind, @Nullable ConditionalRules block, boolean whenTrue) {
    scanner.take();
    Types sources = sets.expanded(sets.types("the source's type", false));
    Types targets = sets.expanded(sets.types("the target's type or 'self'", true));
    scanner.expect(":", "':' and a class after the target");
    List<Integer> classes = sets.classes();
    int type = sets.oneType();
    if (kind == RuleSheet.TRANSITION && block == null && scanner.atQuoted()) {
      String name = scanner.takeQuoted();
      classes.forEach(each -> named(sources, targets, each, type, name));
      sets.end();
      return;
    }
    for (int securityClass : classes) {
      sets.pairs(
          sources,
          targets,
          (source, target) -> {
            RuleKey key = new RuleKey(source, target, securityClass, kind);
            if (!policy.rules.type(block, whenTrue, key, type)) {
              throw scanner.wrong(
                  "another rule gives "
                      + policy.types.names.name(source)
                      + " and "
                      + policy.types.names.name(target)
                      + ":"
                      + policy.classes.names.name(securityClass)
                      + " a new type already",
                  "one rule for them, or both branches of one 'if'");
            }
          });
    }
    sets.end();
  }

  private void named(Types sources, Types targets, int securityClass, int type, String name) {
    sets.pairs(
        sources,
        targets,
        (source, target) -> {
          NameKey key = new NameKey(name, target, securityClass);
          if (!policy.transitions.name(key, source, type)) {
            throw scanner.wrong(
                "another rule gives \"" + name + "\" a new type already", "one rule for it");
          }
        });
  }

  /** Reads {@code allow ROLES ROLES;}, which has no colon; false if it is a rule of types. */
  private boolean roleAllow() {
    boolean role =
        policy.roles.value(scanner.at("{") ? scanner.afterToken() : scanner.token()) != 0;
    if (!role) {
      return false;
    }
    StatementSets.pairs(
        sets.roles(),
        sets.roles(),
        (from, to) -> policy.transitions.roleAllows.add(new int[] {from, to}));
    sets.end();
    return true;
  }
}
