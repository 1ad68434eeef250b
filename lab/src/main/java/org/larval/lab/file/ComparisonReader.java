package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile.Comparison;

/** Reads {@code compare:}. */
final class ComparisonReader {
  private ComparisonReader() {}

  static @Nullable Comparison read(@Nullable YamlNode node) {
    if (node == null) {
      return null;
    }
    Fields fields = Fields.of(node, "'compare'");
    List<String> presets = new ArrayList<>();
    for (Fields.Text text : fields.texts("presets")) {
      presets.add(SaMissReader.preset(text.where(), text.text()).name());
    }
    List<Long> answers = new ArrayList<>();
    for (YamlNode item : fields.items("answer-after")) {
      answers.add(
          Fields.parse(item, Fields.scalar(item, "answer-after"), KeysReader::neverOrDuration));
    }
    boolean alone = fields.flag("each-traffic-alone", false);
    List<String> references = fields.texts("reference").stream().map(Fields.Text::text).toList();
    fields.finish();
    return new Comparison(
        node.where(), List.copyOf(presets), List.copyOf(answers), alone, references);
  }
}
