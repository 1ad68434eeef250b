package org.larval.lab.file;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.NetLabelSysctl;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFile.Kernel;
import org.larval.lab.file.LabFile.Nic;
import org.larval.lab.file.LabFile.Route;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;
import org.larval.wire.Prefix;
import org.larval.xfrm.SaMissPolicy;

/** Reads one entry of {@code guests:}. */
final class GuestReader {
  private GuestReader() {}

  static Guest read(String name, YamlNode node, @Nullable SaMissPolicy labSaMiss) {
    Fields fields = Fields.of(node, "guest '" + name + "'");
    Outside outside = OutsideReader.read(fields);
    List<Nic> nics = nics(fields);
    if (outside != null && nics.size() != 1) {
      throw new LabFileException(
          fields.where("nics"), "a guest outside has one NIC", "give each NIC a guest of its own");
    }
    List<Route> routes = routes(fields);
    boolean forward = fields.flag("forward", false);
    boolean loopbackXfrm = fields.flag("loopback-xfrm", false);
    String label = fields.context("label");
    boolean isolated = fields.flag("isolated", true);
    if (label != null && !isolated) {
      throw new LabFileException(
          fields.where("isolated"),
          "'isolated' and 'label' are both given",
          "'isolated' is for guests that svirt labels; leave one of them out");
    }
    String administrator = fields.context("admin");
    Kernel kernel =
        switch (fields.choice("kernel", "linux-6.12", "exact", "linux-6.1", "linux-6.12")) {
          case "exact" -> Kernel.EXACT;
          case "linux-6.1" -> Kernel.LINUX_6_1;
          default -> Kernel.LINUX_6_12;
        };
    SaMissPolicy own = SaMissReader.read(fields.node("sa-miss"));
    long expires = fields.duration("acquire-expires", LabFile.ACQUIRE_EXPIRES);
    List<LabFile.Line> xfrm = LabFileReader.lines(fields, "xfrm");
    List<LabFile.Line> secmark = LabFileReader.lines(fields, "secmark");
    List<LabFile.Line> netlabel = LabFileReader.lines(fields, "netlabel");
    Map<NetLabelSysctl, Integer> sysctls = sysctls(fields.node("sysctl"));
    String netfile = fields.optionalText("netfile");
    String capture = fields.optionalText("pcap");
    fields.finish();
    return new Guest(
        node.where(),
        name,
        nics,
        routes,
        forward,
        loopbackXfrm,
        label,
        label != null,
        isolated,
        administrator,
        kernel,
        own == null ? labSaMiss : own,
        expires,
        xfrm,
        secmark,
        netlabel,
        sysctls,
        netfile,
        capture,
        outside);
  }

  private static Map<NetLabelSysctl, Integer> sysctls(@Nullable YamlNode node) {
    Map<NetLabelSysctl, Integer> given = new EnumMap<>(NetLabelSysctl.class);
    if (node != null) {
      Fields fields = Fields.of(node, "'sysctl'");
      for (NetLabelSysctl each : NetLabelSysctl.values()) {
        long value = fields.number(each.toString(), each.atBoot(), 0, each.most());
        if (value != each.atBoot()) {
          given.put(each, (int) value);
        }
      }
      fields.finish();
    }
    return given;
  }

  private static List<Nic> nics(Fields fields) {
    if (fields.has("nic") == fields.has("nics")) {
      throw new LabFileException(
          fields.where(),
          fields.has("nic") ? "'nic' and 'nics' are both given" : "a guest has no NIC",
          "write 'nic: 10.0.0.1/24', or 'nics: {eth0: 10.0.0.1/24, eth1: ...}' for several");
    }
    List<Nic> nics = new ArrayList<>();
    if (fields.has("nic")) {
      nics.add(nic("eth0", fields.required("nic", "nic: 10.0.0.1/24")));
    }
    fields
        .entries("nics", "nics: {eth0: 10.0.0.1/24}")
        .forEach(
            (name, entry) -> {
              Names.checkName(entry.where(), name);
              nics.add(nic(name, entry.value()));
            });
    return List.copyOf(nics);
  }

