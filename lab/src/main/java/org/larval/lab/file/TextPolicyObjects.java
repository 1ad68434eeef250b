package org.larval.lab.file;

import java.util.List;
import java.util.Map;
import org.larval.labels.source.PolicyBuilder;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Reads the contexts that a policy in YAML gives to initial SIDs, ports, interfaces, networks. */
final class TextPolicyObjects {
  private final Fields fields;
  private final PolicyBuilder policy;

  TextPolicyObjects(Fields fields, PolicyBuilder policy) {
    this.fields = fields;
    this.policy = policy;
  }

  void read() {
    fields
        .entries("initial-sids", "initial-sids: {unlabeled: \"system_u:object_r:unlabeled_t\"}")
        .forEach(
            (name, entry) -> {
              String context = Fields.scalar(entry.value(), "initial-sids");
              TextPolicyReader.at(entry.value().where(), () -> policy.initialSid(name, context));
            });
    for (YamlNode item : fields.items("ports")) {
      port(item);
    }
    fields
        .entries("netifs", "netifs: {eth0: \"system_u:object_r:lan_netif_t\"}")
        .forEach(this::netif);
    fields
        .entries("nodes", "nodes: {10.0.0.0/8: \"system_u:object_r:lan_node_t\"}")
        .forEach(this::node);
  }

  private void port(YamlNode item) {
    Fields one = Fields.of(item, "an entry of 'ports'");
    YamlNode label = one.required("label", "label: \"system_u:object_r:http_port_t\"");
    String context = Fields.scalar(label, "label");
    boolean any = false;
    for (Map.Entry<String, Integer> protocol :
        List.of(
            Map.entry("tcp", 6),
            Map.entry("udp", 17),
            Map.entry("dccp", 33),
            Map.entry("sctp", 132))) {
      YamlNode range = one.node(protocol.getKey());
      if (range != null) {
        any = true;
        int[] ends = Fields.parse(range, Fields.scalar(range, "ports"), TextPolicyObjects::ends);
        TextPolicyReader.at(
            label.where(), () -> policy.port(protocol.getValue(), ends[0], ends[1], context));
      }
    }
    if (!any) {
      throw new LabFileException(
          item.where(),
          "this entry of 'ports' has no ports",
          "write 'tcp: 80' or 'udp: 1024-2047'");
    }
    one.finish();
  }

  private static int[] ends(String text) {
    if (text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      int dash = text.indexOf('-');
      int low = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
      int high = dash < 0 ? low : Integer.parseInt(text.substring(dash + 1));
      if (low <= high && high <= 65_535) {
        return new int[] {low, high};
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is no range of ports; write 80 or 1024-65535");
  }

  private void netif(String name, YamlNode.Entry entry) {
    if (entry.value() instanceof YamlNode.Scalar label) {
      TextPolicyReader.at(label.where(), () -> policy.netif(name, label.text(), label.text()));
      return;
    }
    Fields one = Fields.of(entry.value(), "interface '" + name + "'");
    YamlNode label = one.required("label", "label: \"system_u:object_r:lan_netif_t\"");
    String context = Fields.scalar(label, "label");
    String packets = one.text("packets", context, "");
    TextPolicyReader.at(label.where(), () -> policy.netif(name, context, packets));
    one.finish();
  }

  private void node(String network, YamlNode.Entry entry) {
    String context = Fields.scalar(entry.value(), "nodes");
    TextPolicyReader.at(
        entry.where(),
        () -> {
          Prefix prefix = Prefix.parse(network);
          TextPolicyReader.at(
              entry.value().where(),
              () -> {
                IpAddress base = prefix.address();
                long low = base.v6() ? base.low() : base.v4Bits() & 0xffffffffL;
                policy.node(base.v6(), base.v6() ? base.high() : 0, low, prefix.length(), context);
              });
        });
  }
}
