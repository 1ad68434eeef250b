package org.larval.lab.file;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile.TextPolicy;
import org.larval.labels.PolicyTextException;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.source.PolicyBuilder;
import org.larval.secmark.LabelSource;

/** The policy that a lab file names or holds, as a model that can be asked. */
public final class LabPolicy {
  private static final Pattern LABEL = Pattern.compile("\\blabel:\"?([^\"\\s]+)");

  private static final Pattern CTX = Pattern.compile("\\bctx\\s+\"?([^\"\\s]+)");

  private LabPolicy() {}

  /**
   * The policy of a lab. Rules in the lab file itself are compiled with all users, roles and types
   * of the lab's labels, any of which may go together. A lab that only uses NetLabel has one that
   * allows everything.
   *
   * @return null if the lab has none and needs none
   * @throws LabFileException if it cannot be read or something in it is wrong
   */
  public static @Nullable PolicyDb of(LabFile lab) {
    TextPolicy text = lab.policy();
    if (text == null) {
      boolean needed = lab.guests().values().stream().anyMatch(each -> !each.netlabel().isEmpty());
      return needed ? inline(lab, List.of()) : null;
    }
    String path = text.path();
    return path == null ? inline(lab, text.rules()) : PolicySource.read(beside(lab, text, path));
  }

  private static Path beside(LabFile lab, TextPolicy text, String path) {
    Path directory = Path.of(lab.where().file()).getParent();
    Path file = directory == null ? Path.of(path) : directory.resolve(path);
    if (!Files.exists(file)) {
      throw new LabFileException(
          text.where(), "there is no file " + file, "name a policy from the lab file's directory");
    }
    return file;
  }

  private static PolicyDb inline(LabFile lab, List<LabFile.Line> rules) {
    Set<SecurityContext> labels = labels(lab);
    boolean mls = labels.isEmpty() || labels.stream().anyMatch(label -> label.range() != null);
    PolicyBuilder policy = new PolicyBuilder(mls);
    if (mls) {
      TextPolicyLevels.usual(policy);
    }
    policy.openTypes();
    policy.capability(Capability.NETWORK_PEER_CONTROLS);
    policy.handleUnknown(PolicyDb.HandleUnknown.ALLOW);
    statements(policy, rules);
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

  /** Reads all lines as one text; a complaint names the place of its line. */
  private static void statements(PolicyBuilder policy, List<LabFile.Line> lines) {
    StringJoiner text = new StringJoiner("\n");
    lines.forEach(line -> text.add(line.text()));
    try {
      policy.statements(text.toString());
    } catch (PolicyTextException problem) {
      Where where = lines.get(problem.line() - 1).where();
      throw new LabFileException(
          new Where(where.file(), where.line(), where.column() + problem.column() - 1),
          problem.wrong(),
          "write " + problem.right());
    }
  }

  /** Every context that the lab writes. One that is none is complained about where it is used. */
  private static Set<SecurityContext> labels(LabFile lab) {
    Set<String> texts = new LinkedHashSet<>();
    for (LabFile.Guest guest : lab.guests().values()) {
      add(texts, guest.label());
      add(texts, guest.administrator());
      GuestRules.of(guest, LabelSource.of(new Sids()))
          .contexts()
          .forEach(label -> add(texts, label.toString()));
      guest.xfrm().forEach(line -> find(CTX, line, texts));
      guest.netlabel().forEach(line -> find(LABEL, line, texts));
    }
    lab.traffic().forEach(flow -> add(texts, flow.label()));
    lab.protections().forEach(each -> add(texts, each.label()));
    lab.keys().forEach(keys -> texts.addAll(keys.onlyLabels()));
    for (LabFile.Change change : lab.changes()) {
      if (change.action() instanceof LabFile.Change.Xfrm xfrm) {
        find(CTX, xfrm.line(), texts);
      }
    }
    Set<SecurityContext> labels = new LinkedHashSet<>();
    for (String label : texts) {
      try {
        labels.add(SecurityContext.parse(label));
      } catch (IllegalArgumentException e) {
        // No context: whoever reads the line says so.
      }
    }
    return labels;
  }

  private static void find(Pattern pattern, LabFile.Line line, Set<String> texts) {
    Matcher found = pattern.matcher(line.text());
    while (found.find()) {
      texts.add(found.group(1));
    }
  }

  private static void add(Set<String> texts, @Nullable String label) {
    if (label != null) {
      texts.add(label);
    }
  }
}
