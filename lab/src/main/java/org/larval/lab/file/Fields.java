package org.larval.lab.file;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.larval.labels.SecurityContext;

/**
 * Reads the keys of one mapping. Each method takes a key off; {@link #finish} complains about keys
 * that nobody asked for, and names the one that was probably meant.
 */
public final class Fields {
  private final YamlNode.Mapping mapping;
  private final String what;
  private final Set<String> known = new LinkedHashSet<>();

  private Fields(YamlNode.Mapping mapping, String what) {
    this.mapping = mapping;
    this.what = what;
  }

  /** The fields of a node that must be a mapping. */
  public static Fields of(YamlNode node, String what) {
    if (node instanceof YamlNode.Mapping mapping) {
      return new Fields(mapping, what);
    }
    // not quoted: it may be a secret, or the text of a key file that was named by mistake
    String kind = node instanceof YamlNode.Scalar ? "a single value" : node.kind();
    throw new LabFileException(
        node.where(),
        what + " is a group of keys, not " + kind,
        "write {key: value, ...} or one key to a line");
  }

  /** The place of the mapping. */
  public Where where() {
    return mapping.where();
  }

  /** The place of a key, or of the mapping when the key is not there. */
  public Where where(String key) {
    YamlNode.Entry entry = mapping.entries().get(key);
    return entry == null ? mapping.where() : entry.value().where();
  }

  /** Whether a key is there. */
  public boolean has(String key) {
    known.add(key);
    return mapping.entries().containsKey(key);
  }

  /** All keys, in the order of the file. */
  public List<String> keys() {
    return List.copyOf(mapping.entries().keySet());
  }

  /** Whether a key is there and has keys of its own; the key stays unasked. */
  public boolean isGroup(String key) {
    YamlNode.Entry entry = mapping.entries().get(key);
    return entry != null && entry.value() instanceof YamlNode.Mapping;
  }

  /** The value of a key, or null. */
  public @Nullable YamlNode node(String key) {
    known.add(key);
    YamlNode.Entry entry = mapping.entries().get(key);
    return entry == null ? null : entry.value();
  }

  /** The value of a key that must be there. */
  public YamlNode required(String key, String example) {
    YamlNode node = node(key);
    if (node == null) {
      throw new LabFileException(
          where(), what + " has no '" + key + "'", "add one like '" + example + "'");
    }
    return node;
  }

  /** One word that must be there. */
  public String text(String key, String example) {
    return scalar(required(key, example), key);
  }

  /** One word, or a default if there is one. */
  public String text(String key, @Nullable String otherwise, String example) {
    YamlNode node = node(key);
    if (node == null && otherwise == null) {
      return text(key, example);
    }
    return node == null ? String.valueOf(otherwise) : scalar(node, key);
  }

  /** One word, or null. */
  public @Nullable String optionalText(String key) {
    YamlNode node = node(key);
    return node == null ? null : scalar(node, key);
  }

  /** A value that must be one word. */
  public static String scalar(YamlNode node, String key) {
    if (node instanceof YamlNode.Scalar scalar && !scalar.text().isEmpty()) {
      return scalar.text();
    }
    String found = node instanceof YamlNode.Scalar ? "nothing" : node.kind();
    throw new LabFileException(
        node.where(), "'" + key + "' is " + found + " instead of one word", "write one value");
  }

  /** One word, by a parser that complains by IllegalArgumentException. */
  public <T> T parsed(String key, T otherwise, Function<String, T> parse) {
    YamlNode node = node(key);
    return node == null ? otherwise : parse(node, scalar(node, key), parse);
  }

  /** A security context, or null; only its form is checked. */
  public @Nullable String context(String key) {
    YamlNode node = node(key);
    return node == null ? null : context(node, key);
  }

  /** The security contexts of a list. */
  public List<String> contexts(String key) {
    List<String> contexts = new ArrayList<>();
    for (YamlNode item : items(key)) {
      contexts.add(context(item, key));
    }
    return contexts;
  }

