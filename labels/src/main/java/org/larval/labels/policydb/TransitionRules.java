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

  /** The same rules, found by what they are asked for. */
  static final class Index {
    private record Three(int one, int two, int securityClass) {}

    private record Named(String name, int target, int securityClass) {}

    private final Map<Three, Integer> roles = new HashMap<>();
    private final Set<RoleAllow> allows;
    private final Map<Named, List<FilenameTransition>> names = new HashMap<>();
    private final Map<Three, MlsRange> ranges = new HashMap<>();

    Index(TransitionRules rules) {
      for (RoleTransition rule : rules.roleTransitions) {
        roles.putIfAbsent(new Three(rule.role, rule.type, rule.securityClass), rule.newRole);
      }
      allows = new HashSet<>(rules.roleAllows);
      for (FilenameTransition rule : rules.filenameTransitions) {
        names
            .computeIfAbsent(
                new Named(rule.name, rule.target, rule.securityClass), key -> new ArrayList<>(1))
            .add(rule);
      }
      for (RangeTransition rule : rules.rangeTransitions) {
        ranges.put(new Three(rule.source, rule.target, rule.securityClass), rule.range);
      }
    }

    /** The new role, or 0. */
    int role(int role, int type, int securityClass) {
      return roles.getOrDefault(new Three(role, type, securityClass), 0);
    }

    boolean mayBecome(int role, int newRole) {
      return allows.contains(new RoleAllow(role, newRole));
    }

    /** The new type, or 0. */
    int type(String name, int source, int target, int securityClass) {
      for (FilenameTransition rule :
          names.getOrDefault(new Named(name, target, securityClass), List.of())) {
        if (rule.sources.contains(source)) {
          return rule.newType;
        }
      }
      return 0;
    }

    @Nullable MlsRange range(int source, int target, int securityClass) {
      return ranges.get(new Three(source, target, securityClass));
    }
  }
}
