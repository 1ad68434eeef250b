package org.larval.lab.file;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile.TextPolicy;
import org.larval.labels.PolicyTextException;
import org.larval.labels.SecurityContext;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.source.PolicyBuilder;

/** The policy that a lab file names or holds, as a model that can be asked. */
public final class LabPolicy {
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+:[^\"]+:[^\"]+)\"");

  private LabPolicy() {}

  /**
   * The policy of a lab. Rules in the lab file itself are compiled with all users, roles and types
   * of the lab's labels, any of which may go together.
   *
   * @return null if the lab has none
   * @throws LabFileException if it cannot be read or something in it is wrong
   */
  public static @Nullable PolicyDb of(LabFile lab) {
    TextPolicy text = lab.policy();
    if (text == null) {
      return null;
    }
    String path = text.path();
    return path == null ? inline(lab, text) : PolicySource.read(beside(lab, path));
  }

  private static Path beside(LabFile lab, String path) {
    Path directory = Path.of(lab.where().file()).getParent();
    return directory == null ? Path.of(path) : directory.resolve(path);
  }

  private static PolicyDb inline(LabFile lab, TextPolicy text) {
    Set<SecurityContext> labels = labels(lab);
    boolean mls = labels.stream().anyMatch(label -> label.range() != null);
    PolicyBuilder policy = new PolicyBuilder(mls);
    if (mls) {
      TextPolicyReader.usualLevels(policy);
    }
    policy.openTypes();
    policy.capability(Capability.NETWORK_PEER_CONTROLS);
    for (LabFile.Line line : text.rules()) {
      try {
        policy.statements(line.text());
      } catch (PolicyTextException problem) {
        Where where = line.where();
        throw new LabFileException(
            new Where(where.file(), where.line(), where.column() + problem.column() - 1),
            problem.wrong(),
            "write " + problem.right());
      }
    }
    List<String> roles = new ArrayList<>();
    for (SecurityContext label : labels) {
      if (!policy.knowsType(label.type())) {
        policy.type(label.type(), List.of(), List.of());
      }
    }
    for (SecurityContext label : labels) {
      if (!policy.knowsRole(label.role())) {
        policy.role(label.role(), List.of("*"));
        roles.add(label.role());
      }
    }
    for (SecurityContext label : labels) {
      if (!policy.knowsUser(label.user())) {
        policy.user(label.user(), roles, null);
      }
    }
    return policy.build();
  }

  private static Set<SecurityContext> labels(LabFile lab) {
    Set<String> texts = new LinkedHashSet<>();
    for (LabFile.Guest guest : lab.guests().values()) {
      add(texts, guest.label());
      for (LabFile.Line line : guest.secmark()) {
        Matcher quoted = QUOTED.matcher(line.text());
        while (quoted.find()) {
          texts.add(quoted.group(1));
        }
      }
    }
    lab.traffic().forEach(flow -> add(texts, flow.label()));
    lab.protections().forEach(each -> add(texts, each.label()));
    Set<SecurityContext> labels = new LinkedHashSet<>();
    texts.forEach(label -> labels.add(SecurityContext.parse(label)));
    return labels;
  }

  private static void add(Set<String> texts, @Nullable String label) {
    if (label != null) {
      texts.add(label);
    }
  }
}
