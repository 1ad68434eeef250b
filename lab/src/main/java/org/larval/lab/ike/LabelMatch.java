package org.larval.lab.ike;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Child;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.PolicySource;
import org.larval.lab.file.Where;
import org.larval.lab.file.YamlNode;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.SecurityServer;

/**
 * Which labels of peers a child with a generic label takes (RFC 9478, mode {@code selinux}): those
 * that the file's policy allows {@code association polmatch} to it. Without a policy each label is
 * for itself alone. Nothing of what peers send is kept.
 */
public final class LabelMatch {
  /** No policy. */
  static final LabelMatch EQUALITY = new LabelMatch(null);

  private final @Nullable SecurityServer server;

  private LabelMatch(@Nullable SecurityServer server) {
    this.server = server;
  }

  /**
   * Reads {@code policy:}, the kernel's binary format or our YAML.
   *
   * @param directory of the file that has the key
   * @param node its value, or null if there is none
   */
  static LabelMatch read(Path directory, @Nullable YamlNode node) {
    if (node == null) {
      return EQUALITY;
    }
    Path path = directory.resolve(Fields.scalar(node, "policy"));
    if (!Files.exists(path)) {
      throw new LabFileException(
          node.where(),
          "there is no file " + path,
          "name a policy, binary or YAML, from the folder of the file");
    }
    try {
      return new LabelMatch(new SecurityServer(PolicySource.read(path)));
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          node.where(), path + ": " + problem.getMessage(), "name a whole policy");
    }
  }

  /**
   * Complains of a generic label that means nothing in the policy.
   *
   * @param where the label stands
   */
  void check(Where where, Child child) {
    String label = child.label();
    SecurityServer asked = server;
    if (asked == null || label == null || child.labelMode() != Child.LabelMode.SELINUX) {
      return;
    }
    try {
      PolicyContext _ = asked.context(label);
    } catch (InvalidContextException problem) {
      List<String> nearest = problem.nearest();
      throw new LabFileException(
          where,
          "label '" + label + "': " + problem.getMessage(),
          nearest.isEmpty()
              ? "write a context of the file's policy"
              : "did you mean " + String.join(" or ", nearest) + "?");
    }
  }

  /** Whether traffic of a label may use what a generic label protects. */
  boolean polmatch(String flow, String generic) {
    SecurityServer asked = server;
    if (asked == null) {
      return flow.equals(generic);
    }
    try {
      return asked.allowed(asked.context(flow), asked.context(generic), "association", "polmatch");
    } catch (InvalidContextException e) {
      return false; // what the policy does not know may do nothing
    }
  }
}
