package org.larval.lab.file;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFile.Traffic;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Reads {@code traffic:}. The key that names the kind says the port: {@code udp: 7}. */
final class TrafficReader {
  private static final String[] KINDS = {"udp", "ping", "tcp", "bulk", "dns"};
  private static final int DNS_PORT = 53;
  private static final long MS = 1_000_000L;

  private TrafficReader() {}

  static List<Traffic> read(List<YamlNode> items, Names names) {
    List<Traffic> all = new ArrayList<>();
    Map<Service, String> services = new HashMap<>();
    for (YamlNode item : items) {
      Traffic traffic = one(item, names, all.size() + 1);
      refuseSharedPort(traffic, services);
      all.add(traffic);
    }
    return List.copyOf(all);
  }

  /** A port of a guest at which traffic arrives. */
  private record Service(String guest, boolean tcp, int port) {}

  /** One port cannot be served by two kinds of applications. */
  private static void refuseSharedPort(Traffic traffic, Map<Service, String> services) {
    Service service =
        switch (traffic.kind()) {
          case Traffic.Udp udp -> new Service(traffic.to(), false, udp.port());
          case Traffic.Dns dns -> new Service(traffic.to(), false, DNS_PORT);
          case Traffic.TcpEcho echo -> new Service(traffic.to(), true, echo.port());
          case Traffic.TcpBulk bulk -> new Service(traffic.to(), true, bulk.port());
          case Traffic.Ping ping -> null;
        };
    if (service == null) {
      return;
    }
    String kind =
        switch (traffic.kind()) {
          case Traffic.Udp udp -> "udp";
          default -> traffic.kind().label();
        };
    String other = services.putIfAbsent(service, kind);
    if (other != null && !other.equals(kind)) {
      throw new LabFileException(
          traffic.where(),
          "port " + service.port() + " of '" + traffic.to() + "' serves '" + other + "' already",
          "give '" + kind + "' another port or another guest");
    }
  }

  private static Traffic one(YamlNode item, Names names, int flow) {
    Fields fields = Fields.of(item, "an entry of 'traffic'");
    String from = fields.text("from", "from: a");
    String to = fields.text("to", "to: b");
    names.guest(fields.where("from"), from);
    Guest target = names.guest(fields.where("to"), to);
    boolean v6 = fields.choice("family", "auto", "auto", "ipv4", "ipv6").equals("ipv6");
    IpAddress address =
        fields.parsed("address", address(fields.where("to"), target, v6), IpAddress::parse);
    long start = fields.duration("start", 0);
    boolean blocking = fields.flag("blocking", true);
    String label = fields.context("label");
    String name = fields.optionalText("name");
    String measured = fields.optionalText("measured");
    Traffic.Kind kind = kind(fields);
    fields.finish();
    return new Traffic(
        item.where(), flow, name, measured, from, to, address, start, blocking, label, kind);
  }

  private static IpAddress address(Where where, Guest guest, boolean v6) {
    for (LabFile.Nic nic : guest.nics()) {
      for (Prefix prefix : nic.addresses()) {
        if (prefix.address().v6() == v6) {
          return prefix.address();
        }
      }
    }
    if (!v6) {
      return address(where, guest, true);
    }
    throw new LabFileException(
        where,
        "guest '" + guest.name() + "' has no IPv6 address",
        "give it one, or leave 'family' out");
  }

  private static Traffic.Kind kind(Fields fields) {
    String found = null;
    for (String kind : KINDS) {
      if (fields.has(kind)) {
        if (found != null) {
          throw new LabFileException(
              fields.where(kind),
              "traffic is both '" + found + "' and '" + kind + "'",
              "make two entries of it");
        }
        found = kind;
      }
    }
    if (found == null) {
      throw new LabFileException(
          fields.where(),
          "the traffic has no kind",
          "add one of udp: 7, ping: yes, tcp: 5000, bulk: 5001, dns: yes");
    }
    return switch (found) {
      case "udp" ->
          new Traffic.Udp(
              port(fields, "udp"),
              positive(fields, "every", 100 * MS),
              count(fields, 10),
              (int) fields.number("size", 100, 4, 65000),
              fields.flag("connected", false),
              fields.choice("on-eagain", "go-on", "go-on", "die").equals("die"),
              fields.duration("first-after", 0),
              fields.flag("echo", false));
      case "ping" -> {
        fields.flag("ping", true);
        yield new Traffic.Ping(
            positive(fields, "every", 1000 * MS),
            count(fields, 4),
            (int) fields.number("size", 56, 0, 65000));
      }
      case "tcp" ->
          new Traffic.TcpEcho(
              port(fields, "tcp"),
              (int) fields.number("echo", 10, 0, 100_000),
              fields.duration("give-up", 8000 * MS));
      case "bulk" ->
          new Traffic.TcpBulk(
              port(fields, "bulk"),
              fields.bytes("bytes", 1_000_000),
              fields.duration("give-up", 60_000 * MS));
      default -> {
        fields.flag("dns", true);
        yield new Traffic.Dns(positive(fields, "every", 1000 * MS), count(fields, 1));
      }
    };
  }

  private static int port(Fields fields, String key) {
    return (int) fields.number(key, 0, 1, 65535);
  }

  private static int count(Fields fields, int otherwise) {
    return (int) fields.number("count", otherwise, 1, 10_000_000);
  }

  private static long positive(Fields fields, String key, long otherwise) {
    long duration = fields.duration(key, otherwise);
    if (duration == 0) {
      throw new LabFileException(
          fields.where(key), "'" + key + "' is zero", "write a duration like 10ms");
    }
    return duration;
  }
}
