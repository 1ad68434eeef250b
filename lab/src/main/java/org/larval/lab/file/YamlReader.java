package org.larval.lab.file;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/** Reads YAML text into {@link YamlNode}s, keeping the place of everything. */
public final class YamlReader {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_LENGTH = 4 << 20;

  /** How many values a file may have, those counted again that an alias repeats. */
  private static final int MAX_VALUES = 1 << 20;

  /** A value with an anchor, and how many it holds. */
  private record Anchored(YamlNode node, int values) {}

  private final String file;
  private final YAMLParser parser;
  private final List<String> lines;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int values;

  private YamlReader(String file, YAMLParser parser, List<String> lines) {
    this.file = file;
    this.lines = lines;
    this.parser = parser;
  }

  /**
   * Reads a text of one document.
   *
   * @param file its name for complaints
   * @throws LabFileException if it is not YAML
   */
  public static YamlNode read(String file, String text) {
    if (text.length() > MAX_LENGTH) {
      throw new LabFileException(
          new Where(file, 1, 1), "the file is larger than 4 MB", "make it smaller");
    }
    try (YAMLParser parser =
        (YAMLParser) YAMLFactory.builder().build().createParser(ObjectReadContext.empty(), text)) {
      YamlReader reader = new YamlReader(file, parser, text.lines().toList());
      if (parser.nextToken() == null) {
        throw new LabFileException(
            new Where(file, 1, 1), "the file is empty", "begin with a line like 'lab: my-lab'");
      }
      YamlNode root = reader.node(0);
      if (parser.nextToken() != null) {
        throw new LabFileException(
            reader.here(), "a second document begins", "keep one lab to a file");
      }
      return root;
    } catch (JacksonException problem) {
      throw new LabFileException(
          place(file, problem.getLocation()),
          "this is not YAML: " + problem.getOriginalMessage().lines().findFirst().orElse(""),
          "check the indentation, colons and brackets here");
    }
  }

  private static Where place(String file, TokenStreamLocation at) {
    return at == null
        ? new Where(file, 1, 1)
        : new Where(file, Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()));
  }

  private Where here() {
    return place(file, parser.currentTokenLocation());
  }

  private YamlNode node(int depth) {
    Where where = here();
    if (depth > MAX_DEPTH) {
      throw new LabFileException(where, "nested too deeply", "a lab file has few levels");
    }
    JsonToken token = parser.currentToken();
    if (parser.isCurrentAlias()) {
      return aliased(where, parser.getString());
    }
    String anchor = parser.getObjectId();
    int before = values;
    count(where, 1);
    YamlNode node = value(where, token, depth);
    if (anchor != null) {
      anchors.put(anchor, new Anchored(node, values - before));
    }
    return node;
  }

  private void count(Where where, int more) {
    values += more;
    if (values > MAX_VALUES) {
      throw new LabFileException(where, "the file has too many values", "use fewer aliases");
    }
  }

  private YamlNode aliased(Where where, String name) {
    Anchored anchored = anchors.get(name);
    if (anchored == null) {
      throw new LabFileException(
          where, "there is no anchor '&" + name + "' before this", "write the value out");
    }
    count(where, anchored.values());
    return anchored.node();
  }

  private YamlNode value(Where where, JsonToken token, int depth) {
    return switch (token) {
      case START_OBJECT -> mapping(where, depth);
      case START_ARRAY -> sequence(where, depth);
      case VALUE_NULL -> new YamlNode.Scalar(where, "");
      default -> new YamlNode.Scalar(inside(where), parser.getString());
    };
  }

  /**
   * The first character of a value in quotes, or of a block of lines, so that columns can be
   * counted.
   */
  private Where inside(Where where) {
    String line = where.line() <= lines.size() ? lines.get(where.line() - 1) : "";
    char first = where.column() <= line.length() ? line.charAt(where.column() - 1) : ' ';
    if ((first == '|' || first == '>') && where.line() < lines.size()) {
      String next = lines.get(where.line());
      int indentation = next.length() - next.stripLeading().length();
      return new Where(file, where.line(), indentation + 1);
    }
    return first == '"' || first == '\''
        ? new Where(file, where.line(), where.column() + 1)
        : where;
  }

  private YamlNode mapping(Where where, int depth) {
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Where keyPlace = here();
      String key = parser.currentName();
      parser.nextToken();
      YamlNode value = node(depth + 1);
      if (entries.put(key, new YamlNode.Entry(keyPlace, value)) != null) {
        throw new LabFileException(keyPlace, "'" + key + "' is given twice", "keep one of them");
      }
    }
    return new YamlNode.Mapping(where, entries);
  }

  private YamlNode sequence(Where where, int depth) {
    List<YamlNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(depth + 1));
    }
    return new YamlNode.Sequence(where, items);
  }
}
