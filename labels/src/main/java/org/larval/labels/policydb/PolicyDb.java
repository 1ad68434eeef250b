package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A policy as it was read. It never changes; {@link SecurityServer} adds the booleans' present
 * state and answers questions.
 */
public final class PolicyDb {
  /** What becomes of classes and permissions that the policy does not know. */
  public enum HandleUnknown {
    /** They are refused. */
    DENY,
    /** The whole policy is. */
    REJECT,
    /** They are granted. */
    ALLOW
  }

  /** How many there are of what, as the file counts. */
  public record Counts(
      int rules, int conditionalRules, int constraints, int validations, int extended) {}

  private final int version;
  private final boolean mls;
  private final HandleUnknown handleUnknown;
  private final ValueSet capabilities;
  private final ValueSet permissive;
  private final ValueSet neveraudit;
  private final NameTable classNames;
  private final @Nullable PolicyClass[] classes;
  private final Roles roles;
  private final Types types;
  private final NameTable userNames;
  private final @Nullable User[] users;
  private final NameTable booleanNames;
  private final boolean[] booleans;
  private final Sensitivities sensitivities;
  private final RuleTable vectors;
  private final RuleTable typeRules;
  private final RuleTable extendedRules;
  private final List<ExtendedPermissions> extendedPermissions;
  private final Conditionals conditionals;
  private final TransitionRules transitions;
  private final ObjectContexts objects;
  private final Contexts contexts;
  private final Counts counts;

  PolicyDb(
      int version,
      boolean mls,
      HandleUnknown handleUnknown,
      ValueSet capabilities,
      ValueSet permissive,
      ValueSet neveraudit,
      SymbolReader symbols,
      Roles roles,
      Types types,
      Sensitivities sensitivities,
      RuleReader rules,
      RuleTable vectors,
      RuleTable typeRules,
      Conditionals conditionals,
      TransitionRules transitions,
      ObjectContexts objects,
      Contexts contexts) {
    this.version = version;
    this.mls = mls;
    this.handleUnknown = handleUnknown;
    this.capabilities = capabilities;
    this.permissive = permissive;
    this.neveraudit = neveraudit;
    this.classNames = symbols.classNames;
    this.classes = symbols.classes;
    this.roles = roles;
    this.types = types;
    this.userNames = symbols.userNames;
    this.users = symbols.users;
    this.booleanNames = symbols.booleanNames;
    this.booleans = symbols.booleans;
    this.sensitivities = sensitivities;
    this.vectors = vectors;
    this.typeRules = typeRules;
    this.extendedRules = rules.extended.build();
    this.extendedPermissions = List.copyOf(rules.permissions);
    this.conditionals = conditionals;
    this.transitions = transitions;
    this.objects = objects;
    this.contexts = contexts;
    int checks = 0;
    int validations = 0;
    for (PolicyClass each : classes) {
      checks += each == null ? 0 : each.constraints().size();
      validations += each == null ? 0 : each.validations().size();
    }
    this.counts =
        new Counts(
            rules.unconditional,
            conditionals.rules(),
            checks,
            validations,
            extendedPermissions.size());
  }

  /** The version of its format. */
  public int version() {
    return version;
  }

  /** Whether contexts have ranges. */
  public boolean mls() {
    return mls;
  }

  /** What becomes of unknown classes and permissions. */
  public HandleUnknown handleUnknown() {
    return handleUnknown;
  }

  /** Whether the policy has a capability. */
  public boolean has(Capability capability) {
    return capabilities.bit(capability.ordinal());
  }

  /** The bits of all capabilities, counted from 0, unknown ones included. */
  public int[] capabilityBits() {
    return Arrays.stream(capabilities.toArray()).map(value -> value - 1).toArray();
  }

  /** Whether denials of a source of this type are logged and let pass. */
  public boolean permissive(int type) {
    return permissive.bit(type);
  }

  /** Whether denials of a source of this type are never logged. */
  public boolean neveraudit(int type) {
    return neveraudit.bit(type);
  }

  /** The names of the classes. */
  public NameTable classNames() {
    return classNames;
  }

  /** A class by its value, or null. */
  public @Nullable PolicyClass securityClass(int value) {
    return value > 0 && value < classes.length ? classes[value] : null;
  }

  /** A class by its name, or null. */
  public @Nullable PolicyClass securityClass(String name) {
    return securityClass(classNames.value(name));
  }

  /** The roles. */
  public Roles roles() {
    return roles;
  }

  /** The types. */
  public Types types() {
    return types;
  }

  /** The names of the users. */
  public NameTable userNames() {
    return userNames;
  }

  /** A user that exists. */
  public User user(int value) {
    return Objects.requireNonNull(users[value]);
  }

  /** The names of the booleans. */
  public NameTable booleanNames() {
    return booleanNames;
  }

  /** How a boolean stands in the file. */
  public boolean booleanInFile(int value) {
    return booleans[value];
  }

  boolean[] booleans() {
    return booleans;
  }

  /** The sensitivities and categories. */
  public Sensitivities sensitivities() {
    return sensitivities;
  }

  RuleTable vectors() {
    return vectors;
  }

  RuleTable typeRules() {
    return typeRules;
  }

  RuleTable extendedRules() {
    return extendedRules;
  }

  /**
   * Every rule about permissions and new types as it stands in the file, attributes unexpanded, in
   * an order that is always the same; those of extended permissions are left out.
   */
  public void forEachRule(Consumer<TypeRule> visitor) {
    RuleTable.Visitor all =
        (securityClass, source, rule) ->
            visitor.accept(TypeRule.of(this, securityClass, source, rule));
    vectors.forEach(all);
    typeRules.forEach(all);
  }

  ExtendedPermissions extendedPermissions(int number) {
    return extendedPermissions.get(number);
  }

  /** The conditional rules. */
  public Conditionals conditionals() {
    return conditionals;
  }

  /** Transitions of roles, names and ranges. */
  public TransitionRules transitions() {
    return transitions;
  }

  /** The contexts of ports, interfaces, nodes and initial SIDs. */
  public ObjectContexts objects() {
    return objects;
  }

  /** Its contexts as text. */
  public Contexts contexts() {
    return contexts;
  }

  /** How many rules and constraints there are. */
  public Counts counts() {
    return counts;
  }
}
