package org.larval.labels.source;

import java.util.BitSet;
import java.util.Objects;
import org.larval.labels.MlsLevel;
import org.larval.labels.source.ClassTable.Check;
import org.larval.labels.source.ClassTable.ClassEntry;

/**
 * Writes the names of a policy and what belongs to each: classes with constraints, users, levels.
 */
final class SymbolImage {
  private final PolicyBuilder policy;
  private final ImageOutput out;

  SymbolImage(PolicyBuilder policy, ImageOutput out) {
    this.policy = policy;
    this.out = out;
  }

  void write() {
    out.u32(0, 0); // commons: every class has its permissions for itself
    out.u32(policy.classes.names.size(), policy.classes.names.size());
    for (int value = 1; value <= policy.classes.names.size(); value++) {
      securityClass(value, policy.classes.entry(value));
    }
    out.u32(policy.roles.size(), policy.roles.size());
    for (int role = 1; role <= policy.roles.size(); role++) {
      String name = policy.roles.name(role);
      out.u32(name.length(), role, 0);
      out.name(name);
      BitSet itself = new BitSet();
      itself.set(role);
      out.values(itself);
      out.values(policy.roleTypes.get(role - 1));
    }
    out.u32(policy.types.names.size(), policy.types.names.all().size());
    policy.types.names.all().forEach(this::type);
    out.u32(policy.users.size(), policy.users.size());
    for (int user = 1; user <= policy.users.size(); user++) {
      PolicyBuilder.UserEntry entry = policy.userEntries.get(user - 1);
      String name = policy.users.name(user);
      out.u32(name.length(), user, 0);
      out.name(name);
      out.values(entry.roles());
      out.range(policy.mls, entry.range());
      out.level(policy.mls, policy.mls ? entry.range().low() : MlsLevel.LOWEST);
    }
    out.u32(policy.booleans.size(), policy.booleans.size());
    for (int bool = 1; bool <= policy.booleans.size(); bool++) {
      String name = policy.booleans.name(bool);
      out.u32(bool, policy.booleansOn.get(bool) ? 1 : 0, name.length());
      out.name(name);
    }
    levels();
  }

  private void type(String name, int value) {
    boolean alias = policy.types.names.isAlias(name, value);
    int properties = alias ? 0 : policy.types.attributes.get(value) ? 3 : 1;
    out.u32(name.length(), value, properties, policy.types.bounds.getOrDefault(value, 0));
    out.name(name);
  }

  private void levels() {
    LevelTable levels = policy.levels;
    out.u32(levels.sensitivities.size(), levels.sensitivities.all().size());
    levels
        .sensitivities
        .all()
        .forEach(
            (name, value) -> {
              out.u32(name.length(), levels.sensitivities.isAlias(name, value) ? 1 : 0);
              out.name(name);
              out.u32(value);
              out.bits(levels.categoriesOf.get(value - 1));
            });
    out.u32(levels.categories.size(), levels.categories.all().size());
    levels
        .categories
        .all()
        .forEach(
            (name, value) -> {
              out.u32(name.length(), value, levels.categories.isAlias(name, value) ? 1 : 0);
              out.name(name);
            });
  }

  private void securityClass(int value, ClassEntry entry) {
    String name = policy.classes.names.name(value);
    NameList permissions = entry.permissions();
    int count = permissions.size();
    out.u32(name.length(), 0, value, count, count, entry.checks().size());
    out.name(name);
    for (int permission = 1; permission <= count; permission++) {
      String word = permissions.name(permission);
      out.u32(word.length(), permission);
      out.name(word);
    }
    entry.checks().forEach(this::check);
    out.u32(entry.validations().size());
    entry.validations().forEach(this::check);
    entry.defaults().forEach(out::u32);
  }

  private void check(Check check) {
    out.u32(check.permissions(), check.nodes().size());
    for (Expressions.Node node : check.nodes()) {
      out.u32(node.kind(), node.attribute(), node.operator());
      if (node.kind() == 5) {
        BitSet written = Objects.requireNonNull(node.names());
        boolean types = (node.attribute() & Expressions.TYPE) != 0;
        out.values(types ? policy.types.expanded(written) : written);
        out.values(types ? written : new BitSet());
        out.bits(new BitSet());
        out.u32(0);
      }
    }
  }
}
