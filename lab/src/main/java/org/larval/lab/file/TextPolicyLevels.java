package org.larval.lab.file;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.source.PolicyBuilder;
import org.larval.labels.source.UsualConstraints;

/** Reads the sensitivities and categories of a policy in YAML. */
final class TextPolicyLevels {
  private static final int SENSITIVITIES = 16;
  private static final int CATEGORIES = 1024;

  private final Fields fields;
  private final PolicyBuilder policy;
  private final @Nullable UsualConstraints usual;

  TextPolicyLevels(Fields fields, PolicyBuilder policy, @Nullable UsualConstraints usual) {
    this.fields = fields;
    this.policy = policy;
    this.usual = usual;
  }

  /** Sixteen sensitivities, each with 1024 categories. */
  static void usual(PolicyBuilder policy) {
    for (int i = 0; i < CATEGORIES; i++) {
      policy.category("c" + i, List.of());
    }
    for (int i = 0; i < SENSITIVITIES; i++) {
      policy.sensitivity("s" + i, List.of());
    }
  }

  void read() {
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
      TextPolicyReader.at(entry.getValue().where(), () -> policy.requireCategory(entry.getKey()));
    }
  }

  private void category(Where where, String name, Map<String, YamlNode.Entry> aliases) {
    YamlNode.Entry entry = aliases.get(name);
    if (entry == null) {
      TextPolicyReader.at(where, () -> policy.category(name, List.of()));
    } else {
      List<String> others =
          TextPolicyReader.plain(TextPolicyReader.words(entry.value(), "category-aliases"));
      TextPolicyReader.at(entry.value().where(), () -> policy.category(name, others));
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
        TextPolicyReader.at(text.where(), () -> policy.sensitivity(text.text(), List.of()));
      }
    }
  }

  private void sensitivity(String name, YamlNode.Entry entry) {
    if (!(entry.value() instanceof YamlNode.Mapping)) {
      List<String> aliases =
          TextPolicyReader.plain(TextPolicyReader.words(entry.value(), "sensitivities"));
      TextPolicyReader.at(entry.where(), () -> policy.sensitivity(name, aliases));
      return;
    }
    Fields one = Fields.of(entry.value(), "sensitivity '" + name + "'");
    List<String> aliases = TextPolicyReader.plain(one.texts("alias"));
    TextPolicyReader.at(entry.where(), () -> policy.sensitivity(name, aliases));
    YamlNode categories = one.node("categories");
    if (categories != null) {
      String items = Fields.scalar(categories, "categories");
      TextPolicyReader.at(categories.where(), () -> policy.categoriesOf(name, items));
    }
    one.finish();
  }
}
