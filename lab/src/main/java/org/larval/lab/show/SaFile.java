package org.larval.lab.show;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmException;
import org.larval.xfrm.transform.Reseal;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file of {@code ip xfrm state add} lines, as a shell script has them: comments, blank lines,
 * lines continued by a backslash, {@code ip -n NAME} and {@code ip netns exec NAME}. Lines of
 * {@code ip} about anything else are passed over, policies among them. A file that is JSON gives
 * the lines in its array {@code ip_commands}.
 */
final class SaFile {
  /** A larger file is none that a person or a test wrote. */
  private static final long MAX_BYTES = 64L << 20;

  private static final Pattern NAMESPACE =
      Pattern.compile("^\\s*(sudo\\s+)?(ip\\s+netns\\s+exec\\s+\\S+\\s+)?(?=ip\\s)");
  private static final Pattern OBJECT =
      Pattern.compile("^\\s*ip\\s+(?:-\\S+\\s+(?:(?<=-n\\s|-netns\\s)\\S+\\s+)?)*(\\S+)\\s*(.*)$");
  private static final Pattern STATE = Pattern.compile("^(st\\w*|sa)\\s+(\\w+)\\b.*");

  private static final Pattern WRAPPING =
      Pattern.compile("(\\bextra-flag\\s+oseq-may-wrap(?!\\s+dont-)|\\boseq-may-wrap)\\b");

  private final String name;
  private final CryptoBackend backend;
  private final IpXfrm grammar = new IpXfrm(context -> 1);
  private final List<Sa> sas = new ArrayList<>();

  private SaFile(String name, CryptoBackend backend) {
    this.name = name;
    this.backend = backend;
  }

  /**
   * Reads all of it.
   *
   * @throws LabFileException with place and remedy
   */
  static List<Sa> read(Path path, CryptoBackend backend) {
    String name = path.toString();
    SaFile file = new SaFile(name, backend);
    String text = text(path, name);
    if (text.stripLeading().startsWith("{")) {
      file.json(text);
    } else {
      file.script(text);
    }
    return file.sas;
  }

  private static String text(Path path, String name) {
    Where top = new Where(name, 1, 1);
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new LabFileException(
            top, "the file has more than " + MAX_BYTES + " bytes", "give a file of ip xfrm lines");
      }
      return Files.readString(path);
    } catch (NoSuchFileException problem) {
      throw new LabFileException(
          top, "there is no such file", "name a file of ip xfrm state add lines");
    } catch (IOException problem) {
      throw new LabFileException(
          top, "the file is not readable text", "check its path, permissions and encoding (UTF-8)");
    }
  }

  private void script(String text) {
    String[] lines = text.split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      List<String> pieces = new ArrayList<>();
      int first = i;
      while (lines[i].endsWith("\\") && i + 1 < lines.length) {
        pieces.add(lines[i].substring(0, lines[i].length() - 1) + " ");
        i++;
      }
      pieces.add(lines[i]);
      command(
          String.join("", pieces),
          column -> {
            int line = 0;
            int rest = column;
            while (line + 1 < pieces.size() && rest > pieces.get(line).length()) {
              rest -= pieces.get(line).length();
              line++;
            }
            return new Where(name, first + line + 1, rest);
          });
    }
  }

  private void json(String text) {
    int before = sas.size();
    boolean found = false;
    try (JsonParser parser = JsonMapper.shared().createParser(text)) {
      int depth = 0;
      boolean commands = false;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (depth == 1 && token == JsonToken.PROPERTY_NAME) {
          commands = "ip_commands".equals(parser.currentName());
          found |= commands;
        } else if (commands && depth == 2 && token == JsonToken.VALUE_STRING) {
          TokenStreamLocation at = parser.currentTokenLocation();
          command(
              parser.getString(),
              column -> new Where(name, at.getLineNr(), at.getColumnNr() + column));
        }
      }
    } catch (JacksonException problem) {
      TokenStreamLocation at = problem.getLocation();
      throw new LabFileException(
          at == null ? new Where(name, 1, 1) : new Where(name, at.getLineNr(), at.getColumnNr()),
          "this is not JSON",
          "expected an object with an array ip_commands, or ip xfrm lines");
    }
    if (!found && sas.size() == before) {
      throw new LabFileException(
          new Where(name, 1, 1), "there is no array ip_commands", "add one, or give lines");
    }
  }

  /** Where a column of a command, from 1, is in the file. */
  @FunctionalInterface
  private interface Place {
    Where at(int column);
  }

  private void command(String given, Place place) {
    String line = withoutComment(given);
    Matcher namespace = NAMESPACE.matcher(line);
    if (namespace.find()) {
      line = " ".repeat(namespace.end()) + line.substring(namespace.end());
    }
    line = withoutWrapping(line);
    if (line.isBlank() || isAboutSomethingElse(line)) {
      return;
    }
    try {
      if (grammar.parse(line) instanceof IpXfrmCommand.StateAdd add) {
        Where where = place.at(1);
        sas.add(new Sa(where.line(), add, new Reseal(backend, add.identity(), add.parameters())));
      }
    } catch (IpXfrmException problem) {
      throw new LabFileException(place.at(problem.column()), problem.problem(), problem.remedy());
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          place.at(1 + line.length() - line.stripLeading().length()),
          String.valueOf(problem.getMessage()),
          "see 'ip xfrm help' for the grammar");
    }
  }

  /**
   * Blanks {@code oseq-may-wrap} out, which this house refuses to send with: it changes no packet.
   */
  private static String withoutWrapping(String line) {
    Matcher word = WRAPPING.matcher(line);
    return word.find()
        ? line.substring(0, word.start())
            + " ".repeat(word.end() - word.start())
            + line.substring(word.end())
        : line;
  }

  /** Cuts from a # that begins a word outside of quotes. */
  private static String withoutComment(String line) {
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '#' && (i == 0 || Character.isWhitespace(line.charAt(i - 1)))) {
        return line.substring(0, i);
      }
    }
    return line;
  }

  /** Whether a line of ip is no state add or update; the rest is for the grammar to judge. */
  private static boolean isAboutSomethingElse(String line) {
    Matcher ip = OBJECT.matcher(line);
    String rest;
    if (ip.matches()) {
      String object = ip.group(1);
      if (!"xfrm".startsWith(object)) {
        return !object.startsWith("x");
      }
      rest = ip.group(2);
    } else {
      rest = line.strip();
    }
    if (rest.startsWith("p") || rest.startsWith("mon")) {
      return true;
    }
    Matcher state = STATE.matcher(rest);
    return state.matches()
        && !"add".startsWith(state.group(2))
        && !"update".startsWith(state.group(2))
        && !"new".startsWith(state.group(2))
        && state.group(2).matches("d\\w*|f\\w*|l\\w*|sh\\w*|g\\w*|c\\w*|allocspi");
  }
}
