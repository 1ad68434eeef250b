package org.larval.lab.file;

import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.LabFile.Protection;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mode;

/** Reads {@code protect:}: policies in short. */
final class ProtectionReader {
  private ProtectionReader() {}

  static List<Protection> read(List<YamlNode> items, Names names) {
    List<Protection> protections = new ArrayList<>();
    for (YamlNode item : items) {
      Fields fields = Fields.of(item, "an entry of 'protect'");
      List<Fields.Text> pair = names.pair(fields);
      names.guest(pair.get(0).where(), pair.get(0).text());
      names.guest(pair.get(1).where(), pair.get(1).text());
      Mode mode =
          fields.choice("mode", "transport", "transport", "tunnel").equals("tunnel")
              ? Mode.TUNNEL
              : Mode.TRANSPORT;
      List<Integer> protocols = new ArrayList<>();
      for (YamlNode protocol : fields.items("for")) {
        protocols.add(
            Fields.parse(protocol, Fields.scalar(protocol, "for"), ProtectionReader::protocol));
      }
      List<Prefix> sourceNet = prefixes(fields, "from-net");
      List<Prefix> targetNet = prefixes(fields, "to-net");
      boolean optional = fields.choice("level", "required", "required", "use").equals("use");
      boolean oneWay = fields.flag("one-way", false);
      if (optional && mode == Mode.TUNNEL) {
        throw new LabFileException(
            fields.where("level"),
            "the kernel refuses an optional tunnel in an outbound policy",
            "use level: required, or mode: transport");
      }
      String label = fields.context("label");
      int priority = (int) fields.number("priority", 0, 0, 0xffff_ffffL);
      int reqid = (int) fields.number("reqid", protections.size() + 1, 0, 0xffff_ffffL);
      fields.finish();
      protections.add(
          new Protection(
              item.where(),
              pair.get(0).text(),
              pair.get(1).text(),
              oneWay,
              mode,
              List.copyOf(protocols),
              sourceNet,
              targetNet,
              optional,
              label,
              priority,
              reqid));
    }
    return List.copyOf(protections);
  }

  private static List<Prefix> prefixes(Fields fields, String key) {
    List<Prefix> prefixes = new ArrayList<>();
    for (YamlNode item : fields.items(key)) {
      prefixes.add(Fields.parse(item, Fields.scalar(item, key), Prefix::parse).network());
    }
    return List.copyOf(prefixes);
  }

  private static Integer protocol(String text) {
    return switch (text) {
      case "tcp" -> IpProtocol.TCP;
      case "udp" -> IpProtocol.UDP;
      case "icmp" -> IpProtocol.ICMP;
      case "icmpv6", "ipv6-icmp" -> IpProtocol.ICMPV6;
      case "sctp" -> IpProtocol.SCTP;
      default ->
          throw new IllegalArgumentException(
              "'" + text + "' is not a protocol here; write udp, tcp, icmp, icmpv6 or sctp");
    };
  }
}
