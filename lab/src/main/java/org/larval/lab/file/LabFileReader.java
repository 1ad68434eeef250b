package org.larval.lab.file;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFile.Line;
import org.larval.lab.file.LabFile.Link;
import org.larval.lab.file.LabFile.TextPolicy;
import org.larval.xfrm.SaMissPolicy;

/** Reads a lab file: YAML into {@link LabFile}, one section after the other. */
public final class LabFileReader {
  private LabFileReader() {}

  /**
   * Reads a file.
   *
   * @throws LabFileException if the file cannot be read or something in it is wrong
   */
  public static LabFile read(Path path) {
    String name = path.toString();
    try {
      return parse(name, Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new LabFileException(
          new Where(name, 1, 1),
          "there is no such file",
          "name a lab file, e.g. examples/two.yaml");
    } catch (MalformedInputException e) {
      throw new LabFileException(
          new Where(name, 1, 1), "the file is not UTF-8 text", "a lab file is YAML in UTF-8");
    } catch (IOException e) {
      throw new LabFileException(
          new Where(name, 1, 1), "the file cannot be read", "check its path and permissions");
    }
  }

  /**
   * Reads text; {@code name} stands in complaints.
   *
   * @throws LabFileException if something in it is wrong
   */
  public static LabFile parse(String name, String text) {
    Fields fields = Fields.of(YamlReader.read(name, text), "a lab file");
    String labName = fields.text("lab", "lab: two-guests");
    String description = fields.text("description", "", "");
    long seed = fields.number("seed", 1, 0, Long.MAX_VALUE);
    boolean realTime = fields.choice("time", "virtual", "virtual", "real").equals("real");
    long until = fields.duration("until", Long.MAX_VALUE);
    TextPolicy policy = policy(fields.node("policy"));
    SaMissPolicy saMiss = SaMissReader.read(fields.node("sa-miss"));
    List<String> bridges = bridges(fields);
    Map<String, Guest> guests = guests(fields, saMiss, bridges);
    refuseOutside(guests.values(), realTime);
    Svirt svirt = Svirt.read(fields.node("svirt"));
    guests = Svirt.label(svirt, guests, seed);
    Names names = new Names(guests, bridges);
    List<Link> links = new ArrayList<>();
    for (YamlNode item : fields.items("links")) {
      links.add(LinkReader.read(item, names, links));
    }
    LinkReader.refuseLoops(links, names);
    var protections = ProtectionReader.read(fields.items("protect"), names);
    var keys = KeysReader.read(fields.items("keys"), names, realTime);
    var traffic = TrafficReader.read(fields.items("traffic"), names);
    var changes = ChangeReader.read(fields.items("changes"), names, links);
    var expectations = ExpectationReader.read(fields.items("expect"), traffic.size());
    var comparison = ComparisonReader.read(fields.node("compare"));
    fields.finish();
    if (realTime && until == Long.MAX_VALUE) {
      until = LabFile.REAL_TIME_LIMIT;
    }
    return new LabFile(
        fields.where(),
        labName,
        description,
        seed,
        realTime,
        until,
        policy,
        svirt,
        guests,
        bridges,
        List.copyOf(links),
        protections,
        keys,
        traffic,
        changes,
        expectations,
        comparison);
  }

  private static void refuseOutside(Collection<Guest> guests, boolean realTime) {
    for (Guest guest : guests) {
      Outside outside = guest.outside();
      if (outside != null && !realTime) {
        throw new LabFileException(
            outside.where(),
            "guest '" + guest.name() + "' lives outside, where time is real",
            "write 'time: real' at the top of the file");
      }
    }
  }

  private static @Nullable TextPolicy policy(@Nullable YamlNode node) {
    if (node == null) {
      return null;
    }
    if (node instanceof YamlNode.Scalar) {
      String path = Fields.scalar(node, "policy");
      return new TextPolicy(node.where(), true, List.of(), path, Map.of());
    }
    Fields fields = Fields.of(node, "'policy'");
    boolean enforcing = fields.flag("enforcing", true);
    List<Line> rules = lines(fields, "rules");
    String path = fields.optionalText("file");
    if (path != null && !rules.isEmpty()) {
      throw new LabFileException(
          fields.where("rules"), "'policy' has both 'file' and 'rules'", "keep one of them");
    }
    Map<String, Boolean> booleans = booleans(fields);
    if (path == null && !booleans.isEmpty()) {
      throw new LabFileException(
          fields.where("booleans"), "'booleans' belong to a policy with 'file'", "name the file");
    }
    fields.finish();
    return new TextPolicy(node.where(), enforcing, rules, path, booleans);
  }

  private static Map<String, Boolean> booleans(Fields fields) {
    Map<String, Boolean> booleans = new LinkedHashMap<>();
    String example = "{allow_browser_dmz: on}";
    YamlNode node = fields.node("booleans");
    if (node != null) {
      Fields inner = Fields.of(node, "'booleans'");
      fields
          .entries("booleans", example)
          .keySet()
          .forEach(name -> booleans.put(name, inner.flag(name, false)));
    }
    return booleans;
  }

  /** A list of lines, or one text of several lines. */
  static List<Line> lines(Fields fields, String key) {
    List<Line> lines = new ArrayList<>();
    for (Fields.Text text : fields.texts(key)) {
      int offset = 0;
      for (String line : text.text().split("\n", -1)) {
        if (!line.isBlank() && !line.strip().startsWith("#")) {
          Where at = text.where();
          boolean block = text.text().indexOf('\n') >= 0;
          int first = block ? at.line() + 1 + offset : at.line();
          lines.add(new Line(new Where(at.file(), first, at.column()), line.strip()));
        }
        offset++;
      }
    }
    return lines;
  }

  private static List<String> bridges(Fields fields) {
    List<String> bridges = new ArrayList<>();
    for (Fields.Text text : fields.texts("bridges")) {
      Names.checkName(text.where(), text.text());
      if (bridges.contains(text.text())) {
        throw new LabFileException(
            text.where(), "bridge '" + text.text() + "' is named twice", "name each once");
      }
      bridges.add(text.text());
    }
    return bridges;
  }

  private static Map<String, Guest> guests(
      Fields fields, @Nullable SaMissPolicy saMiss, List<String> bridges) {
    Map<String, Guest> guests = new LinkedHashMap<>();
    Map<String, YamlNode.Entry> entries =
        fields.entries("guests", "guests: {a: {nic: 10.0.0.1/24}}");
    if (entries.isEmpty()) {
      throw new LabFileException(
          fields.where("guests"), "the lab has no guests", "add 'guests:' with at least one");
    }
    for (Map.Entry<String, YamlNode.Entry> entry : entries.entrySet()) {
      Names.checkName(entry.getValue().where(), entry.getKey());
      if (bridges.contains(entry.getKey())) {
        throw new LabFileException(
            entry.getValue().where(),
            "'" + entry.getKey() + "' is a bridge already",
            "give the guest another name");
      }
      guests.put(
          entry.getKey(), GuestReader.read(entry.getKey(), entry.getValue().value(), saMiss));
    }
    GuestReader.refuseSharedAddresses(guests.values());
    return guests;
  }
}