  private static Nic nic(String name, YamlNode node) {
    if (!(node instanceof YamlNode.Mapping)) {
      return new Nic(name, null, addresses(node), 1500);
    }
    Fields fields = Fields.of(node, "NIC '" + name + "'");
    List<Prefix> addresses = addresses(fields.required("address", "address: 10.0.0.1/24"));
    MacAddress mac = null;
    YamlNode macNode = fields.node("mac");
    if (macNode != null) {
      mac = Fields.parse(macNode, Fields.scalar(macNode, "mac"), MacAddress::parse);
      if (MacAddress.isGroup(mac.bits())) {
        throw new LabFileException(
            macNode.where(), mac + " is a group address", "a NIC's address is even, e.g. 02:...");
      }
    }
    int mtu = (int) fields.number("mtu", 1500, 68, 9216);
    fields.finish();
    return new Nic(name, mac, addresses, mtu);
  }

  private static List<Prefix> addresses(YamlNode node) {
    List<YamlNode> items =
        node instanceof YamlNode.Sequence sequence ? sequence.items() : List.of(node);
    List<Prefix> addresses = new ArrayList<>();
    for (YamlNode item : items) {
      Prefix prefix = Fields.parse(item, Fields.scalar(item, "nic"), Prefix::parse);
      boolean network = !prefix.address().v6() && prefix.length() < 31;
      if (prefix.address().isMulticast()
          || prefix.address().isAny()
          || (network
              && (prefix.network().address().equals(prefix.address())
                  || prefix.broadcast().equals(prefix.address())))) {
        throw new LabFileException(
            item.where(), prefix + " is no host's address", "give the host part too: 10.0.0.1/24");
      }
      addresses.add(prefix);
    }
    return List.copyOf(addresses);
  }

  private static List<Route> routes(Fields fields) {
    List<Route> routes = new ArrayList<>();
    for (YamlNode item : fields.items("routes")) {
      routes.add(Fields.parse(item, Fields.scalar(item, "routes"), GuestReader::route));
    }
    for (YamlNode item : fields.items("gateway")) {
      IpAddress via = Fields.parse(item, Fields.scalar(item, "gateway"), IpAddress::parse);
      routes.add(new Route(Prefix.any(via.v6()), via));
    }
    return List.copyOf(routes);
  }

  private static Route route(String text) {
    String[] words = text.strip().split("\\s+");
    if (words.length != 3 || !words[1].equals("via")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a route; write one like '10.8.0.0/24 via 10.0.0.254'");
    }
    IpAddress via = IpAddress.parse(words[2]);
    Prefix target = words[0].equals("default") ? Prefix.any(via.v6()) : Prefix.parse(words[0]);
    if (target.address().v6() != via.v6()) {
      throw new IllegalArgumentException(
          "'" + text + "' mixes IPv4 and IPv6; give a gateway of the target's family");
    }
    return new Route(target.network(), via);
  }

  /** Two guests with one address, or one MAC, make a lab that nobody wants to debug. */
  static void refuseSharedAddresses(Collection<Guest> guests) {
    Map<IpAddress, String> owners = new LinkedHashMap<>();
    Map<MacAddress, String> macs = new LinkedHashMap<>();
    for (Guest guest : guests) {
      for (Nic nic : guest.nics()) {
        MacAddress mac = nic.mac();
        String macOwner = mac == null ? null : macs.put(mac, guest.name());
        if (macOwner != null) {
          throw new LabFileException(
              guest.where(),
              "'" + guest.name() + "' and '" + macOwner + "' both have the MAC " + mac,
              "give each NIC its own");
        }
        for (Prefix prefix : nic.addresses()) {
          String owner = owners.put(prefix.address(), guest.name());
          if (owner != null) {
            throw new LabFileException(
                guest.where(),
                "'"
                    + guest.name()
                    + "' and '"
                    + owner
                    + "' both have the address "
                    + prefix.address(),
                "give each guest its own");
          }
        }
      }
    }
  }
}
