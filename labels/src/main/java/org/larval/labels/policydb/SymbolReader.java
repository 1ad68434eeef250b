package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.ConstraintNode.Operand;
import org.larval.labels.policydb.PolicyClass.Default;
import org.larval.labels.policydb.PolicyClass.DefaultRange;

/**
 * Reads the eight symbol tables: commons, classes, roles, types, users, booleans, sensitivities,
 * categories. Their records come in no order, and refer to tables that come later; such references
 * are checked when those are read.
 */
final class SymbolReader {
  /**
   * How many types may bound each other in a row, from child to parent (POLICYDB_BOUNDS_MAXDEPTH).
   */
  static final int MAX_BOUNDS = 4;

  private static final String OBJECT_ROLE_NAME = "object_r";

  private final PolicyInput in;
  private final int version;
  private final boolean mls;
  private final ConstraintReader constraints;

  private final Map<String, NameTable> commons = new HashMap<>();
  NameTable classNames = new NameTable(0);
  @Nullable PolicyClass[] classes = new @Nullable PolicyClass[0];
  NameTable roleNames = new NameTable(0);
  ValueSet[] roleDominates = new ValueSet[0];
  ValueSet[] roleTypes = new ValueSet[0];
  int[] roleBounds = new int[0];
  NameTable typeNames = new NameTable(0);
  boolean[] attribute = new boolean[0];
  int[] typeBounds = new int[0];
  NameTable userNames = new NameTable(0);
  @Nullable User[] users = new @Nullable User[0];
  NameTable booleanNames = new NameTable(0);
  boolean[] booleans = new boolean[0];
  NameTable levelNames = new NameTable(0);
  CategorySet[] levelCategories = new CategorySet[0];
  NameTable categoryNames = new NameTable(0);

  SymbolReader(PolicyInput in, int version, boolean mls) {
    this.in = in;
    this.version = version;
    this.mls = mls;
    this.constraints = new ConstraintReader(in, version);
  }

  void read() throws PolicyFileException {
    commons();
    classes();
    roles();
    types();
    users();
    booleans();
    levels();
    categories();
    check();
  }

  private NameTable table(PolicySection section) throws PolicyFileException {
    in.enter(section);
    return new NameTable(in.number("the highest value", 0, PolicyInput.MAX_VALUE));
  }

  private int value(NameTable table, String what) throws PolicyFileException {
    return in.number(what + "'s value", 1, table.limit());
  }

  /** Enters a primary name. */
  private void enter(NameTable table, String name, int value, int record)
      throws PolicyFileException {
    if (!table.alias(name, value)) {
      throw in.wrongAt(record, "'" + name + "' is there twice");
    }
    if (!table.primary(name, value)) {
      throw in.wrongAt(
          record, "'" + name + "' and '" + table.name(value) + "' have the same value " + value);
    }
  }

  private void enterAlias(NameTable table, String name, int value, int record)
      throws PolicyFileException {
    if (!table.alias(name, value)) {
      throw in.wrongAt(record, "'" + name + "' is there twice");
    }
  }

  private void aliasesExist(NameTable table) throws PolicyFileException {
    for (int value : table.all().values()) {
      if (!table.has(value)) {
        String alias =
            table.all().entrySet().stream()
                .filter(e -> e.getValue() == value)
                .map(Map.Entry::getKey)
                .min(String::compareTo)
                .orElse("");
        throw in.wrong("'" + alias + "' is an alias of value " + value + ", which has no name");
      }
    }
  }

  // --- commons and classes ---

