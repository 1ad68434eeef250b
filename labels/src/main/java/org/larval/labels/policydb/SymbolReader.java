package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.ConstraintNode.Operand;

/**
 * Reads the eight symbol tables: classes with their commons, roles, types, users, booleans,
 * sensitivities, categories. Their records come in no order, and refer to tables that come later;
 * such references are checked when those are read.
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
  private final TableReader tables;
  private final ConstraintReader constraints;

  /** Where the records of roles, types, users and sensitivities begin, by value. */
  private int[] roleAt = new int[0];

  private int[] typeAt = new int[0];
  private int[] userAt = new int[0];
  private int[] levelAt = new int[0];

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
    this.tables = new TableReader(in);
    this.constraints = new ConstraintReader(in, version);
  }

  void read() throws PolicyFileException {
    ClassReader reader = new ClassReader(in, tables, version, constraints);
    reader.commons();
    reader.classes();
    classNames = reader.names;
    classes = reader.classes;
    roles();
    types();
    users();
    booleans();
    levels();
    categories();
    check();
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
    roleAt = new int[size];
    int count = in.count("roles", 37);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a role's name");
      int value = tables.value(roleNames, "a role");
      int bounds = in.number("a role's bounds", 0, roleNames.limit());
      String name = in.name(length, "a role's name");
      boolean object = name.equals(OBJECT_ROLE_NAME) && value == PolicyContext.OBJECT_ROLE && !seen;
      if (!object) {
        tables.enter(roleNames, name, value, record);
      }
      seen |= object;
      ValueSet dominates = in.values(roleNames, "the roles a role dominates");
      ValueSet types = in.bitmap("a role's types");
      if (!object) {
        roleBounds[value] = bounds;
        roleAt[value] = record;
        roleDominates[value] = dominates;
        roleTypes[value] = types;
      }
    }
    boundsEnd(roleNames, roleBounds, roleAt);
  }

  private void types() throws PolicyFileException {
    typeNames = tables.table(PolicySection.TYPES);
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
    typeAt = new int[typeBounds.length];
    Map<String, Integer> aliases = new LinkedHashMap<>();
    int count = in.count("types", 17);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a type's name");
      int value = tables.value(typeNames, "a type");
      int properties = in.u32("a type's properties");
      int bounds = in.number("a type's bounds", 0, typeNames.limit());
      String name = in.name(length, "a type's name");
      if ((properties & 3) == 0) {
        tables.enterAlias(typeNames, name, value, record, aliases);
      } else {
        tables.enter(typeNames, name, value, record);
        attribute[value] = (properties & 2) != 0;
        typeBounds[value] = bounds;
        typeAt[value] = record;
      }
    }
    tables.aliasesExist(typeNames, aliases);
    boundsEnd(typeNames, typeBounds, typeAt);
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
    userNames = tables.table(PolicySection.USERS);
    constraints.check(Operand.USER, userNames);
    users = new @Nullable User[userNames.limit() + 1];
    int[] bounds = new int[userNames.limit() + 1];
    userAt = new int[bounds.length];
    int count = in.count("users", 61);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a user's name");
      int value = tables.value(userNames, "a user");
      bounds[value] = in.number("a user's bounds", 0, userNames.limit());
      String name = in.name(length, "a user's name");
      tables.enter(userNames, name, value, record);
      ValueSet roles = in.values(roleNames, "a user's roles");
      MlsRange range = range("a user's range");
      MlsLevel level = level("a user's level");
      userAt[value] = record;
      users[value] = new User(name, bounds[value], roles, range, level);
    }
    boundsEnd(userNames, bounds, userAt);
  }

  /** Refuses bounds that do not exist, and those that go round in a circle. */
  private void boundsEnd(NameTable names, int[] bounds, int[] records) throws PolicyFileException {
    for (int value = 1; value < bounds.length; value++) {
      int depth = 0;
      for (int at = value; bounds[at] != 0; at = bounds[at]) {
        if (!names.has(bounds[at])) {
          throw in.wrongAt(
              records[value],
              "'" + names.name(at) + "' is bounded by " + bounds[at] + ", a number without name");
        }
        if (++depth == MAX_BOUNDS) {
          throw in.wrongAt(
              records[value],
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
    booleanNames = tables.table(PolicySection.BOOLEANS);
    booleans = new boolean[booleanNames.limit() + 1];
    int count = in.count("booleans", 13);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int value = tables.value(booleanNames, "a boolean");
      booleans[value] = in.number("a boolean's state", 0, 1) == 1;
      tables.enter(
          booleanNames, in.name(in.length("a boolean's name"), "a boolean's name"), value, record);
    }
  }

  private void levels() throws PolicyFileException {
    levelNames = tables.table(PolicySection.SENSITIVITIES);
    levelCategories = new CategorySet[levelNames.limit() + 1];
    levelAt = new int[levelCategories.length];
    Arrays.fill(levelCategories, CategorySet.EMPTY);
    Map<String, Integer> aliases = new LinkedHashMap<>();
    int count = in.count("sensitivities", 25);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a sensitivity's name");
      boolean alias = in.number("whether it is an alias", 0, 1) == 1;
      String name = in.name(length, "a sensitivity's name");
      int value = tables.value(levelNames, "a sensitivity");
      CategorySet categories = in.categories("a sensitivity's categories");
      if (alias) {
        tables.enterAlias(levelNames, name, value, record, aliases);
      } else {
        tables.enter(levelNames, name, value, record);
        levelCategories[value] = categories;
        levelAt[value] = record;
      }
    }
    tables.aliasesExist(levelNames, aliases);
  }

  private void categories() throws PolicyFileException {
    categoryNames = tables.table(PolicySection.CATEGORIES);
    Map<String, Integer> aliases = new LinkedHashMap<>();
    int count = in.count("categories", 13);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a category's name");
      int value = tables.value(categoryNames, "a category");
      boolean alias = in.number("whether it is an alias", 0, 1) == 1;
      String name = in.name(length, "a category's name");
      if (alias) {
        tables.enterAlias(categoryNames, name, value, record, aliases);
      } else {
        tables.enter(categoryNames, name, value, record);
      }
    }
    tables.aliasesExist(categoryNames, aliases);
  }

  // --- what refers to later tables ---

  private void check() throws PolicyFileException {
    for (int role = 1; role < roleTypes.length; role++) {
      if (roleTypes[role].highest() > typeNames.limit()) {
        throw in.wrongIn(
            PolicySection.ROLES,
            roleAt[role],
            "role '"
                + roleNames.name(role)
                + "' has a type "
                + roleTypes[role].highest()
                + " above "
                + typeNames.limit());
      }
    }
    for (int level = 1; level < levelCategories.length; level++) {
      existing(levelCategories[level], PolicySection.SENSITIVITIES, levelAt[level]);
    }
    for (int value = 1; mls && value < users.length; value++) {
      User user = users[value];
      if (user != null) {
        existing(user.range().low(), userAt[value]);
        existing(user.range().high(), userAt[value]);
        existing(user.level(), userAt[value]);
      }
    }
  }

  private void existing(MlsLevel level, int record) throws PolicyFileException {
    if (!levelNames.has(level.sensitivity() + 1)) {
      throw in.wrongIn(
          PolicySection.USERS,
          record,
          "the user has a sensitivity " + (level.sensitivity() + 1) + ", which does not exist");
    }
    existing(level.categories(), PolicySection.USERS, record);
  }

  private void existing(CategorySet set, PolicySection section, int record)
      throws PolicyFileException {
    for (int category = set.next(0); category >= 0; category = set.next(category + 1)) {
      if (!categoryNames.has(category + 1)) {
        throw in.wrongIn(
            section, record, "there is a category " + (category + 1) + ", which does not exist");
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

  Roles rolesRead() {
    return new Roles(roleNames, roleDominates, roleTypes, roleBounds);
  }

  Sensitivities sensitivitiesRead() {
    return new Sensitivities(levelNames, levelCategories, categoryNames);
  }
}
