package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every table of every small policy has what libsepol found in it. */
class DumpTest {
  static List<String> policies() {
    return TinyPolicies.NAMES;
  }

  @ParameterizedTest
  @MethodSource("policies")
  void tablesHoldWhatLibsepolFinds(String name) {
    PolicyDb policy = TinyPolicies.policy(name);
    Set<String> ours = new HashSet<>(counts(policy));
    ours.addAll(classes(policy));
    ours.addAll(names(policy));
    List<String> missing = new ArrayList<>();
    for (String line : TinyPolicies.dump(name)) {
      // symtab commons is not kept: classes have its permissions
      if (!line.startsWith("symtab\tcommons") && !ours.contains(line)) {
        missing.add(line);
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<String> counts(PolicyDb policy) {
    List<String> lines = new ArrayList<>();
    lines.add("version\t" + policy.version());
    lines.add("mls\t" + (policy.mls() ? 1 : 0));
    lines.add("handle_unknown\t" + policy.handleUnknown().ordinal() * 2);
    table(lines, "classes", policy.classNames());
    table(lines, "roles", policy.roles().names());
    table(lines, "types", policy.types().names());
    table(lines, "users", policy.userNames());
    table(lines, "bools", policy.booleanNames());
    table(lines, "levels", policy.sensitivities().names());
    table(lines, "cats", policy.sensitivities().categories());
    lines.add("types\t" + policy.types().typeCount());
    lines.add("attributes\t" + policy.types().attributeCount());
    lines.add("bounded\t" + bounded(policy));
    lines.add("constraints\t" + policy.counts().constraints());
    lines.add("constraint_nodes\t" + nodes(policy));
    lines.add("validatetrans\t" + policy.counts().validations());
    lines.add("avtab\t" + policy.counts().rules());
    Conditionals conditionals = policy.conditionals();
    lines.add("cond_avtab\t" + conditionals.rules());
    lines.add("cond_nodes\t" + conditionals.blocks() + "\t" + conditionals.blocksTrue());
    TransitionRules rules = policy.transitions();
    lines.add("role_trans\t" + rules.roleTransitions().size());
    lines.add("role_allow\t" + rules.roleAllows().size());
    lines.add("filename_trans_keys\t" + keys(rules));
    lines.add(
        "filename_trans_rules\t"
            + rules.filenameTransitions().stream().mapToInt(rule -> rule.sources().size()).sum());
    lines.add("range_trans\t" + rules.rangeTransitions().size());
    ObjectContexts objects = policy.objects();
    int[] sizes = {
      objects.initialSids().size(),
      objects.fileSystems().size(),
      objects.ports().size(),
      objects.interfaces().size(),
      objects.nodes().size(),
      objects.fsUse().size(),
      objects.nodes6().size(),
      objects.pkeys().size(),
      objects.endPorts().size()
    };
    for (int i = 0; i < sizes.length; i++) {
      lines.add("ocon\t" + i + "\t" + sizes[i]);
    }
    long systems =
        objects.genfs().stream().map(ObjectContexts.Genfs::fileSystem).distinct().count();
    lines.add("genfs\t" + systems + "\t" + objects.genfs().size());
    for (int bit : policy.capabilityBits()) {
      lines.add("polcap\t" + bit);
    }
    return lines;
  }

  private static void table(List<String> lines, String name, NameTable table) {
    lines.add("symtab\t" + name + "\t" + table.limit() + "\t" + table.names());
  }

  private static int bounded(PolicyDb policy) {
    int count = 0;
    for (int type = 1; type <= policy.types().names().limit(); type++) {
      count += policy.types().bounds(type) == 0 ? 0 : 1;
    }
    return count;
  }

  private static int nodes(PolicyDb policy) {
    int count = 0;
    for (int value = 1; value <= policy.classNames().limit(); value++) {
      PolicyClass each = Objects.requireNonNull(policy.securityClass(value));
      for (Constraint constraint : each.constraints()) {
        count += constraint.nodes().size();
      }
    }
    return count;
  }

  private static long keys(TransitionRules rules) {
    return rules.filenameTransitions().stream()
        .map(rule -> rule.name() + " " + rule.target() + " " + rule.securityClass())
        .distinct()
        .count();
  }

  private static List<String> classes(PolicyDb policy) {
    List<String> lines = new ArrayList<>();
    for (int value = 1; value <= policy.classNames().limit(); value++) {
      PolicyClass each = Objects.requireNonNull(policy.securityClass(value));
      lines.add(
          "class\t%s\t%d\tdefaults\t%d\t%d\t%d\t%d\tperms\t%s"
              .formatted(
                  each.name(),
                  value,
                  each.user().ordinal(),
                  each.role().ordinal(),
                  each.type().ordinal(),
                  each.range().ordinal(),
                  each.names(each.mask())));
    }
    return lines;
  }

  private static List<String> names(PolicyDb policy) {
    List<String> lines = new ArrayList<>();
    NameTable types = policy.types().names();
    for (int type = 1; type <= types.limit(); type++) {
      if (policy.permissive(type)) {
        lines.add("permissive\t" + types.name(type));
      }
    }
    NameTable booleans = policy.booleanNames();
    for (int value = 1; value <= booleans.limit(); value++) {
      int state = policy.booleanInFile(value) ? 1 : 0;
      lines.add("bool\t" + booleans.name(value) + "\t" + value + "\t" + state);
    }
    Sensitivities levels = policy.sensitivities();
    Map<String, Boolean> sensitivities =
        new HashMap<>(Map.of("s0", false, "s1", false, "s2", false, "s3", false, "public", true));
    sensitivities.putAll(Map.of("unclassified", true, "restricted", true, "secret", true));
    sensitivities.forEach(
        (name, alias) -> {
          int value = levels.names().value(name);
          if (value != 0) {
            lines.add(
                "sens\t%s\t%d\t%d\t%d"
                    .formatted(name, value, alias ? 1 : 0, levels.allowed(value).size()));
          }
        });
    for (String alias : List.of("lxc_t", "docker_t", "intranet_packet_t")) {
      lines.add("typealias\t" + alias + "\t" + types.name(types.value(alias)));
    }
    for (String alias : List.of("ops", "crypto", "oncall")) {
      lines.add("catalias\t%s\t%d".formatted(alias, levels.categories().value(alias)));
    }
    return lines;
  }
}
