package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Lifetime;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.YamlNode;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** One connection of a file, with strongSwan's defaults. */
final class ConnectionReader {
  private static final long HOUR = 3_600_000_000_000L;
  private static final long MAX_PORT = 65_535;

  private final Dialect dialect;
  private final CredentialFiles files;
  private final Map<String, Prefix> pools;
  private final LabelMatch labels;

  ConnectionReader(
      Dialect dialect, CredentialFiles files, Map<String, Prefix> pools, LabelMatch labels) {
    this.labels = labels;
    this.dialect = dialect;
    this.files = files;
    this.pools = pools;
  }

  Connection read(String name, YamlNode node) {
    Fields fields = Fields.of(node, "a connection");
    if (fields.number("version", 2, 0, 2) == 1) {
      throw new LabFileException(
          fields.where("version"), "IKEv1 is not spoken here", "write version 2");
    }
    Connection.Builder connection =
        Connection.named(name, side(fields, "local", true), side(fields, "remote", false))
            .between(addresses(fields, "local-addrs"), addresses(fields, "remote-addrs"))
            .remotePort((int) fields.number("remote-port", 500, 1, MAX_PORT))
            .proposals(proposals(fields, "proposals", Protocol.IKE))
            .encap(dialect.flag(fields, "encap", false))
            .mobike(dialect.flag(fields, "mobike", true))
            .dpdDelay(dialect.duration(fields, "dpd-delay", 0))
            .fragmentation(word(fields, "fragmentation", Connection.Fragmentation.class, "yes"))
            .childless(word(fields, "childless", Connection.Childless.class, "allow"))
            .unique(word(fields, "unique", Connection.Unique.class, "no"))
            .ppk(fields.optionalText("ppk-id"), dialect.flag(fields, "ppk-required", false))
            .pool(pool(fields));
    List<IpAddress> virtual = new ArrayList<>();
    for (YamlNode item : fields.items("vips")) {
      virtual.add(Fields.parse(item, Fields.scalar(item, "vips"), IpAddress::parse));
    }
    connection.virtualIps(virtual);
    String redirect = fields.optionalText("redirect-to");
    if (redirect != null) {
      connection.redirectTo(fields.parsed("redirect-to", IpAddress.ANY4, IpAddress::parse));
    }
    long reauth = dialect.duration(fields, "reauth-time", 0);
    long rekey = dialect.duration(fields, "rekey-time", reauth > 0 ? 0 : 4 * HOUR);
    long over = dialect.duration(fields, "over-time", Math.max(rekey, reauth) / 10);
    long rand = dialect.duration(fields, "rand-time", over);
    long longest = Math.max(rekey, reauth);
    connection
        .lifetime(Lifetime.time(rekey, longest == 0 ? 0 : longest + over, within(rand, rekey)))
        .reauthTime(reauth);
    List<Child> children = new ArrayList<>();
    ChildReader reader = new ChildReader(dialect, labels);
    fields
        .entries("children", "children: {net: {remote-ts: 10.2.0.0/16}}")
        .forEach((child, entry) -> children.add(reader.read(child, entry.value())));
    fields.finish();
    Connection read = connection.children(children).build();
    if (!read.local().isEmpty()
        && !read.remote().isEmpty()
        && read.local().stream()
            .noneMatch(
                ours ->
                    read.remote().stream()
                        .anyMatch(one -> one.address().v6() == ours.address().v6()))) {
      throw new LabFileException(
          fields.where("remote-addrs"),
          "one side has IPv4 addresses only, the other IPv6",
          "give both an address of one family");
    }
    for (Child child : children) {
      if (read.encap()
          && child.proposals().stream().anyMatch(one -> one.protocol() == Protocol.AH.id())) {
        throw new LabFileException(
            fields.where("encap"),
            "AH cannot go inside UDP, and child " + child.name() + " has AH",
            "take encap out, or give the child esp-proposals");
      }
    }
    return read;
  }

