package org.larval.lab.ike;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.larval.ike.config.swanctl.SwanctlException;
import org.larval.ike.config.swanctl.SwanctlNode;
import org.larval.ike.config.swanctl.SwanctlParser;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.file.YamlNode;

/**
 * A swanctl.conf in the form of our own file: hyphens for underscores, lists for what has commas,
 * and without the keys that have no effect here.
 */
final class SwanctlFile {
  private static final int MAX_INCLUDED = 256;

  /** Keys whose values are lists. */
  private static final Set<String> LISTS =
      Set.of(
          "local-addrs",
          "remote-addrs",
          "vips",
          "pools",
          "certs",
          "cacerts",
          "local-ts",
          "remote-ts",
          "addrs");

  private final Path directory;
  private final List<String> warnings;

  private SwanctlFile(Path directory, List<String> warnings) {
    this.directory = directory;
    this.warnings = warnings;
  }

  /**
   * Reads the text of a file.
   *
   * @param warnings gets a line for each key that has no effect
   */
  static YamlNode read(Path file, String text, List<String> warnings) {
    Path parent = file.toAbsolutePath().getParent();
    SwanctlFile reading = new SwanctlFile(parent == null ? Path.of("/") : parent, warnings);
    try {
      return reading.top(
          SwanctlParser.parse(new SwanctlParser.Source(file.toString(), text), reading::included));
    } catch (SwanctlException problem) {
      throw new LabFileException(where(problem.where()), problem.what(), problem.remedy());
    }
  }

  private List<SwanctlParser.Source> included(String pattern, SwanctlNode.Place where)
      throws SwanctlException {
    Path wanted = directory.resolve(pattern);
    Path in = wanted.getParent();
    Path name = wanted.getFileName();
    List<Path> found = new ArrayList<>();
    if (in != null && name != null && Files.isDirectory(in)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(in, name.toString())) {
        files.forEach(found::add);
      } catch (IOException problem) {
        throw new SwanctlException(
            where, "the files of '" + pattern + "' cannot be listed", "check the permissions");
      }
    }
    if (found.size() > MAX_INCLUDED) {
      throw new SwanctlException(
          where, "'" + pattern + "' means more than 256 files", "include fewer");
    }
    List<SwanctlParser.Source> sources = new ArrayList<>();
    for (Path one : found.stream().sorted().toList()) {
      try {
        sources.add(new SwanctlParser.Source(one.toString(), Files.readString(one)));
      } catch (IOException problem) {
        throw new SwanctlException(
            where, one + " cannot be read", "check its permissions and that it is UTF-8");
      }
    }
    return sources;
  }

  private static Where where(SwanctlNode.Place place) {
    return new Where(place.file(), place.line(), place.column());
  }

  private YamlNode top(SwanctlNode.Section root) {
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, SwanctlNode.Entry> one : root.entries().entrySet()) {
      String name = one.getKey();
      SwanctlNode node = one.getValue().node();
      Where where = where(one.getValue().where());
      if (!(node instanceof SwanctlNode.Section section)) {
        throw new LabFileException(
            where, "'" + name + "' stands outside of all sections", "move it into connections");
      }
      YamlNode read =
          switch (name) {
            case "connections" -> named(section, this::connection);
            case "secrets", "pools", "authorities" -> named(section, this::keys);
            default ->
                throw new LabFileException(
                    where,
                    "there is no section '" + name + "'",
                    "there are connections, secrets, pools and authorities");
          };
      entries.put(name, new YamlNode.Entry(where, read));
    }
    return new YamlNode.Mapping(where(root.where()), entries);
  }

  private interface Inner {
    YamlNode of(SwanctlNode.Section section);
  }

  /** A section whose keys are names that the user has chosen. */
  private YamlNode named(SwanctlNode.Section section, Inner inner) {
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, SwanctlNode.Entry> one : section.entries().entrySet()) {
      Where where = where(one.getValue().where());
      if (!(one.getValue().node() instanceof SwanctlNode.Section of)) {
        throw new LabFileException(
            where, "'" + one.getKey() + "' is a value", "write a section in braces");
      }
      entries.put(one.getKey(), new YamlNode.Entry(where, inner.of(of)));
    }
    return new YamlNode.Mapping(where(section.where()), entries);
  }

  private YamlNode connection(SwanctlNode.Section section) {
    return keys(section);
  }

  private YamlNode keys(SwanctlNode.Section section) {
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, SwanctlNode.Entry> one : section.entries().entrySet()) {
      String key = one.getKey().replace('_', '-');
      Where where = where(one.getValue().where());
      switch (one.getValue().node()) {
        case SwanctlNode.Section inner -> {
          YamlNode read = key.equals("children") ? named(inner, this::keys) : keys(inner);
          entries.put(key, new YamlNode.Entry(where, read));
        }
        case SwanctlNode.Value value -> {
          switch (SwanctlWords.fate(key, value.text())) {
            case KNOWN -> entries.put(key, new YamlNode.Entry(where, value(key, value)));
            case IDLE -> {}
            case WARNED ->
                warnings.add(where + ": '" + one.getKey() + "' has no effect here; take it out");
            case REFUSED ->
                throw new LabFileException(
                    where,
                    "'" + one.getKey() + "' is not obeyed here, and without it less is protected",
                    "take it out if that is what you want");
          }
        }
      }
    }
    return new YamlNode.Mapping(where(section.where()), entries);
  }

  private static YamlNode value(String key, SwanctlNode.Value value) {
    Where where = where(value.where());
    if (!LISTS.contains(key)) {
      return new YamlNode.Scalar(where, value.text());
    }
    List<YamlNode> items = new ArrayList<>();
    for (String item : value.text().split(",", -1)) {
      if (!item.isBlank()) {
        items.add(new YamlNode.Scalar(where, item.strip()));
      }
    }
    return new YamlNode.Sequence(where, items);
  }
}
