package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.LabFile.Keys;

/** Reads {@code keys:}. */
final class KeysReader {
  private static final long DEFAULT_ANSWER = 100_000_000L;

  private KeysReader() {}

  static List<Keys> read(List<YamlNode> items, Names names, boolean realTime) {
    List<Keys> all = new ArrayList<>();
    for (YamlNode item : items) {
      Fields fields = Fields.of(item, "an entry of 'keys'");
      List<Fields.Text> pair = names.pair(fields);
      names.guest(pair.get(0).where(), pair.get(0).text());
      names.guest(pair.get(1).where(), pair.get(1).text());
      Keys.By by =
          fields.choice("by", "script", "script", "manual").equals("manual")
              ? Keys.By.MANUAL
              : Keys.By.SCRIPT;
      long failAfter = never(fields, "fails-after", Long.MAX_VALUE);
      long answerAfter =
          never(
              fields,
              "answer-after",
              failAfter == Long.MAX_VALUE ? DEFAULT_ANSWER : Long.MAX_VALUE);
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
      all.add(
          new Keys(
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
              then));
    }
    return List.copyOf(all);
  }

  /** A duration or the word never. */
  static long never(Fields fields, String key, long otherwise) {
    return fields.parsed(key, otherwise, KeysReader::neverOrDuration);
  }

  static long neverOrDuration(String text) {
    return text.equals("never") ? Long.MAX_VALUE : Units.duration(text);
  }
}
