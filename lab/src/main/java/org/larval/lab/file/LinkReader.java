package org.larval.lab.file;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.larval.lab.file.LabFile.End;
import org.larval.lab.file.LabFile.Link;
import org.larval.net.Impairments;
import org.larval.net.ImpairmentsBuilder;
import org.larval.net.Loss;

/** Reads one entry of {@code links:}. */
final class LinkReader {
  private LinkReader() {}

  static Link read(YamlNode node, Names names, List<Link> before) {
    Fields fields = Fields.of(node, "a link");
    List<Fields.Text> pair = names.pair(fields);
    End a = names.end(pair.get(0).where(), pair.get(0).text());
    End b = names.end(pair.get(1).where(), pair.get(1).text());
    refuseTaken(pair.get(0).where(), a, before);
    refuseTaken(pair.get(1).where(), b, before);
    Impairments impairments = impairments(fields, Impairments.NONE);
    String capture = fields.optionalText("pcap");
    fields.finish();
    return new Link(node.where(), a, b, impairments, capture);
  }

  private static void refuseTaken(Where where, End end, List<Link> before) {
    for (Link link : before) {
      if (end.nic() >= 0 && (link.a().equals(end) || link.b().equals(end))) {
        throw new LabFileException(
            where,
            "the NIC of '" + end.node() + "' is at the end of another link already",
            "join several guests by a bridge: 'bridges: [br0]'");
      }
    }
  }

  /** The impairments given, with those of {@code base} for the others. */
  static Impairments impairments(Fields fields, Impairments base) {
    ImpairmentsBuilder with = base.with();
    if (fields.has("delay")) {
      with.delayNanos(fields.duration("delay", 0));
    }
    if (fields.has("jitter")) {
      with.jitterNanos(fields.duration("jitter", 0));
    }
    if (fields.has("loss")) {
      with.loss(fields.share("loss"));
    }
    if (fields.has("loss-burst")) {
      with.loss(burst(fields));
    }
    if (fields.has("duplicate")) {
      with.duplicate(fields.share("duplicate"));
    }
    if (fields.has("reorder")) {
      with.reorder(fields.share("reorder"), 1);
    }
    if (fields.has("corrupt")) {
      with.corrupt(fields.share("corrupt"));
    }
    if (fields.has("rate")) {
      with.bitsPerSecond(fields.parsed("rate", 0L, Units::rate));
    }
    if (fields.has("queue")) {
      with.queuePackets((int) fields.number("queue", 1000, 0, Impairments.MAX_QUEUE));
    }
    if (fields.has("down")) {
      with.down(fields.flag("down", false));
    }
    try {
      return with.build();
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          fields.where(), String.valueOf(problem.getMessage()), "change one of the two");
    }
  }

  /** {@code loss-burst: {share: 2%, length: 5}}: on average so many lost frames in a row. */
  private static Loss burst(Fields link) {
    Fields fields =
        Fields.of(link.required("loss-burst", "{share: 2%, length: 5}"), "'loss-burst'");
    double share = fields.share("share");
    long length = fields.number("length", 5, 1, 10_000);
    fields.finish();
    if (share <= 0 || share >= 1) {
      throw new LabFileException(
          fields.where("share"), "a burst needs a share between 0% and 100%", "e.g. share: 2%");
    }
    double toGood = 1.0 / length;
    return new Loss.GilbertElliott(Math.min(1, toGood * share / (1 - share)), toGood);
  }

  /** Bridges without a spanning tree must form no loop, or a broadcast would run for ever. */
  static void refuseLoops(List<Link> links, Names names) {
    Map<String, String> parent = new HashMap<>();
    for (String bridge : names.bridges()) {
      parent.put(bridge, bridge);
    }
    for (Link link : links) {
      if (link.a().nic() >= 0 || link.b().nic() >= 0) {
        continue;
      }
      String a = root(parent, link.a().node());
      String b = root(parent, link.b().node());
      if (a.equals(b)) {
        throw new LabFileException(
            link.where(),
            "this link closes a loop of bridges",
            "leave one link of the loop out: our bridges have no spanning tree");
      }
      parent.put(a, b);
    }
  }

  private static String root(Map<String, String> parent, String from) {
    String at = from;
    while (!at.equals(parent.getOrDefault(at, at))) {
      at = parent.getOrDefault(at, at);
    }
    return at;
  }
}
