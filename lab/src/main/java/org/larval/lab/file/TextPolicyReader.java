package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.labels.PolicyTextException;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.source.PolicyBuilder;
import org.larval.labels.source.UsualConstraints;

/** Reads a policy in YAML, as docs/policy-file.md describes it. */
final class TextPolicyReader {
  private final Fields fields;
  private final PolicyBuilder policy;
  private final @Nullable UsualConstraints usual;

  private TextPolicyReader(Fields fields) {
    this.fields = fields;
    String kind = fields.choice("mls", "off", "off", "no", "false", "mls", "mcs", "bare");
    usual =
        switch (kind) {
          case "mls" -> UsualConstraints.MLS;
          case "mcs" -> UsualConstraints.MCS;
          default -> null;
        };
    policy = new PolicyBuilder(usual != null || kind.equals("bare"));
  }

  /** A policy file: the keys of a policy and its name. */
  static PolicyBuilder parse(String name, String text) {
    Fields fields = Fields.of(YamlReader.read(name, text), "a policy file");
    fields.text("policy", "policy: small-office");
    fields.text("description", "", "");
    PolicyBuilder policy = read(fields);
    fields.finish();
    return policy;
  }

  /** The keys of a policy. */
  static PolicyBuilder read(Fields fields) {
    TextPolicyReader reader = new TextPolicyReader(fields);
    reader.read();
    return reader.policy;
  }

  private void read() {
    header();
    new TextPolicyLevels(fields, policy, usual).read();
    classes();
    new TextPolicyTypes(fields, policy, usual).read();
    roles();
    users();
    fields
        .entries("booleans", "booleans: {allow_web: off}")
        .forEach((name, entry) -> at(entry.where(), () -> policy.bool(name, on(entry.value()))));
    for (Fields.Text text : fields.texts("rules")) {
      statements(text, policy::statements);
    }
    for (YamlNode item : fields.items("when")) {
      conditional(item);
    }
    if (usual != null) {
      usual.constrain(policy);
    }
    policy.completeUsers();
    new TextPolicyObjects(fields, policy).read();
  }

  // --- complaints ---

  /** Runs something that complains by IllegalArgumentException, and adds the place. */
  static void at(Where where, Runnable what) {
    Fields.parse(
        new YamlNode.Scalar(where, ""),
        "",
        text -> {
          what.run();
          return true;
        });
  }

  /** Reads statements; a complaint about a line of them names the line of the file. */
  private static void statements(Fields.Text text, Consumer<String> read) {
    try {
      read.accept(text.text());
    } catch (PolicyTextException problem) {
      Where where = text.where();
      boolean block = text.text().indexOf('\n') >= 0;
      int line = block ? where.line() + problem.line() : where.line();
      throw new LabFileException(
          new Where(where.file(), line, where.column() + problem.column() - 1),
          problem.wrong(),
          "write " + problem.right());
    }
  }

  private static boolean on(YamlNode node) {
    String word = Fields.scalar(node, "booleans").toLowerCase(Locale.ROOT);
    return switch (word) {
      case "on", "true", "yes" -> true;
      case "off", "false", "no" -> false;
      default ->
          throw new LabFileException(node.where(), "'" + word + "' is no state", "write on or off");
    };
  }

  static List<Fields.Text> words(YamlNode node, String key) {
    List<YamlNode> items =
        switch (node) {
          case YamlNode.Sequence sequence -> sequence.items();
          case YamlNode.Scalar scalar when scalar.text().isEmpty() -> List.of();
          default -> List.of(node);
        };
    List<Fields.Text> words = new ArrayList<>();
    for (YamlNode item : items) {
      words.add(new Fields.Text(item.where(), Fields.scalar(item, key)));
    }
    return words;
  }

  static List<String> plain(List<Fields.Text> words) {
    return words.stream().map(Fields.Text::text).toList();
  }

  // --- sections ---

  private void header() {
    String unknown = fields.choice("unknown", "allow", "deny", "reject", "allow");
    if (!unknown.equals("allow")) {
      policy.allClasses();
    }
    policy.handleUnknown(PolicyDb.HandleUnknown.valueOf(unknown.toUpperCase(Locale.ROOT)));
    if (!fields.has("capabilities")) {
      policy.capability(Capability.NETWORK_PEER_CONTROLS);
    }
    for (Fields.Text text : fields.texts("capabilities")) {
      policy.capability(capability(text));
    }
  }

  private static Capability capability(Fields.Text text) {
    List<String> known = new ArrayList<>();
    for (Capability capability : Capability.values()) {
      if (capability.word().equals(text.text())) {
        return capability;
      }
      known.add(capability.word());
    }
    throw new LabFileException(
        text.where(),
        "there is no capability '" + text.text() + "'",
        "write one of " + String.join(", ", known));
  }

  private void classes() {
    fields
        .entries("classes", "classes: {file: [read, write]}")
        .forEach(
            (name, entry) -> {
              List<String> permissions = plain(words(entry.value(), "classes"));
              at(entry.where(), () -> policy.securityClass(name, permissions));
            });
  }

  private void roles() {
    fields
        .entries("roles", "roles: {system_r: [httpd_t]}")
        .forEach(
            (name, entry) -> {
              List<String> types = plain(words(entry.value(), "roles"));
              at(entry.value().where(), () -> policy.role(name, types));
            });
  }

  private void users() {
    fields
        .entries("users", "users: {system_u: {roles: system_r, range: s0-s3}}")
        .forEach(
            (name, entry) -> {
              if (!(entry.value() instanceof YamlNode.Mapping)) {
                List<String> roles = plain(words(entry.value(), "users"));
                at(entry.value().where(), () -> policy.user(name, roles, null));
                return;
              }
              Fields one = Fields.of(entry.value(), "user '" + name + "'");
              List<String> roles = plain(one.texts("roles"));
              String range = one.optionalText("range");
              at(
                  range == null ? one.where("roles") : one.where("range"),
                  () -> policy.user(name, roles, range));
              one.finish();
            });
  }

  private void conditional(YamlNode item) {
    Fields one = Fields.of(item, "an entry of 'when'");
    YamlNode condition = one.required("if", "if: allow_web && !secure");
    PolicyBuilder.Conditional[] block = new PolicyBuilder.Conditional[1];
    statements(
        new Fields.Text(condition.where(), Fields.scalar(condition, "if")),
        text -> block[0] = policy.when(text));
    for (Fields.Text text : one.texts("then")) {
      statements(text, rules -> block[0].statements(rules, true));
    }
    for (Fields.Text text : one.texts("else")) {
      statements(text, rules -> block[0].statements(rules, false));
    }
    one.finish();
  }
}