  private void commons() throws PolicyFileException {
    NameTable names = table(PolicySection.COMMONS);
    int count = in.count("commons", 17);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a common's name");
      int value = value(names, "a common");
      int limit = in.number("the highest permission", 0, 32);
      int permissions = in.count("permissions", 9);
      String name = in.name(length, "a common's name");
      enter(names, name, value, record);
      NameTable own = new NameTable(limit);
      permissions(own, permissions);
      commons.put(name, own);
    }
  }

  private void permissions(NameTable table, int count) throws PolicyFileException {
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a permission's name");
      int value = value(table, "a permission");
      enter(table, in.name(length, "a permission's name"), value, record);
    }
  }

  private void classes() throws PolicyFileException {
    classNames = table(PolicySection.CLASSES);
    classes = new @Nullable PolicyClass[classNames.limit() + 1];
    int count = in.count("classes", 29);
    for (int i = 0; i < count; i++) {
      oneClass();
    }
  }

  private void oneClass() throws PolicyFileException {
    int record = in.offset();
    int length = in.length("a class's name");
    int commonLength = in.count("bytes of the common's name", 1);
    int value = value(classNames, "a class");
    int limit = in.number("the highest permission", 0, 32);
    int ownPermissions = in.count("permissions", 9);
    int constraintCount = in.count("constraints", 20);
    String name = in.name(length, "a class's name");
    enter(classNames, name, value, record);
    NameTable permissions = new NameTable(limit);
    if (commonLength > 0) {
      inherit(permissions, in.name(commonLength, "the common's name"));
    }
    permissions(permissions, ownPermissions);
    List<Constraint> checks = constraints.read(constraintCount, false);
    List<Constraint> validations = constraints.read(in.count("validatetrans", 20), true);
    Default user = Default.UNSET;
    Default role = Default.UNSET;
    Default type = Default.UNSET;
    DefaultRange range = DefaultRange.UNSET;
    if (version >= 27) {
      user = Default.values()[in.number("default_user", 0, 2)];
      role = Default.values()[in.number("default_role", 0, 2)];
      range = DefaultRange.values()[in.number("default_range", 0, version >= 32 ? 7 : 6)];
    }
    if (version >= 28) {
      type = Default.values()[in.number("default_type", 0, 2)];
    }
    classes[value] =
        new PolicyClass(name, value, permissions, checks, validations, user, role, type, range);
  }

  private void inherit(NameTable permissions, String common) throws PolicyFileException {
    NameTable inherited = commons.get(common);
    if (inherited == null) {
      throw in.wrong("there is no common '" + common + "'");
    }
    if (inherited.limit() > permissions.limit()) {
      throw in.wrong("common '" + common + "' has more permissions than its class");
    }
    for (int value = 1; value <= inherited.limit(); value++) {
      String name = inherited.nameOrNull(value);
      if (name != null) {
        permissions.alias(name, value);
        permissions.primary(name, value);
      }
    }
  }

  // --- roles, types, users ---

  private void roles() throws PolicyFileException {
    in.enter(PolicySection.ROLES);
    roleNames =
        new NameTable(Math.max(1, in.number("the highest value", 0, PolicyInput.MAX_VALUE)));
    constraints.check(Operand.ROLE, roleNames);
    int size = roleNames.limit() + 1;
    // exists in every policy, whether it has a record or not
    roleNames.alias(OBJECT_ROLE_NAME, PolicyContext.OBJECT_ROLE);
    roleNames.primary(OBJECT_ROLE_NAME, PolicyContext.OBJECT_ROLE);
    boolean seen = false;
    roleDominates = new ValueSet[size];
    roleTypes = new ValueSet[size];
    Arrays.fill(roleDominates, ValueSet.EMPTY);
    Arrays.fill(roleTypes, ValueSet.EMPTY);
    roleBounds = new int[size];
    int count = in.count("roles", 37);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a role's name");
      int value = value(roleNames, "a role");
      int bounds = in.number("a role's bounds", 0, roleNames.limit());
      String name = in.name(length, "a role's name");
      boolean object = name.equals(OBJECT_ROLE_NAME) && value == PolicyContext.OBJECT_ROLE && !seen;
      if (!object) {
        enter(roleNames, name, value, record);
      }
      seen |= object;
      ValueSet dominates = in.values(roleNames, "the roles a role dominates");
      ValueSet types = in.bitmap("a role's types");
      if (!object) {
        roleBounds[value] = bounds;
        roleDominates[value] = dominates;
        roleTypes[value] = types;
      }
    }
    boundsEnd(roleNames, roleBounds);
  }

  private void types() throws PolicyFileException {
    typeNames = table(PolicySection.TYPES);
    if (typeNames.limit() > in.remaining() / 12) {
      throw in.wrong(
          "a map of the attributes of "
              + typeNames.limit()
              + " types does not fit into the "
              + in.remaining()
              + " bytes left");
    }
    constraints.check(Operand.TYPE, typeNames);
    attribute = new boolean[typeNames.limit() + 1];
    typeBounds = new int[typeNames.limit() + 1];
    int count = in.count("types", 17);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a type's name");
      int value = value(typeNames, "a type");
      int properties = in.u32("a type's properties");
      int bounds = in.number("a type's bounds", 0, typeNames.limit());
      String name = in.name(length, "a type's name");
      if ((properties & 3) == 0) {
        enterAlias(typeNames, name, value, record);
      } else {
        enter(typeNames, name, value, record);
        attribute[value] = (properties & 2) != 0;
        typeBounds[value] = bounds;
      }
    }
    aliasesExist(typeNames);
    boundsEnd(typeNames, typeBounds);
    for (int type = 1; type < typeBounds.length; type++) {
      if (attribute[typeBounds[type]]) {
        throw in.wrong(
            "type '"
                + typeNames.name(type)
                + "' is bounded by an attribute, '"
                + typeNames.name(typeBounds[type])
                + "'");
      }
    }
  }

  private void users() throws PolicyFileException {
    userNames = table(PolicySection.USERS);
    constraints.check(Operand.USER, userNames);
    users = new @Nullable User[userNames.limit() + 1];
    int[] bounds = new int[userNames.limit() + 1];
    int count = in.count("users", 61);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a user's name");
      int value = value(userNames, "a user");
      bounds[value] = in.number("a user's bounds", 0, userNames.limit());
      String name = in.name(length, "a user's name");
      enter(userNames, name, value, record);
      ValueSet roles = in.values(roleNames, "a user's roles");
      MlsRange range = range("a user's range");
      MlsLevel level = level("a user's level");
      users[value] = new User(name, bounds[value], roles, range, level);
    }
    boundsEnd(userNames, bounds);
  }

  /** Refuses bounds that do not exist, and those that go round in a circle. */
  private void boundsEnd(NameTable names, int[] bounds) throws PolicyFileException {
    for (int value = 1; value < bounds.length; value++) {
      int depth = 0;
      for (int at = value; bounds[at] != 0; at = bounds[at]) {
        if (!names.has(bounds[at])) {
          throw in.wrong(
              "'" + names.name(at) + "' is bounded by " + bounds[at] + ", a number without name");
        }
        if (++depth == MAX_BOUNDS) {
          throw in.wrong(
              "the bounds of '"
                  + names.name(value)
                  + "' go up "
                  + MAX_BOUNDS
                  + " steps or round in a circle");
        }
      }
    }
  }

  // --- booleans, sensitivities, categories ---

  private void booleans() throws PolicyFileException {
    booleanNames = table(PolicySection.BOOLEANS);
    booleans = new boolean[booleanNames.limit() + 1];
    int count = in.count("booleans", 13);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int value = value(booleanNames, "a boolean");
      booleans[value] = in.number("a boolean's state", 0, 1) == 1;
      enter(
          booleanNames, in.name(in.length("a boolean's name"), "a boolean's name"), value, record);
    }
  }

  private void levels() throws PolicyFileException {
    levelNames = table(PolicySection.SENSITIVITIES);
    levelCategories = new CategorySet[levelNames.limit() + 1];
    Arrays.fill(levelCategories, CategorySet.EMPTY);
    int count = in.count("sensitivities", 25);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a sensitivity's name");
      boolean alias = in.number("whether it is an alias", 0, 1) == 1;
      String name = in.name(length, "a sensitivity's name");
      int value = value(levelNames, "a sensitivity");
      CategorySet categories = in.categories("a sensitivity's categories");
      if (alias) {
        enterAlias(levelNames, name, value, record);
      } else {
        enter(levelNames, name, value, record);
        levelCategories[value] = categories;
      }
    }
    aliasesExist(levelNames);
  }

  private void categories() throws PolicyFileException {
    categoryNames = table(PolicySection.CATEGORIES);
    int count = in.count("categories", 13);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a category's name");
      int value = value(categoryNames, "a category");
      boolean alias = in.number("whether it is an alias", 0, 1) == 1;
      String name = in.name(length, "a category's name");
      if (alias) {
        enterAlias(categoryNames, name, value, record);
      } else {
        enter(categoryNames, name, value, record);
      }
    }
    aliasesExist(categoryNames);
  }

  // --- what refers to later tables ---

  private void check() throws PolicyFileException {
    for (int role = 1; role < roleTypes.length; role++) {
      if (roleTypes[role].highest() > typeNames.limit()) {
        throw in.wrong(
            "role '"
                + roleNames.name(role)
                + "' has a type "
                + roleTypes[role].highest()
                + " above "
                + typeNames.limit());
      }
    }
    for (CategorySet set : levelCategories) {
      existing(set, "a sensitivity");
    }
    if (mls) {
      for (User user : users) {
        if (user != null) {
          existing(user.range().low(), user.name());
          existing(user.range().high(), user.name());
          existing(user.level(), user.name());
        }
      }
    }
  }

  private void existing(MlsLevel level, String user) throws PolicyFileException {
    if (!levelNames.has(level.sensitivity() + 1)) {
      throw in.wrong(
          "user '"
              + user
              + "' has a sensitivity "
              + (level.sensitivity() + 1)
              + ", which does not exist");
    }
    existing(level.categories(), "user '" + user + "'");
  }

  private void existing(CategorySet set, String whose) throws PolicyFileException {
    for (int category = set.next(0); category >= 0; category = set.next(category + 1)) {
      if (!categoryNames.has(category + 1)) {
        throw in.wrong(whose + " has a category " + (category + 1) + ", which does not exist");
      }
    }
  }

  // --- levels ---

  private int sensitivity() throws PolicyFileException {
    return in.number("a sensitivity", mls ? 1 : 0, PolicyInput.MAX_VALUE);
  }

  private MlsLevel level(String what) throws PolicyFileException {
    int sensitivity = sensitivity();
    CategorySet categories = in.categories(what);
    return mls ? new MlsLevel(sensitivity - 1, categories) : MlsLevel.LOWEST;
  }

  /** A range; without MLS it means nothing. */
  MlsRange range(String what) throws PolicyFileException {
    int start = in.offset();
    int ends = in.number("the number of levels of " + what, 1, 2);
    int low = sensitivity();
    int high = ends == 2 ? sensitivity() : low;
    CategorySet lowCategories = in.categories(what);
    CategorySet highCategories = ends == 2 ? in.categories(what) : lowCategories;
    if (!mls) {
      return PolicyContext.NO_RANGE;
    }
    MlsLevel bottom = new MlsLevel(low - 1, lowCategories);
    MlsLevel top = ends == 2 ? new MlsLevel(high - 1, highCategories) : bottom;
    if (!top.dominates(bottom)) {
      throw in.wrongAt(start, "the high level of " + what + " does not dominate the low one");
    }
    return new MlsRange(bottom, top);
  }

  // --- results ---

  PolicyClass classOf(int value) {
    return Objects.requireNonNull(classes[value]);
  }

  Roles rolesRead() {
    return new Roles(roleNames, roleDominates, roleTypes, roleBounds);
  }

  Sensitivities sensitivitiesRead() {
    return new Sensitivities(levelNames, levelCategories, categoryNames);
  }
}
