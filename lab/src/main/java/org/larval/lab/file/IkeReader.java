package org.larval.lab.file;

import java.util.List;
import java.util.Map;
import org.larval.ike.config.Costs;
import org.larval.ike.config.Lifetime;
import org.larval.ike.config.Retransmission;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;

/** Reads what {@code keys:} says of {@code by: ike}. */
final class IkeReader {
  private static final String IKE = "aes128gcm16-prfsha256-x25519";
  private static final String ESP = "aes128gcm16";
  private static final long LAST_TENTH = 10;
  private static final long MOST_PACKETS = 1L << 32;
  private static final List<String> KEYS =
      List.of(
          "psk",
          "ike",
          "esp",
          "rekey-after",
          "rekey-packets",
          "rekey-bytes",
          "ike-rekey-after",
          "reauth-after",
          "make-before-break",
          "retransmit",
          "costs",
          "dpd",
          "start");

  private IkeReader() {}

  static LabFile.Keys.Ike read(Fields fields) {
    return new LabFile.Keys.Ike(
        fields.text("psk", "larval", "psk: a secret"),
        proposals(fields, "ike", Protocol.IKE, IKE),
        proposals(fields, "esp", Protocol.ESP, ESP),
        child(fields),
        life(fields.duration("ike-rekey-after", 0)),
        fields.duration("reauth-after", 0),
        fields.flag("make-before-break", true),
        fields.choice("retransmit", "strongswan", "strongswan", "libreswan").equals("libreswan")
            ? Retransmission.LIBRESWAN
            : Retransmission.STRONGSWAN,
        costs(fields),
        fields.duration("dpd", 0),
        switch (fields.choice("start", "on-demand", "on-demand", "ike-sa", "at-once")) {
          case "ike-sa" -> LabFile.Keys.Start.IKE_SA;
          case "at-once" -> LabFile.Keys.Start.AT_ONCE;
          default -> LabFile.Keys.Start.ON_DEMAND;
        });
  }

  /** Complains about a key that only IKE understands, in an entry that is not by IKE. */
  static void refuse(Map<String, YamlNode.Entry> entries) {
    for (String key : KEYS) {
      YamlNode.Entry entry = entries.get(key);
      if (entry != null) {
        throw new LabFileException(
            entry.value().where(),
            "'" + key + "' is for 'by: ike'",
            "leave it out, or add 'by: ike'");
      }
    }
  }

  private static List<Proposal> proposals(
      Fields fields, String key, Protocol protocol, String otherwise) {
    return fields.parsed(
        key, Proposals.parse(protocol, otherwise), text -> Proposals.parse(protocol, text));
  }

  private static Lifetime child(Fields fields) {
    Lifetime time = life(fields.duration("rekey-after", 0));
    long packets = fields.number("rekey-packets", 0, 0, MOST_PACKETS);
    long bytes = fields.bytes("rekey-bytes", 0);
    return new Lifetime(
        time.rekeyTime(),
        time.lifeTime(),
        time.randTime(),
        bytes,
        hard(bytes),
        packets,
        hard(packets));
  }

  private static Lifetime life(long rekey) {
    // the random tenth keeps both ends from replacing it at once
    return Lifetime.time(rekey, hard(rekey), rekey / LAST_TENTH);
  }

  /** An SA that nothing has replaced ends a tenth later, as strongSwan's do. */
  private static long hard(long soft) {
    return soft + soft / LAST_TENTH;
  }

  private static Costs costs(Fields fields) {
    YamlNode node = fields.node("costs");
    if (node == null) {
      return Costs.SERVER;
    }
    Fields costs = Fields.of(node, "'costs'");
    Costs read =
        new Costs(
            costs.duration("exchange", Costs.SERVER.exchange()),
            costs.duration("sign", Costs.SERVER.sign()),
            costs.duration("verify", Costs.SERVER.verify()),
            costs.duration("message", Costs.SERVER.message()));
    costs.finish();
    return read;
  }
}
