package org.larval.lab.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.larval.secmark.Interfaces;
import org.larval.secmark.LabelSource;
import org.larval.secmark.RuleException;
import org.larval.secmark.Ruleset;

/**
 * What stands under {@code secmark:} of a guest, loaded: lines of nft, {@code iptables} and {@code
 * ip6tables} commands, tables as {@code iptables-save} writes them, and the names of files for
 * {@code nft -f}, {@code iptables-restore} and {@code ip6tables-restore}.
 */
public final class GuestRules {
  /** Kinds of lines; those of one kind that follow each other are loaded together. */
  private enum Kind {
    NFT,
    COMMAND,
    TABLE,
    TABLE6,
    FILE
  }

  private final LabFile.Guest guest;
  private final Ruleset rules;

  private GuestRules(LabFile.Guest guest, LabelSource labels) {
    this.guest = guest;
    rules =
        new Ruleset(labels, new Interfaces(guest.nics().stream().map(LabFile.Nic::name).toList()));
  }

  /**
   * Loads the rules of a guest.
   *
   * @throws LabFileException if a line is wrong or a file cannot be read
   */
  public static Ruleset of(LabFile.Guest guest, LabelSource labels) {
    GuestRules loading = new GuestRules(guest, labels);
    loading.load();
    return loading.rules;
  }

  private void load() {
    List<LabFile.Line> waiting = new ArrayList<>();
    Kind before = Kind.NFT;
    boolean inTable = false;
    boolean six = false;
    for (LabFile.Line line : guest.secmark()) {
      String text = line.text();
      if (text.equals("iptables-restore") || text.equals("ip6tables-restore")) {
        six = text.startsWith("ip6");
        continue;
      }
      inTable |= text.startsWith("*");
      Kind kind = inTable ? six ? Kind.TABLE6 : Kind.TABLE : kind(text);
      if (kind != before) {
        load(before, waiting);
        waiting.clear();
        before = kind;
      }
      waiting.add(line);
      inTable &= !text.equals("COMMIT");
    }
    load(before, waiting);
  }

  private static Kind kind(String text) {
    if (text.startsWith("iptables ") || text.startsWith("ip6tables ")) {
      return Kind.COMMAND;
    }
    boolean file =
        text.startsWith("nft -f ")
            || text.startsWith("iptables-restore ")
            || text.startsWith("ip6tables-restore ");
    return file ? Kind.FILE : Kind.NFT;
  }

  private void load(Kind kind, List<LabFile.Line> lines) {
    if (lines.isEmpty()) {
      return;
    }
    if (kind == Kind.FILE) {
      lines.forEach(this::file);
      return;
    }
    List<String> texts =
        lines.stream().map(line -> line.text().substring(offset(kind, line))).toList();
    String whole = String.join("\n", texts) + "\n";
    try {
      switch (kind) {
        case COMMAND -> rules.runXtables(guest.name(), texts);
        case TABLE -> rules.loadXtables(guest.name(), whole, 4);
        case TABLE6 -> rules.loadXtables(guest.name(), whole, 6);
        default -> rules.loadNft(guest.name(), whole);
      }
    } catch (RuleException problem) {
      LabFile.Line line = lines.get(Math.min(problem.line(), lines.size()) - 1);
      Where where = line.where();
      int column = where.column() + offset(kind, line) + problem.column() - 1;
      throw new LabFileException(
          new Where(where.file(), where.line(), column), problem.wrong(), problem.right());
    }
  }

  private static int offset(Kind kind, LabFile.Line line) {
    return kind == Kind.NFT && line.text().startsWith("nft ") ? 4 : 0;
  }

  private void file(LabFile.Line line) {
    String[] words = line.text().split("[ <]+", -1);
    String name = words[words.length - 1];
    Path directory = Path.of(line.where().file()).getParent();
    Path path = directory == null ? Path.of(name) : directory.resolve(name);
    String text;
    try {
      if (Files.size(path) > Ruleset.MAX_TEXT) {
        throw new LabFileException(
            line.where(), path + " is too long for a file of rules", "use at most 8 MiB");
      }
      text = Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new LabFileException(
          line.where(), "there is no file " + path, "name one from the lab file's directory");
    }
    try {
      if (line.text().startsWith("nft")) {
        rules.loadNft(path.toString(), text);
      } else {
        rules.loadXtables(path.toString(), text, line.text().startsWith("ip6") ? 6 : 4);
      }
    } catch (RuleException problem) {
      throw new LabFileException(
          new Where(problem.file(), problem.line(), problem.column()),
          problem.wrong(),
          problem.right());
    }
  }
}
