package org.larval.ike.config.swanctl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.swanctl.SwanctlNode.Entry;
import org.larval.ike.config.swanctl.SwanctlNode.Place;
import org.larval.ike.config.swanctl.SwanctlNode.Section;
import org.larval.ike.config.swanctl.SwanctlNode.Value;

/**
 * Reads strongSwan's settings format: {@code name { ... }}, {@code key = value}, comments behind #,
 * {@code include pattern}, sections that come twice and are one, and {@code name : other { ... }},
 * which takes over what the section of that path has and it has not.
 */
public final class SwanctlParser {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_LENGTH = 4 << 20;
  private static final int MAX_ENTRIES = 100_000;
  private static final String STOPS = "#{}=:,\"";

  /** A file that an include names. */
  public record Source(String name, String text) {}

  /** Finds the files of a pattern. */
  @FunctionalInterface
  public interface Includes {
    /**
     * The files in the order of their names.
     *
     * @throws SwanctlException if one cannot be read
     */
    List<Source> of(String pattern, Place where) throws SwanctlException;
  }

  private record Reference(Section section, List<String> paths, Place where) {}

  private final Includes includes;
  private final List<Reference> references = new ArrayList<>();
  private int entries;

  private SwanctlParser(Includes includes) {
    this.includes = includes;
  }

  /**
   * Reads a file with all that it includes.
   *
   * @throws SwanctlException at the first mistake
   */
  public static Section parse(Source source, Includes includes) throws SwanctlException {
    SwanctlParser parser = new SwanctlParser(includes);
    Section root = new Section(new Place(source.name(), 1, 1), new LinkedHashMap<>());
    parser.file(source, root, 0);
    for (Reference reference : parser.references) {
      for (String path : reference.paths()) {
        Section from = find(root, path);
        if (from == null) {
          throw new SwanctlException(
              reference.where(), "there is no section '" + path + "'", "name one that is there");
        }
        parser.inherit(reference.section(), from, 0, reference.where());
      }
    }
    return root;
  }

  private void file(Source source, Section into, int depth) throws SwanctlException {
    SwanctlLexer lexer = new SwanctlLexer(source.name(), source.text());
    if (source.text().length() > MAX_LENGTH) {
      throw new SwanctlException(lexer.here(), "the file is larger than 4 MB", "make it smaller");
    }
    body(lexer, into, depth, null);
  }

  /** Statements up to the end of the file, or of the section that was opened. */
  private void body(SwanctlLexer lexer, Section into, int depth, @Nullable Place opened)
      throws SwanctlException {
    if (depth > MAX_DEPTH) {
      throw new SwanctlException(
          lexer.here(), "nested too deeply", "sections and includes go 16 deep at most");
    }
    while (true) {
      lexer.blanks(true);
      if (lexer.ended()) {
        if (opened != null) {
          throw new SwanctlException(opened, "a section is not closed", "close it with }");
        }
        return;
      }
      if (lexer.peek() == '}') {
        if (opened == null) {
          throw new SwanctlException(lexer.here(), "no section is open here", "take the } away");
        }
        lexer.skip();
        return;
      }
      statement(lexer, into, depth);
    }
  }

  private void statement(SwanctlLexer lexer, Section into, int depth) throws SwanctlException {
    Place where = lexer.here();
    String name = lexer.word(STOPS);
    if (name.isEmpty()) {
      throw new SwanctlException(
          where, "a name is missing", "write 'key = value' or 'section { ... }'");
    }
    if (++entries > MAX_ENTRIES) {
      throw new SwanctlException(where, "more than 100000 settings", "make the file smaller");
    }
    lexer.blanks(false);
    char sign = lexer.peek();
    if (name.equals("include") && sign != '=' && sign != '{') {
      for (Source source : includes.of(lexer.word("#{}"), where)) {
        file(source, into, depth + 1);
      }
      return;
    }
    if (sign == '=') {
      lexer.skip();
      lexer.blanks(false);
      Place value = lexer.here();
      into.entries().put(name, new Entry(where, new Value(value, lexer.value())));
      return;
    }
    List<String> paths = paths(lexer);
    lexer.blanks(true);
    if (lexer.peek() != '{') {
      throw new SwanctlException(
          where, "behind '" + name + "' stands neither = nor {", "write 'key = value'");
    }
    Place opened = lexer.here();
    lexer.skip();
    Section section = section(into, name, where, opened);
    if (!paths.isEmpty()) {
      references.add(new Reference(section, paths, where));
    }
    body(lexer, section, depth + 1, opened);
  }

  private static List<String> paths(SwanctlLexer lexer) throws SwanctlException {
    List<String> paths = new ArrayList<>();
    while (lexer.peek() == ':' || lexer.peek() == ',') {
      lexer.skip();
      lexer.blanks(true);
      Place where = lexer.here();
      String path = lexer.word(STOPS);
      if (path.isEmpty()) {
        throw new SwanctlException(where, "a section's name is missing", "name it behind the :");
      }
      paths.add(path);
      lexer.blanks(false);
    }
    return paths;
  }

  private static Section section(Section into, String name, Place where, Place opened) {
    Entry known = into.entries().get(name);
    if (known != null && known.node() instanceof Section section) {
      return section;
    }
    Section section = new Section(opened, new LinkedHashMap<>());
    into.entries().put(name, new Entry(where, section));
    return section;
  }

  private static @Nullable Section find(Section root, String path) {
    Section section = root;
    for (String name : path.split("\\.", -1)) {
      Entry entry = section.entries().get(name);
      if (entry == null || !(entry.node() instanceof Section inner)) {
        return null;
      }
      section = inner;
    }
    return section;
  }

  private void inherit(Section into, Section from, int depth, Place where) throws SwanctlException {
    if (depth > MAX_DEPTH || entries > MAX_ENTRIES) {
      throw new SwanctlException(where, "sections refer to each other", "take one reference away");
    }
    for (Map.Entry<String, Entry> one : List.copyOf(from.entries().entrySet())) {
      entries++;
      Entry own = into.entries().get(one.getKey());
      SwanctlNode node = one.getValue().node();
      if (node instanceof Section section && (own == null || own.node() instanceof Section)) {
        Section target = section(into, one.getKey(), one.getValue().where(), section.where());
        inherit(target, section, depth + 1, where);
      } else if (own == null) {
        into.entries().put(one.getKey(), one.getValue());
      }
    }
  }
}
