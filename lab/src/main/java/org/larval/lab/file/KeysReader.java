package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.larval.lab.file.LabFile.Keys;

/** Reads {@code keys:}. */
final class KeysReader {
  private static final long DEFAULT_ANSWER = 100_000_000L;
  private static final List<String> SCRIPTED =
      List.of("answer-after", "fails-after", "overhead", "only-labels", "meanwhile", "then");

  private KeysReader() {}

  static List<Keys> read(List<YamlNode> items, Names names, boolean realTime) {
    List<Keys> all = new ArrayList<>();
    for (YamlNode item : items) {
      Fields fields = Fields.of(item, "an entry of 'keys'");
      List<Fields.Text> pair = names.pair(fields);
      names.ours(pair.get(0).where(), pair.get(0).text());
      names.ours(pair.get(1).where(), pair.get(1).text());
      Keys.By by =
          switch (fields.choice("by", "script", "script", "manual", "ike")) {
            case "manual" -> Keys.By.MANUAL;
            case "ike" -> Keys.By.IKE;
            default -> Keys.By.SCRIPT;
          };
      all.add(by == Keys.By.IKE ? ike(item, fields, pair) : scripted(item, fields, pair, by));
    }
    return List.copyOf(all);
  }

  private static Keys ike(YamlNode item, Fields fields, List<Fields.Text> pair) {
    Map<String, YamlNode.Entry> entries = entries(item);
    for (String key : SCRIPTED) {
      YamlNode.Entry entry = entries.get(key);
      if (entry != null) {
        throw new LabFileException(
            entry.value().where(),
            "'" + key + "' is for 'by: script'",
            "leave it out: IKE takes as long as its messages take, and what it does with labels"
                + " is the policy's affair");
      }
    }
    Keys.Ike ike = IkeReader.read(fields);
    long listensFrom = never(fields, "listens-from", 0);
    fields.finish();
    return new Keys(
        item.where(),
        pair.get(0).text(),
        pair.get(1).text(),
        Keys.By.IKE,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        listensFrom,
        0,
        List.of(),
        Keys.While.NOTHING,
        Keys.Then.NOTHING,
        ike);
  }

  private static Map<String, YamlNode.Entry> entries(YamlNode item) {
    return item instanceof YamlNode.Mapping mapping ? mapping.entries() : Map.of();
  }

  private static Keys scripted(YamlNode item, Fields fields, List<Fields.Text> pair, Keys.By by) {
    IkeReader.refuse(entries(item));
    long failAfter = never(fields, "fails-after", Long.MAX_VALUE);
    long answerAfter =
        never(
            fields, "answer-after", failAfter == Long.MAX_VALUE ? DEFAULT_ANSWER : Long.MAX_VALUE);
    if (fields.has("answer-after") && failAfter != Long.MAX_VALUE) {
      throw new LabFileException(
          fields.where("fails-after"),
          "'answer-after' and 'fails-after' are both given",
          "keep the one that the key manager does");
    }
    long listensFrom = never(fields, "listens-from", 0);
    long overhead = fields.duration("overhead", 0);
    List<String> labels = List.copyOf(fields.contexts("only-labels"));
    Keys.While meanwhile =
        fields.choice("meanwhile", "nothing", "nothing", "block").equals("block")
            ? Keys.While.BLOCK
            : Keys.While.NOTHING;
    Keys.Then then =
        fields.choice("then", "nothing", "nothing", "rewrite-policy").equals("nothing")
            ? Keys.Then.NOTHING
            : Keys.Then.REWRITE_POLICY;
    fields.finish();
    return new Keys(
        item.where(),
        pair.get(0).text(),
        pair.get(1).text(),
        by,
        answerAfter,
        failAfter,
        listensFrom,
        overhead,
        labels,
        meanwhile,
        then,
        null);
  }

  /** A duration or the word never. */
  static long never(Fields fields, String key, long otherwise) {
    return fields.parsed(key, otherwise, KeysReader::neverOrDuration);
  }

  static long neverOrDuration(String text) {
    return text.equals("never") ? Long.MAX_VALUE : Units.duration(text);
  }
}