  private static String context(YamlNode node, String key) {
    String text = scalar(node, key);
    parse(node, text, SecurityContext::parse);
    return text;
  }

  /** Runs a parser that complains by IllegalArgumentException, and adds the place. */
  public static <T> T parse(YamlNode at, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException problem) {
      String message = String.valueOf(problem.getMessage());
      int semicolon = message.lastIndexOf(';');
      throw semicolon < 0
          ? new LabFileException(at.where(), message, "correct the value")
          : new LabFileException(
              at.where(),
              message.substring(0, semicolon),
              message.substring(semicolon + 1).strip());
    }
  }

  /** Nanoseconds. */
  public long duration(String key, long otherwise) {
    return parsed(key, otherwise, Units::duration);
  }

  /** A size in bytes. */
  public long bytes(String key, long otherwise) {
    return parsed(key, otherwise, Units::bytes);
  }

  /** A share of one. */
  public double share(String key) {
    return parsed(key, 0.0, Units::share);
  }

  /** A whole number. */
  public long number(String key, long otherwise, long least, long most) {
    return parsed(
        key,
        otherwise,
        text -> {
          try {
            long number = Long.decode(text);
            if (number >= least && number <= most) {
              return number;
            }
          } catch (NumberFormatException e) {
            // the complaint below fits this too
          }
          throw new IllegalArgumentException(
              "'"
                  + key
                  + "' is '"
                  + text
                  + "'; write a whole number from "
                  + least
                  + " to "
                  + most);
        });
  }

  /** Yes or no. */
  public boolean flag(String key, boolean otherwise) {
    return parsed(
        key,
        otherwise,
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true", "yes", "on" -> true;
              case "false", "no", "off" -> false;
              default ->
                  throw new IllegalArgumentException(
                      "'" + key + "' is '" + text + "'; write true or false");
            });
  }

  /** One of several words. */
  public String choice(String key, String otherwise, String... words) {
    return parsed(
        key,
        otherwise,
        text -> {
          for (String word : words) {
            if (word.equals(text)) {
              return word;
            }
          }
          throw new IllegalArgumentException(
              "'" + key + "' is '" + text + "'; write one of " + String.join(", ", words));
        });
  }

  /** The items of a list; a single value counts as a list of one. */
  public List<YamlNode> items(String key) {
    YamlNode node = node(key);
    return switch (node) {
      case null -> List.of();
      case YamlNode.Sequence sequence -> sequence.items();
      case YamlNode.Scalar scalar when scalar.text().isEmpty() -> List.of();
      default -> List.of(node);
    };
  }

  /** A list of words. */
  public List<Text> texts(String key) {
    List<Text> texts = new ArrayList<>();
    for (YamlNode item : items(key)) {
      texts.add(new Text(item.where(), scalar(item, key)));
    }
    return texts;
  }

  /** The entries of a mapping, in order. */
  public Map<String, YamlNode.Entry> entries(String key, String example) {
    YamlNode node = node(key);
    return switch (node) {
      case null -> Map.of();
      case YamlNode.Mapping inner -> inner.entries();
      default ->
          throw new LabFileException(
              node.where(), "'" + key + "' is " + node.kind(), "write it like " + example);
    };
  }

  /** Keys that were not asked for, as one complaint about the first. */
  public void finish() {
    for (Map.Entry<String, YamlNode.Entry> entry : mapping.entries().entrySet()) {
      if (!known.contains(entry.getKey())) {
        String near = nearest(entry.getKey());
        throw new LabFileException(
            entry.getValue().where(),
            what + " has no key '" + entry.getKey() + "'",
            near == null
                ? "it may have " + String.join(", ", known)
                : "did you mean '" + near + "'?");
      }
    }
  }

  private @Nullable String nearest(String word) {
    String best = null;
    int bestDistance = Math.max(2, word.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(word, candidate);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = candidate;
      }
    }
    return best;
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  /** A word with its place. */
  public record Text(Where where, String text) {}
}
