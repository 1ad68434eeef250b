package org.larval.labels.policydb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsRange;

/**
 * What a new object's role, type and range come from besides the rules of types.
 *
 * @param roleTransitions in the file's order
 * @param roleAllows in the file's order
 * @param filenameTransitions in the file's order
 * @param rangeTransitions in the file's order
 */
public record TransitionRules(
    List<RoleTransition> roleTransitions,
    List<RoleAllow> roleAllows,
    List<FilenameTransition> filenameTransitions,
    List<RangeTransition> rangeTransitions) {

  /**
   * A new role.
   *
   * @param role of the source
   * @param type of the target
   * @param securityClass of the new object
   * @param newRole its role
   */
  public record RoleTransition(int role, int type, int securityClass, int newRole) {}

  /**
   * A process of one role may become one of another.
   *
   * @param role before
   * @param newRole after
   */
  public record RoleAllow(int role, int newRole) {}

  /**
   * A new type for an object of a name.
   *
   * @param name the last part of its path, one character per byte
   * @param sources types of the source
   * @param target type of the target
   * @param securityClass of the new object
   * @param newType its type
   */
  public record FilenameTransition(
      String name, ValueSet sources, int target, int securityClass, int newType) {}

  /**
   * A new range.
   *
   * @param source type of the source
   * @param target type of the target
   * @param securityClass of the new object
   * @param range its range
   */
  public record RangeTransition(int source, int target, int securityClass, MlsRange range) {}

  /**
   * The same rules, found by what they are asked for. The keys are numbers, whose order keeps
   * look-ups short even if somebody made many of them collide.
   */
  static final class Index {
    private final Map<Long, Integer> roles = new HashMap<>();
    private final Set<Long> allows = new HashSet<>();
    private final Map<String, Map<Long, List<FilenameTransition>>> names = new HashMap<>();
    private final Map<Long, MlsRange> ranges = new HashMap<>();

    Index(TransitionRules rules) {
      for (RoleTransition rule : rules.roleTransitions) {
        roles.putIfAbsent(key(rule.role, rule.type, rule.securityClass), rule.newRole);
      }
      for (RoleAllow rule : rules.roleAllows) {
        allows.add(key(rule.role, rule.newRole, 0));
      }
      for (FilenameTransition rule : rules.filenameTransitions) {
        names
            .computeIfAbsent(rule.name, name -> new HashMap<>())
            .computeIfAbsent(key(0, rule.target, rule.securityClass), key -> new ArrayList<>(1))
            .add(rule);
      }
      for (RangeTransition rule : rules.rangeTransitions) {
        ranges.put(key(rule.source, rule.target, rule.securityClass), rule.range);
      }
    }

    private static long key(int one, int two, int securityClass) {
      return (long) one << 32 | (long) two << 16 | securityClass;
    }

    /** The new role, or 0. */
    int role(int role, int type, int securityClass) {
      return roles.getOrDefault(key(role, type, securityClass), 0);
    }

    boolean mayBecome(int role, int newRole) {
      return allows.contains(key(role, newRole, 0));
    }

    /** The new type, or 0. */
    int type(String name, int source, int target, int securityClass) {
      for (FilenameTransition rule :
          names
              .getOrDefault(name, Map.of())
              .getOrDefault(key(0, target, securityClass), List.of())) {
        if (rule.sources.contains(source)) {
          return rule.newType;
        }
      }
      return 0;
    }

    @Nullable MlsRange range(int source, int target, int securityClass) {
      return ranges.get(key(source, target, securityClass));
    }
  }
}
