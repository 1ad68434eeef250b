package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.labels.PolicyTextException;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.source.PolicyBuilder;
import org.larval.labels.source.UsualConstraints;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Reads a policy in YAML, as docs/policy-file.md describes it. */
final class TextPolicyReader {
  private static final int SENSITIVITIES = 16;
  private static final int CATEGORIES = 1024;

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
    levels();
    classes();
    types();
    roles();
    users();
    fields
        .entries("booleans", "booleans: {allow_web: off}")
        .forEach((name, entry) -> at(entry.where(), () -> policy.bool(name, on(entry.value()))));
    if (usual != null) {
      usual.constrain(policy);
    }
    for (Fields.Text text : fields.texts("rules")) {
      statements(text, policy::statements);
    }
    for (YamlNode item : fields.items("when")) {
      conditional(item);
    }
    policy.completeUsers();
    objects();
  }

  // --- complaints ---

  /** Runs something that complains by IllegalArgumentException, and adds the place. */
  private static void at(Where where, Runnable what) {
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

  private static List<Fields.Text> words(YamlNode node, String key) {
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

  private static List<String> plain(List<Fields.Text> words) {
    return words.stream().map(Fields.Text::text).toList();
  }

  // --- sections ---

  /** Sixteen sensitivities, each with 1024 categories. */
  static void usualLevels(PolicyBuilder policy) {
    for (int i = 0; i < CATEGORIES; i++) {
      policy.category("c" + i, List.of());
    }
    for (int i = 0; i < SENSITIVITIES; i++) {
      policy.sensitivity("s" + i, List.of());
    }
  }

  private void header() {
    String unknown = fields.choice("unknown", "deny", "deny", "reject", "allow");
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

  private void levels() {
    for (String key : List.of("sensitivities", "categories", "category-aliases")) {
      if (!policy.mls() && fields.has(key)) {
        throw new LabFileException(
            fields.where(key),
            "'" + key + "' in a policy without levels",
            "write 'mls: mls', 'mls: mcs' or 'mls: bare' too, or leave it out");
      }
    }
    if (policy.mls()) {
      categories();
      sensitivities();
    }
  }

  private void categories() {
    YamlNode node = fields.node("categories");
    Map<String, YamlNode.Entry> aliases =
        fields.entries("category-aliases", "category-aliases: {c7: crypto}");
    if (node == null || node instanceof YamlNode.Scalar) {
      long count = fields.number("categories", CATEGORIES, 1, 65_536);
      for (int i = 0; i < count; i++) {
        category(node == null ? fields.where() : node.where(), "c" + i, aliases);
      }
    } else {
      for (Fields.Text text : fields.texts("categories")) {
        category(text.where(), text.text(), aliases);
      }
    }
    for (Map.Entry<String, YamlNode.Entry> entry : aliases.entrySet()) {
      at(entry.getValue().where(), () -> policy.requireCategory(entry.getKey()));
    }
  }

  private void category(Where where, String name, Map<String, YamlNode.Entry> aliases) {
    YamlNode.Entry entry = aliases.get(name);
    if (entry == null) {
      at(where, () -> policy.category(name, List.of()));
    } else {
      List<String> others = plain(words(entry.value(), "category-aliases"));
      at(entry.value().where(), () -> policy.category(name, others));
    }
  }

  private void sensitivities() {
    YamlNode node = fields.node("sensitivities");
    if (node == null) {
      int count = usual == UsualConstraints.MCS ? 1 : SENSITIVITIES;
      for (int i = 0; i < count; i++) {
        policy.sensitivity("s" + i, List.of());
      }
    } else if (node instanceof YamlNode.Mapping mapping) {
      mapping.entries().forEach(this::sensitivity);
    } else {
      for (Fields.Text text : fields.texts("sensitivities")) {
        at(text.where(), () -> policy.sensitivity(text.text(), List.of()));
      }
    }
  }

  private void sensitivity(String name, YamlNode.Entry entry) {
    if (!(entry.value() instanceof YamlNode.Mapping)) {
      List<String> aliases = plain(words(entry.value(), "sensitivities"));
      at(entry.where(), () -> policy.sensitivity(name, aliases));
      return;
    }
    Fields one = Fields.of(entry.value(), "sensitivity '" + name + "'");
    List<String> aliases = plain(one.texts("alias"));
    at(entry.where(), () -> policy.sensitivity(name, aliases));
    YamlNode categories = one.node("categories");
    if (categories != null) {
      String items = Fields.scalar(categories, "categories");
      at(categories.where(), () -> policy.categoriesOf(name, items));
    }
    one.finish();
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

  private void types() {
    if (usual != null) {
      usual.declare(policy);
    }
    for (Fields.Text text : fields.texts("attributes")) {
      at(text.where(), () -> policy.attribute(text.text()));
    }
    YamlNode node = fields.node("types");
    if (node == null) {
      policy.openTypes();
    } else if (node instanceof YamlNode.Mapping mapping) {
      mapping.entries().forEach(this::type);
      mapping.entries().forEach(this::bounds);
    } else {
      for (Fields.Text text : fields.texts("types")) {
        at(text.where(), () -> policy.type(text.text(), List.of(), List.of()));
      }
    }
  }

  private void type(String name, YamlNode.Entry entry) {
    if (!(entry.value() instanceof YamlNode.Mapping)) {
      List<String> attributes = plain(words(entry.value(), "types"));
      at(entry.where(), () -> policy.type(name, attributes, List.of()));
      return;
    }
    Fields one = Fields.of(entry.value(), "type '" + name + "'");
    List<String> attributes = plain(one.texts("attributes"));
    List<String> aliases = plain(one.texts("alias"));
    at(entry.where(), () -> policy.type(name, attributes, aliases));
    if (one.flag("permissive", false)) {
      policy.permissive(name);
    }
    one.optionalText("bounded-by");
    one.finish();
  }

  /** Bounds may name types that stand further down. */
  private void bounds(String name, YamlNode.Entry entry) {
    if (entry.value() instanceof YamlNode.Mapping mapping) {
      YamlNode.Entry bound = mapping.entries().get("bounded-by");
      if (bound != null) {
        String parent = Fields.scalar(bound.value(), "bounded-by");
        at(bound.value().where(), () -> policy.bounds(parent, name));
      }
    }
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

  // --- contexts of the world around ---

  private void objects() {
    fields
        .entries("initial-sids", "initial-sids: {unlabeled: \"system_u:object_r:unlabeled_t\"}")
        .forEach(
            (name, entry) -> {
              String context = Fields.scalar(entry.value(), "initial-sids");
              at(entry.value().where(), () -> policy.initialSid(name, context));
            });
    for (YamlNode item : fields.items("ports")) {
      port(item);
    }
    fields
        .entries("netifs", "netifs: {eth0: \"system_u:object_r:lan_netif_t\"}")
        .forEach(this::netif);
    fields
        .entries("nodes", "nodes: {10.0.0.0/8: \"system_u:object_r:lan_node_t\"}")
        .forEach(this::node);
  }

  private void port(YamlNode item) {
    Fields one = Fields.of(item, "an entry of 'ports'");
    YamlNode label = one.required("label", "label: \"system_u:object_r:http_port_t\"");
    String context = Fields.scalar(label, "label");
    boolean any = false;
    for (Map.Entry<String, Integer> protocol :
        List.of(
            Map.entry("tcp", 6),
            Map.entry("udp", 17),
            Map.entry("dccp", 33),
            Map.entry("sctp", 132))) {
      YamlNode range = one.node(protocol.getKey());
      if (range != null) {
        any = true;
        int[] ends = Fields.parse(range, Fields.scalar(range, "ports"), TextPolicyReader::ends);
        at(label.where(), () -> policy.port(protocol.getValue(), ends[0], ends[1], context));
      }
    }
    if (!any) {
      throw new LabFileException(
          item.where(),
          "this entry of 'ports' has no ports",
          "write 'tcp: 80' or 'udp: 1024-2047'");
    }
    one.finish();
  }

  private static int[] ends(String text) {
    if (text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      int dash = text.indexOf('-');
      int low = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
      int high = dash < 0 ? low : Integer.parseInt(text.substring(dash + 1));
      if (low <= high && high <= 65_535) {
        return new int[] {low, high};
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is no range of ports; write 80 or 1024-65535");
  }

  private void netif(String name, YamlNode.Entry entry) {
    if (entry.value() instanceof YamlNode.Scalar label) {
      at(label.where(), () -> policy.netif(name, label.text(), label.text()));
      return;
    }
    Fields one = Fields.of(entry.value(), "interface '" + name + "'");
    YamlNode label = one.required("label", "label: \"system_u:object_r:lan_netif_t\"");
    String context = Fields.scalar(label, "label");
    String packets = one.text("packets", context, "");
    at(label.where(), () -> policy.netif(name, context, packets));
    one.finish();
  }

  private void node(String network, YamlNode.Entry entry) {
    String context = Fields.scalar(entry.value(), "nodes");
    at(
        entry.where(),
        () -> {
          Prefix prefix = Prefix.parse(network);
          at(
              entry.value().where(),
              () -> {
                IpAddress base = prefix.address();
                long low = base.v6() ? base.low() : base.v4Bits() & 0xffffffffL;
                policy.node(base.v6(), base.v6() ? base.high() : 0, low, prefix.length(), context);
              });
        });
  }
}
