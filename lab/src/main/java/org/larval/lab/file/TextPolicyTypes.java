package org.larval.lab.file;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.source.PolicyBuilder;
import org.larval.labels.source.UsualConstraints;

/** Reads the types and attributes of a policy in YAML. */
final class TextPolicyTypes {
  private final Fields fields;
  private final PolicyBuilder policy;
  private final @Nullable UsualConstraints usual;

  TextPolicyTypes(Fields fields, PolicyBuilder policy, @Nullable UsualConstraints usual) {
    this.fields = fields;
    this.policy = policy;
    this.usual = usual;
  }

  void read() {
    if (usual != null) {
      usual.declare(policy);
    }
    for (Fields.Text text : fields.texts("attributes")) {
      TextPolicyReader.at(text.where(), () -> policy.attribute(text.text()));
    }
    YamlNode node = fields.node("types");
    if (node == null) {
      policy.openTypes();
    } else if (node instanceof YamlNode.Mapping mapping) {
      mapping.entries().forEach(this::type);
      mapping.entries().forEach(this::bounds);
    } else {
      for (Fields.Text text : fields.texts("types")) {
        TextPolicyReader.at(text.where(), () -> policy.type(text.text(), List.of(), List.of()));
      }
    }
  }

  private void type(String name, YamlNode.Entry entry) {
    if (!(entry.value() instanceof YamlNode.Mapping)) {
      List<String> attributes =
          TextPolicyReader.plain(TextPolicyReader.words(entry.value(), "types"));
      TextPolicyReader.at(entry.where(), () -> policy.type(name, attributes, List.of()));
      return;
    }
    Fields one = Fields.of(entry.value(), "type '" + name + "'");
    List<String> attributes = TextPolicyReader.plain(one.texts("attributes"));
    List<String> aliases = TextPolicyReader.plain(one.texts("alias"));
    TextPolicyReader.at(entry.where(), () -> policy.type(name, attributes, aliases));
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
        TextPolicyReader.at(bound.value().where(), () -> policy.bounds(parent, name));
      }
    }
  }
}
