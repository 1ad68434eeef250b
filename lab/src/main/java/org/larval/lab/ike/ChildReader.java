package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.config.Child;
import org.larval.ike.config.Lifetime;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.message.Protocol;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.YamlNode;
import org.larval.xfrm.transform.SaParameters;

/** One child of a connection, with strongSwan's defaults. */
final class ChildReader {
  private static final long HOUR = 3_600_000_000_000L;
  private static final long MAX_REQID = 0x3fffffff;
  private static final long MAX_RESOURCES = 4096;

  private final Dialect dialect;

  private final LabelMatch labels;

  ChildReader(Dialect dialect, LabelMatch labels) {
    this.dialect = dialect;
    this.labels = labels;
  }

  Child read(String name, YamlNode node) {
    Fields fields = Fields.of(node, "a child");
    Child.Builder child =
        Child.named(name)
            .local(traffic(fields, "local-ts"))
            .remote(traffic(fields, "remote-ts"))
            .lifetime(lifetime(fields))
            .start(action(fields, "start-action"))
            .onClose(action(fields, "close-action"))
            .onDead(action(fields, "dpd-action"))
            .reqid((int) fields.number("reqid", 0, 0, MAX_REQID))
            .replayWindow((int) fields.number("replay-window", 32, 0, SaParameters.MAX_WINDOW))
            .perResource((int) fields.number("per-resource-sas", 0, 0, MAX_RESOURCES));
    boolean ah = fields.has("ah-proposals");
    if (ah && fields.has("esp-proposals")) {
      throw new LabFileException(
          fields.where("ah-proposals"), "both AH and ESP", "keep one of them");
    }
    child.proposals(
        ah
            ? ConnectionReader.proposals(fields, "ah-proposals", Protocol.AH)
            : ConnectionReader.proposals(fields, "esp-proposals", Protocol.ESP));
    if (fields.choice("mode", "tunnel", "tunnel", "transport").equals("transport")) {
      child.transport();
    }
    String mode = fields.choice("label-mode", "system", "system", "simple", "selinux");
    String label = mode.equals("selinux") ? fields.context("label") : fields.optionalText("label");
    child.label(label, mode.equals("selinux") ? Child.LabelMode.SELINUX : Child.LabelMode.SIMPLE);
    fields.finish();
    Child read = child.build();
    labels.check(fields.where("label"), read);
    return read;
  }

  private Lifetime lifetime(Fields fields) {
    boolean given = fields.has("life-time") && !fields.has("rekey-time");
    long life = dialect.duration(fields, "life-time", 0);
    long rekey = dialect.duration(fields, "rekey-time", given ? life * 10 / 11 : HOUR);
    life = fields.has("life-time") ? life : rekey + rekey / 10;
    long rand = dialect.duration(fields, "rand-time", Math.max(0, life - rekey));
    long rekeyBytes = dialect.amount(fields, "rekey-bytes", 0);
    long lifeBytes = dialect.amount(fields, "life-bytes", rekeyBytes + rekeyBytes / 10);
    long rekeyPackets = dialect.amount(fields, "rekey-packets", 0);
    long lifePackets = dialect.amount(fields, "life-packets", rekeyPackets + rekeyPackets / 10);
    return new Lifetime(
        rekey,
        life,
        Math.min(rand, Math.max(0, rekey - 1)),
        rekeyBytes,
        lifeBytes,
        rekeyPackets,
        lifePackets);
  }

  private static Child.Action action(Fields fields, String key) {
    return switch (fields.choice(
        key, "none", "none", "clear", "trap", "start", "restart", "trap|start")) {
      case "trap" -> Child.Action.TRAP;
      case "start", "restart", "trap|start" -> Child.Action.START;
      default -> Child.Action.NONE;
    };
  }

  private static List<TrafficSpec> traffic(Fields fields, String key) {
    List<TrafficSpec> specs = new ArrayList<>();
    for (YamlNode item : fields.items(key)) {
      specs.add(Fields.parse(item, Fields.scalar(item, key), TrafficSpecs::parse));
    }
    return specs.isEmpty() ? List.of(TrafficSpec.DYNAMIC) : specs;
  }
}