  private static long within(long rand, long rekey) {
    return Math.min(rand, Math.max(0, rekey - 1));
  }

  private static List<Prefix> addresses(Fields fields, String key) {
    List<Prefix> prefixes = new ArrayList<>();
    for (YamlNode item : fields.items(key)) {
      String text = Fields.scalar(item, key);
      if (text.startsWith("%any")) {
        return List.of();
      }
      prefixes.add(
          Fields.parse(
              item,
              text,
              one -> {
                try {
                  return Prefix.parse(one).network();
                } catch (IllegalArgumentException problem) {
                  throw new IllegalArgumentException(
                      "'" + one + "' is no address; write one like 192.0.2.1, names are not asked");
                }
              }));
    }
    return prefixes;
  }

  static List<Proposal> proposals(Fields fields, String key, Protocol protocol) {
    YamlNode node = fields.node(key);
    if (node == null) {
      return Proposals.standard(protocol);
    }
    List<String> texts = new ArrayList<>();
    for (YamlNode item : fields.items(key)) {
      texts.add(Fields.scalar(item, key));
    }
    return Fields.parse(node, String.join(",", texts), text -> Proposals.parse(protocol, text));
  }

  static <E extends Enum<E>> E word(Fields fields, String key, Class<E> type, String otherwise) {
    E[] constants = type.getEnumConstants();
    String[] words = new String[constants.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = constants[i].name().toLowerCase(Locale.ROOT);
    }
    String chosen = fields.choice(key, otherwise, words);
    return Enum.valueOf(type, chosen.toUpperCase(Locale.ROOT));
  }

  private @Nullable Prefix pool(Fields fields) {
    List<YamlNode> names = fields.items("pools");
    if (names.isEmpty()) {
      return null;
    }
    if (names.size() > 1) {
      throw new LabFileException(
          names.get(1).where(), "more than one pool for a connection", "name one pool");
    }
    String name = Fields.scalar(names.getFirst(), "pools");
    Prefix pool = pools.get(name);
    if (pool == null) {
      throw new LabFileException(
          names.getFirst().where(), "there is no pool '" + name + "'", "add it under pools");
    }
    return pool;
  }

  private Authentication side(Fields fields, String side, boolean ours) {
    YamlNode node = fields.node(side);
    YamlNode suffixed = null;
    for (String key : fields.keys()) {
      if (key.startsWith(side + "-") && fields.isGroup(key)) {
        if (node != null || suffixed != null) {
          // the rounds of RFC 4739 are not there: dropping one would weaken the connection
          throw new LabFileException(
              fields.where(key),
              "more than one round of authentication is not done here",
              "keep one " + side + " section");
        }
        suffixed = fields.node(key);
      }
    }
    node = node == null ? suffixed : node;
    if (node == null) {
      return new Authentication(Authentication.Method.PUBKEY, Identity.ANYBODY);
    }
    Fields one = Fields.of(node, "the " + side + " side");
    Authentication.Method method =
        switch (one.choice(
            "auth", "pubkey", "psk", "pubkey", "none", "null", "eap-tls", "eap-mschapv2")) {
          case "psk" -> Authentication.Method.PSK;
          case "none", "null" -> Authentication.Method.NULL;
          case "eap-tls" -> Authentication.Method.EAP_TLS;
          case "eap-mschapv2" -> Authentication.Method.EAP_MSCHAPV2;
          default -> Authentication.Method.PUBKEY;
        };
    Identity identity = one.parsed("id", Identity.ANYBODY, Identity::parse);
    String eapId = one.optionalText("eap-id");
    List<String> certificates = new ArrayList<>();
    for (YamlNode item : one.items("certs")) {
      String name = Fields.scalar(item, "certs");
      certificates.add(ours ? files.own(item, name) : files.pinned(item, name, identity));
    }
    if (!ours) {
      files.authorities(one.items("cacerts"));
    }
    one.finish();
    return new Authentication(method, identity, eapId, ours ? certificates : List.of());
  }
}
