package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rules of a policy in the making, those for the same types and class put together. */
final class RuleSheet {
  static final int ALLOW = 1;
  static final int AUDITALLOW = 2;
  static final int AUDITDENY = 4;
  static final int TRANSITION = 0x10;
  static final int MEMBER = 0x20;
  static final int CHANGE = 0x40;
  static final int ALLOWXPERM = 0x100;
  static final int AUDITALLOWXPERM = 0x200;
  static final int DONTAUDITXPERM = 0x400;

  /** How many rules there may be when all sets are multiplied out. */
  static final int MAX_RULES = 1_000_000;

  /** The same for rules about commands, each of which takes 8 kB. */
  static final int MAX_COMMAND_RULES = 10_000;

  /** What a rule is about; values of types, attributes and a class. */
  record RuleKey(int source, int target, int securityClass, int kind)
      implements Comparable<RuleKey> {
    @Override
    public int compareTo(RuleKey other) {
      int bySource = Integer.compare(source, other.source);
      int byTarget = bySource == 0 ? Integer.compare(target, other.target) : bySource;
      int byClass = byTarget == 0 ? Integer.compare(securityClass, other.securityClass) : byTarget;
      return byClass == 0 ? Integer.compare(kind, other.kind) : byClass;
    }
  }

  /** Rules under a condition, with the number of their block. */
  record ConditionalRules(
      int number,
      List<Expressions.Step> condition,
      Map<RuleKey, Integer> whenTrue,
      Map<RuleKey, Integer> whenFalse) {}

  final Map<RuleKey, Integer> always = new TreeMap<>();

  /** Commands of ioctl, which are never conditional. */
  final Map<RuleKey, BitSet> commands = new TreeMap<>();

  final List<ConditionalRules> blocks = new ArrayList<>();
  private final Map<RuleKey, Integer> conditionalTypes = new TreeMap<>();
  private int count;

  ConditionalRules block(List<Expressions.Step> condition) {
    ConditionalRules block =
        new ConditionalRules(blocks.size(), condition, new TreeMap<>(), new TreeMap<>());
    blocks.add(block);
    return block;
  }

  /** Adds permissions to allow or to audit, or takes away those not to be audited. */
  void vector(@Nullable ConditionalRules block, boolean whenTrue, RuleKey key, int permissions) {
    Map<RuleKey, Integer> table = table(block, whenTrue);
    if (key.kind == AUDITDENY) {
      table.merge(key, ~permissions, (one, other) -> one & other);
    } else {
      table.merge(key, permissions, (one, other) -> one | other);
    }
    count();
  }

  /** Adds commands of ioctl, numbers below 0x10000. */
  void commands(RuleKey key, BitSet numbers) {
    commands.computeIfAbsent(key, none -> new BitSet()).or(numbers);
    if (commands.size() > MAX_COMMAND_RULES) {
      throw new IllegalArgumentException(
          "the sets of the rules for commands multiply to more than "
              + MAX_COMMAND_RULES
              + "; use attributes");
    }
  }

  private void count() {
    if (++count > MAX_RULES) {
      throw new IllegalArgumentException(
          "the sets of the rules multiply to more than " + MAX_RULES + "; use attributes");
    }
  }

  /** Sets the type of new objects; false if another rule says otherwise. */
  boolean type(@Nullable ConditionalRules block, boolean whenTrue, RuleKey key, int type) {
    if (block == null ? conditionalTypes.containsKey(key) : always.containsKey(key)) {
      return false;
    }
    if (block != null) {
      Integer other = conditionalTypes.putIfAbsent(key, block.number);
      if (other != null && other != block.number) {
        return false;
      }
    }
    Integer known = table(block, whenTrue).putIfAbsent(key, type);
    count();
    return known == null || known.intValue() == type;
  }

  private Map<RuleKey, Integer> table(@Nullable ConditionalRules block, boolean whenTrue) {
    return block == null ? always : whenTrue ? block.whenTrue : block.whenFalse;
  }
}
