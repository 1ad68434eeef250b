package org.larval.lab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.NameTable;
import org.larval.labels.policydb.ObjectContexts;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.TransitionRules;

/**
 * What a binary policy holds, as {@code larval policy info} prints it.
 *
 * @param file the policy
 * @param version of its format
 * @param mls whether contexts have ranges
 * @param handleUnknown what becomes of unknown classes and permissions: deny, reject or allow
 * @param capabilities by name; one that has none as a number
 * @param counts how many there are of what
 * @param permissive the types whose denials are logged and let pass
 * @param booleans every boolean with its state in the file
 */
public record PolicyReport(
    String file,
    int version,
    boolean mls,
    String handleUnknown,
    List<String> capabilities,
    Map<String, Integer> counts,
    List<String> permissive,
    Map<String, Boolean> booleans) {

  /** The report of a policy. */
  public static PolicyReport of(String file, PolicyDb policy) {
    List<String> permissive = new ArrayList<>();
    NameTable types = policy.types().names();
    for (int type = 1; type <= types.limit(); type++) {
      if (types.has(type) && policy.permissive(type)) {
        permissive.add(types.name(type));
      }
    }
    Map<String, Boolean> booleans = new LinkedHashMap<>();
    NameTable names = policy.booleanNames();
    for (int value = 1; value <= names.limit(); value++) {
      if (names.has(value)) {
        booleans.put(names.name(value), policy.booleanInFile(value));
      }
    }
    return new PolicyReport(
        file,
        policy.version(),
        policy.mls(),
        policy.handleUnknown().name().toLowerCase(Locale.ROOT),
        capabilities(policy),
        counts(policy),
        permissive,
        booleans);
  }

  private static List<String> capabilities(PolicyDb policy) {
    Capability[] known = Capability.values();
    return Arrays.stream(policy.capabilityBits())
        .mapToObj(bit -> bit < known.length ? known[bit].word() : Integer.toString(bit))
        .toList();
  }

  private static Map<String, Integer> counts(PolicyDb policy) {
    PolicyDb.Counts rules = policy.counts();
    TransitionRules transitions = policy.transitions();
    ObjectContexts objects = policy.objects();
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("classes", policy.classNames().count());
    counts.put("types", policy.types().typeCount());
    counts.put("attributes", policy.types().attributeCount());
    counts.put("typeAliases", policy.types().names().names() - policy.types().names().count());
    counts.put("roles", policy.roles().names().count());
    counts.put("users", policy.userNames().count());
    counts.put("booleans", policy.booleanNames().count());
    counts.put("sensitivities", policy.sensitivities().names().count());
    counts.put("categories", policy.sensitivities().categories().count());
    counts.put("rules", rules.rules());
    counts.put("conditionalRules", rules.conditionalRules());
    counts.put("conditionalBlocks", policy.conditionals().blocks());
    counts.put("constraints", rules.constraints());
    counts.put("validatetrans", rules.validations());
    counts.put("extendedPermissions", rules.extended());
    counts.put("roleTransitions", transitions.roleTransitions().size());
    counts.put("roleAllows", transitions.roleAllows().size());
    counts.put("filenameTransitions", transitions.filenameTransitions().size());
    counts.put("rangeTransitions", transitions.rangeTransitions().size());
    counts.put("initialSids", objects.initialSids().size());
    counts.put("ports", objects.ports().size());
    counts.put("netifs", objects.interfaces().size());
    counts.put("nodes", objects.nodes().size() + objects.nodes6().size());
    counts.put("fsUse", objects.fsUse().size());
    counts.put("genfs", objects.genfs().size());
    counts.put("infiniband", objects.pkeys().size() + objects.endPorts().size());
    return counts;
  }

  /** The same for people. */
  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, "version", Integer.toString(version));
    line(text, "MLS", mls ? "yes" : "no");
    line(text, "unknown classes", handleUnknown);
    line(text, "capabilities", list(capabilities));
    line(text, "permissive types", list(permissive));
    counts.forEach((what, count) -> line(text, words(what), Integer.toString(count)));
    if (!booleans.isEmpty()) {
      text.append('\n');
      TextTable table = new TextTable("boolean", "state");
      booleans.forEach((name, on) -> table.row(name, on ? "on" : "off"));
      text.append(table);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append(what).append(" ".repeat(Math.max(1, 22 - what.length()))).append(value);
    text.append('\n');
  }

  private static String list(List<String> words) {
    return words.isEmpty() ? "none" : String.join(", ", words);
  }

  private static String words(String name) {
    return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }
}
