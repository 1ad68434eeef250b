package org.larval.cipso.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.Doi;
import org.larval.cipso.Translation;

/** The words after {@code cipso add}. */
final class DoiWords {
  private static final String LEVELS = "levels:";
  private static final String CATEGORIES = "categories:";

  private final LineWords words;
  private @Nullable String kind;
  private @Nullable Integer number;
  private @Nullable List<Integer> tags;
  private @Nullable Translation levels;
  private Translation categories = Translation.NONE;

  DoiWords(LineWords words) {
    this.words = words;
  }

  Doi read() {
    while (words.hasNext()) {
      word();
    }
    if (kind == null) {
      throw words.missing("the mapping", "add trans, pass or local");
    }
    int doi = Netlabelctl.required(words, number);
    if (kind.equals("local")) {
      return new Doi.Local(doi);
    }
    List<Integer> listed = tags;
    if (listed == null) {
      throw words.missing("the list of tags", "add tags:TAG,TAG");
    }
    if (kind.equals("pass")) {
      return checked(given -> new Doi.Pass(doi, given), listed);
    }
    Translation table = levels;
    if (table == null) {
      throw words.missing("the table of levels", "add levels:LOCAL=REMOTE,LOCAL=REMOTE");
    }
    return checked(given -> new Doi.Translated(doi, given, table, categories), listed);
  }

  private Doi checked(Function<List<Integer>, Doi> maker, List<Integer> listed) {
    try {
      return maker.apply(listed);
    } catch (IllegalArgumentException problem) {
      throw words.missing(
          "a list of tags that a DOI of this kind can have", String.valueOf(problem.getMessage()));
    }
  }

  private void word() {
    String value;
    if ((value = words.value("doi:")) != null) {
      number = words.doi(value, "doi:".length());
    } else if ((value = words.value("tags:")) != null) {
      tags = tags(value);
    } else if ((value = words.value(LEVELS)) != null) {
      levels = table(value, LEVELS.length(), Doi.MAX_REMOTE_LEVEL);
    } else if ((value = words.value(CATEGORIES)) != null) {
      categories = table(value, CATEGORIES.length(), Doi.MAX_REMOTE_CATEGORY);
    } else {
      kind =
          switch (words.peek()) {
            case "trans", "std" -> "trans";
            case "pass", "local" -> words.peek();
            default ->
                throw words.unexpected(
                    "unknown word '" + words.peek() + "'",
                    "expected trans, pass, local, doi:, tags:, levels: or categories:");
          };
      words.take();
    }
  }

  private List<Integer> tags(String text) {
    List<Integer> list = new ArrayList<>();
    int offset = "tags:".length();
    for (String part : text.split(",", -1)) {
      list.add((int) words.number(part, offset, 255, "a tag"));
      offset += part.length() + 1;
    }
    return list;
  }

  private Translation table(String text, int from, int maxRemote) {
    List<Translation.Pair> pairs = new ArrayList<>();
    int offset = from;
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw words.wrong(offset, "'" + part + "' has no '='", "expected LOCAL=REMOTE");
      }
      String local = part.substring(0, equals);
      String remote = part.substring(equals + 1);
      pairs.add(
          new Translation.Pair(
              (int) words.number(local, offset, Translation.MAX_LOCAL, "a number of this machine"),
              (int) words.number(remote, offset + equals + 1, maxRemote, "a number on the wire")));
      offset += part.length() + 1;
    }
    return Translation.of(pairs, maxRemote);
  }
}
