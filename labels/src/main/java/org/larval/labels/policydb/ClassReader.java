package org.larval.labels.policydb;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.PolicyClass.Default;
import org.larval.labels.policydb.PolicyClass.DefaultRange;

/** Reads the classes and the sets of permissions that they share (common_read, class_read). */
final class ClassReader {
  private final PolicyInput in;
  private final TableReader tables;
  private final int version;
  private final ConstraintReader constraints;
  private final Map<String, NameTable> commons = new HashMap<>();
  NameTable names = new NameTable(0);
  @Nullable PolicyClass[] classes = new @Nullable PolicyClass[0];

  ClassReader(PolicyInput in, TableReader tables, int version, ConstraintReader constraints) {
    this.in = in;
    this.tables = tables;
    this.version = version;
    this.constraints = constraints;
  }

  void commons() throws PolicyFileException {
    NameTable known = tables.table(PolicySection.COMMONS);
    int count = in.count("commons", 17);
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a common's name");
      int value = tables.value(known, "a common");
      int limit = in.number("the highest permission", 0, 32);
      int permissions = in.count("permissions", 9);
      String name = in.name(length, "a common's name");
      tables.enter(known, name, value, record);
      NameTable own = new NameTable(limit);
      permissions(own, permissions);
      commons.put(name, own);
    }
  }

  private void permissions(NameTable table, int count) throws PolicyFileException {
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int length = in.length("a permission's name");
      int value = tables.value(table, "a permission");
      tables.enter(table, in.name(length, "a permission's name"), value, record);
    }
  }

  void classes() throws PolicyFileException {
    names = tables.table(PolicySection.CLASSES);
    classes = new @Nullable PolicyClass[names.limit() + 1];
    int count = in.count("classes", 29);
    for (int i = 0; i < count; i++) {
      oneClass();
    }
  }

  private void oneClass() throws PolicyFileException {
    int record = in.offset();
    int length = in.length("a class's name");
    int commonLength = in.count("bytes of the common's name", 1);
    int value = tables.value(names, "a class");
    int limit = in.number("the highest permission", 0, 32);
    int ownPermissions = in.count("permissions", 9);
    int constraintCount = in.count("constraints", 20);
    String name = in.name(length, "a class's name");
    tables.enter(names, name, value, record);
    NameTable inherited =
        commonLength > 0 ? common(in.name(commonLength, "the common's name")) : new NameTable(0);
    NameTable permissions = inherited.copy(Math.max(limit, inherited.limit()));
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

  private NameTable common(String name) throws PolicyFileException {
    NameTable common = commons.get(name);
    if (common == null) {
      throw in.wrong("there is no common '" + name + "'");
    }
    return common;
  }
}
