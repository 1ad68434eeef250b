package org.larval.lab.file;

import java.util.List;
import java.util.Map;
import org.larval.lab.file.LabFile.Guest;

/** The names of a lab file, and what they may be used for. */
final class Names {
  private final Map<String, Guest> guests;
  private final List<String> bridges;

  Names(Map<String, Guest> guests, List<String> bridges) {
    this.guests = guests;
    this.bridges = bridges;
  }

  static void checkName(Where where, String name) {
    if (!name.matches("[a-zA-Z][a-zA-Z0-9_-]{0,31}")) {
      throw new LabFileException(
          where,
          "'" + name + "' is not a name",
          "begin with a letter, then letters, digits, - and _, 32 at most");
    }
  }

  Guest guest(Where where, String name) {
    Guest guest = guests.get(name);
    if (guest == null) {
      throw new LabFileException(
          where,
          bridges.contains(name)
              ? "'" + name + "' is a bridge, not a guest"
              : "there is no guest '" + name + "'",
          "the guests are " + String.join(", ", guests.keySet()));
    }
    return guest;
  }

  /** A guest that the lab runs. */
  Guest ours(Where where, String name) {
    Guest guest = guest(where, name);
    if (guest.outside() != null) {
      throw new LabFileException(
          where,
          "'" + name + "' lives outside, where the lab cannot do this",
          "configure it in the guest itself");
    }
    return guest;
  }

  /** A guest, a guest's NIC as {@code guest.nic}, or a bridge. */
  LabFile.End end(Where where, String text) {
    if (bridges.contains(text)) {
      return new LabFile.End(text, -1);
    }
    int dot = text.indexOf('.');
    Guest guest = guest(where, dot < 0 ? text : text.substring(0, dot));
    if (dot < 0) {
      if (guest.nics().size() > 1) {
        throw new LabFileException(
            where,
            "guest '" + text + "' has " + guest.nics().size() + " NICs",
            "say which, e.g. " + text + "." + guest.nics().getFirst().name());
      }
      return new LabFile.End(text, 0);
    }
    for (int nic = 0; nic < guest.nics().size(); nic++) {
      if (guest.nics().get(nic).name().equals(text.substring(dot + 1))) {
        return new LabFile.End(guest.name(), nic);
      }
    }
    throw new LabFileException(
        where,
        "guest '" + guest.name() + "' has no NIC '" + text.substring(dot + 1) + "'",
        "it has " + String.join(", ", guest.nics().stream().map(LabFile.Nic::name).toList()));
  }

  List<String> bridges() {
    return bridges;
  }

  /** Two names under {@code between}. */
  List<Fields.Text> pair(Fields fields) {
    List<Fields.Text> pair = fields.texts("between");
    if (pair.size() != 2) {
      throw new LabFileException(
          fields.where("between"),
          "'between' names " + pair.size() + " ends",
          "name two, e.g. between: [a, b]");
    }
    if (pair.get(0).text().equals(pair.get(1).text())) {
      throw new LabFileException(
          pair.get(1).where(),
          "both ends are '" + pair.get(1).text() + "'",
          "name two different ends");
    }
    return pair;
  }
}
