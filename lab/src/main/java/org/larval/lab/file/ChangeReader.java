package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.larval.lab.file.LabFile.Change;
import org.larval.lab.file.LabFile.End;
import org.larval.lab.file.LabFile.Link;

/** Reads {@code changes:}: what happens during the run. */
final class ChangeReader {
  private ChangeReader() {}

  static List<Change> read(List<YamlNode> items, Names names, List<Link> links) {
    List<Change> changes = new ArrayList<>();
    for (YamlNode item : items) {
      Fields fields = Fields.of(item, "an entry of 'changes'");
      fields.required("at", "at: 2s");
      long at = fields.duration("at", 0);
      Change.Action action;
      if (fields.has("between")) {
        int link = link(fields, names, links);
        action =
            new Change.Impair(link, LinkReader.impairments(fields, links.get(link).impairments()));
      } else if (fields.has("guest")) {
        action = steer(fields, names);
      } else {
        String guest = fields.text("on", "on: a");
        names.ours(fields.where("on"), guest);
        String line = fields.text("xfrm", "xfrm: state flush");
        action = new Change.Xfrm(guest, new LabFile.Line(fields.where("xfrm"), line));
      }
      fields.finish();
      changes.add(new Change(item.where(), at, action));
    }
    return List.copyOf(changes);
  }

  private static Change.Action steer(Fields fields, Names names) {
    String name = fields.text("guest", "guest: c");
    Outside outside = names.guest(fields.where("guest"), name).outside();
    if (outside == null || outside.program() == null) {
      throw new LabFileException(
          fields.where("guest"),
          "the lab starts no program for '" + name + "'",
          "give the guest 'outside' and 'process' or 'qemu'");
    }
    fields.required("do", "do: stop");
    String what = fields.choice("do", "", "start", "stop", "pause", "resume", "kill", "restart");
    return new Change.Steer(name, Program.Steering.valueOf(what.toUpperCase(Locale.ROOT)));
  }

  private static int link(Fields fields, Names names, List<Link> links) {
    List<Fields.Text> pair = names.pair(fields);
    End a = names.end(pair.get(0).where(), pair.get(0).text());
    End b = names.end(pair.get(1).where(), pair.get(1).text());
    for (int i = 0; i < links.size(); i++) {
      Link link = links.get(i);
      if ((link.a().equals(a) && link.b().equals(b))
          || (link.a().equals(b) && link.b().equals(a))) {
        return i;
      }
    }
    throw new LabFileException(
        fields.where("between"),
        "there is no link between '" + pair.get(0).text() + "' and '" + pair.get(1).text() + "'",
        links.isEmpty()
            ? "the lab has no links; add 'links:' first"
            : "the links are " + String.join(", ", links.stream().map(Link::label).toList()));
  }
}
