package org.larval.lab.file;

import java.util.List;
import java.util.Map;

/** YAML as it stands, each value with its place. Aliases and tags are not part of a lab file. */
public sealed interface YamlNode {
  /** Where it stands. */
  Where where();

  /** A word, number or string; YAML's own types are not asked. */
  record Scalar(Where where, String text) implements YamlNode {}

  /** A list. */
  record Sequence(Where where, List<YamlNode> items) implements YamlNode {}

  /** Keys in the order of the file. */
  record Mapping(Where where, Map<String, Entry> entries) implements YamlNode {}

  /** A key with its own place, and its value. */
  record Entry(Where where, YamlNode value) {}

  /** What a person would call this kind of value. */
  default String kind() {
    return switch (this) {
      case Scalar scalar -> "'" + scalar.text() + "'";
      case Sequence sequence -> "a list";
      case Mapping mapping -> "a group of keys";
    };
  }
}
