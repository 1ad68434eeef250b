package org.larval.labels.policydb;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.larval.labels.policydb.TransitionRules.FilenameTransition;
import org.larval.labels.policydb.TransitionRules.RangeTransition;
import org.larval.labels.policydb.TransitionRules.RoleAllow;
import org.larval.labels.policydb.TransitionRules.RoleTransition;

/** Reads role, filename and range transitions and role allows. */
final class TransitionReader {
  private final PolicyInput in;
  private final int version;
  private final SymbolReader symbols;
  private final ContextReader contexts;

  TransitionReader(PolicyInput in, int version, SymbolReader symbols, ContextReader contexts) {
    this.in = in;
    this.version = version;
    this.symbols = symbols;
    this.contexts = contexts;
  }

  List<RoleTransition> roleTransitions() throws PolicyFileException {
    in.enter(PolicySection.ROLE_TRANSITIONS);
    int count = in.count("role transitions", version >= 26 ? 16 : 12);
    int process = symbols.classNames.value("process");
    List<RoleTransition> rules = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int role = in.value(symbols.roleNames, "role");
      int type = in.value(symbols.typeNames, "type");
      int newRole = in.value(symbols.roleNames, "new role");
      int securityClass = version >= 26 ? in.value(symbols.classNames, "class") : process;
      rules.add(new RoleTransition(role, type, securityClass, newRole));
    }
    return List.copyOf(rules);
  }

  List<RoleAllow> roleAllows() throws PolicyFileException {
    in.enter(PolicySection.ROLE_ALLOWS);
    int count = in.count("role allows", 8);
    List<RoleAllow> rules = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int role = in.value(symbols.roleNames, "role");
      rules.add(new RoleAllow(role, in.value(symbols.roleNames, "new role")));
    }
    return List.copyOf(rules);
  }

  List<FilenameTransition> filenameTransitions() throws PolicyFileException {
    in.enter(PolicySection.FILENAME_TRANSITIONS);
    if (version < 25) {
      return List.of();
    }
    int count = in.count("filename transitions", version >= 33 ? 17 : 21);
    List<FilenameTransition> rules = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String name = in.path(in.length("a file name"), "a file name");
      if (version >= 33) {
        grouped(name, rules);
      } else {
        int source = in.value(symbols.typeNames, "source");
        int target = in.value(symbols.typeNames, "target");
        int securityClass = in.value(symbols.classNames, "class");
        int newType = in.value(symbols.typeNames, "new type");
        ValueSet one = new ValueSet(source - 1 >> 6, new long[] {1L << source - 1});
        rules.add(new FilenameTransition(name, one, target, securityClass, newType));
      }
    }
    return List.copyOf(rules);
  }

  private void grouped(String name, List<FilenameTransition> rules) throws PolicyFileException {
    int target = in.value(symbols.typeNames, "target");
    int securityClass = in.value(symbols.classNames, "class");
    int count = in.count("new types", 16);
    for (int i = 0; i < count; i++) {
      ValueSet sources = in.values(symbols.typeNames, "the sources of a filename transition");
      int newType = in.value(symbols.typeNames, "new type");
      rules.add(new FilenameTransition(name, sources, target, securityClass, newType));
    }
  }

  List<RangeTransition> rangeTransitions() throws PolicyFileException {
    in.enter(PolicySection.RANGE_TRANSITIONS);
    int count = in.count("range transitions", 32);
    List<RangeTransition> rules = new ArrayList<>(count);
    Set<Long> keys = new HashSet<>();
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int source = in.value(symbols.typeNames, "source");
      int target = in.value(symbols.typeNames, "target");
      int securityClass = in.value(symbols.classNames, "class");
      if (!keys.add((long) securityClass << 32 | (long) source << 16 | target)) {
        throw in.wrongAt(record, "a second range transition for the same types and class");
      }
      rules.add(new RangeTransition(source, target, securityClass, contexts.range("a new range")));
    }
    return List.copyOf(rules);
  }
}
