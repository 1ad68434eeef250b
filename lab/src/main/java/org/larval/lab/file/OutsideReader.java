package org.larval.lab.file;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.larval.nic.MemifPort;
import org.larval.wire.VxlanView;

/** Reads {@code outside:} of a guest, and who plays it: {@code process:} or {@code qemu:}. */
final class OutsideReader {
  private static final String[] KINDS = {
    "netfile", "vhost-user", "memif", "tap", "dgram", "stream", "vxlan"
  };

  /** Keys of guests that the lab runs; a guest outside has its own ways. */
  private static final String[] OURS = {
    "routes",
    "gateway",
    "forward",
    "loopback-xfrm",
    "label",
    "admin",
    "isolated",
    "kernel",
    "sa-miss",
    "acquire-expires",
    "xfrm",
    "secmark",
    "netlabel",
    "sysctl",
    "netfile"
  };

  private static final int LONGEST_DEVICE = 15;
  private static final long SECOND = 1_000_000_000L;
  private static final Pattern MEMORY = Pattern.compile("([0-9]{1,6})([MG])");

  private OutsideReader() {}

  static @Nullable Outside read(Fields guest) {
    YamlNode process = guest.node("process");
    YamlNode qemu = guest.node("qemu");
    YamlNode node = guest.node("outside");
    if (node == null) {
      if (process != null || qemu != null) {
        throw new LabFileException(
            guest.where(process == null ? "qemu" : "process"),
            "the guest has no 'outside'",
            "say how it is joined: 'outside: {netfile: c.nic}'");
      }
      return null;
    }
    for (String key : OURS) {
      if (guest.has(key)) {
        throw new LabFileException(
            guest.where(key),
            "'" + key + "' is for guests that the lab runs, and this one lives outside",
            "leave it out and configure the guest itself");
      }
    }
    if (process != null && qemu != null) {
      throw new LabFileException(
          guest.where("qemu"), "'process' and 'qemu' are both given", "keep one of them");
    }
    Attachment attachment = attachment(Fields.of(node, "'outside'"));
    Program program =
        process != null
            ? process(Fields.of(process, "'process'"))
            : qemu != null ? qemu(Fields.of(qemu, "'qemu'"), attachment) : null;
    return new Outside(node.where(), attachment, program);
  }

  private static Attachment attachment(Fields fields) {
    String found = null;
    for (String kind : KINDS) {
      if (fields.has(kind)) {
        if (found != null) {
          throw new LabFileException(
              fields.where(kind),
              "'outside' is both '" + found + "' and '" + kind + "'",
              "a guest has one NIC; keep one of them");
        }
        found = kind;
      }
    }
    boolean inNamespace = fields.has("netns");
    if (found == null) {
      fields.finish();
      throw new LabFileException(
          fields.where(),
          "'outside' does not say how the guest is joined",
          "add one of " + String.join(", ", KINDS));
    }
    if (inNamespace && !found.equals("tap")) {
      throw new LabFileException(
          fields.where("netns"), "'netns' goes with 'tap'", "leave it out, or add 'tap: tap0'");
    }
    Attachment attachment =
        switch (found) {
          case "netfile" -> new Attachment.Netfile(fields.text("netfile", "netfile: c.nic"));
          case "vhost-user" -> vhostUser(fields.required("vhost-user", "vhost-user: c.sock"));
          case "memif" -> memif(fields.required("memif", "memif: c.sock"));
          case "tap" -> tap(fields);
          case "dgram" -> dgram(fields.required("dgram", "dgram: {here: ..., there: ...}"));
          case "stream" -> stream(fields.required("stream", "stream: {listen: c.sock}"));
          default -> vxlan(fields.required("vxlan", "vxlan: {vni: 42, here: ..., there: ...}"));
        };
    fields.finish();
    return attachment;
  }

  private static Attachment vhostUser(YamlNode node) {
    if (node instanceof YamlNode.Scalar) {
      return new Attachment.VhostUser(socket(node, "vhost-user"), false);
    }
    Fields fields = Fields.of(node, "'vhost-user'");
    String path = socket(fields.required("socket", "socket: c.sock"), "socket");
    boolean connect = fields.flag("connect", false);
    fields.finish();
    return new Attachment.VhostUser(path, connect);
  }

  private static String socket(YamlNode node, String key) {
    return Fields.parse(node, Fields.scalar(node, key), Sockets::unix).toString();
  }

  private static Attachment memif(YamlNode node) {
    if (node instanceof YamlNode.Scalar) {
      return new Attachment.Memif(socket(node, "memif"), 0, "");
    }
    Fields fields = Fields.of(node, "'memif'");
    String path = socket(fields.required("socket", "socket: c.sock"), "socket");
    int id = (int) fields.number("id", 0, 0, 0xffff_ffffL);
    String secret = fields.text("secret", "", "secret: swordfish");
    fields.finish();
    if (secret.getBytes(StandardCharsets.UTF_8).length > MemifPort.LONGEST_SECRET) {
      throw new LabFileException(
          fields.where("secret"),
          "'secret' is longer than a memif client can say",
          "give at most " + MemifPort.LONGEST_SECRET + " bytes");
    }
    return new Attachment.Memif(path, id, secret);
  }

  private static Attachment tap(Fields fields) {
    String name = deviceName(fields, "tap", LONGEST_DEVICE);
    String namespace = fields.has("netns") ? deviceName(fields, "netns", 255) : null;
    return new Attachment.Tap(name, namespace);
  }

  private static String deviceName(Fields fields, String key, int longest) {
    String name = fields.text(key, key + ": " + key + "0");
    if (name.length() > longest || !name.matches("[A-Za-z0-9_.-]+") || name.matches("\\.\\.?")) {
      throw new LabFileException(
          fields.where(key),
          "'" + name + "' is no name for '" + key + "'",
          "give 1 to " + longest + " letters, digits, dots, - and _");
    }
    return name;
  }

  private static Attachment dgram(YamlNode node) {
    Fields fields = Fields.of(node, "'dgram'");
    YamlNode here = fields.required("here", "here: 127.0.0.1:7001");
    YamlNode there = fields.required("there", "there: 127.0.0.1:7002");
    fields.finish();
    var bound = Fields.parse(here, Fields.scalar(here, "here"), Sockets::any);
    var peer = Fields.parse(there, Fields.scalar(there, "there"), Sockets::any);
    if (bound.getClass() != peer.getClass()) {
      throw new LabFileException(
          there.where(),
          "'here' and 'there' are not of one kind",
          "give two addresses with ports, or two paths");
    }
    return new Attachment.Dgram(bound, peer);
  }

  private static Attachment stream(YamlNode node) {
    Fields fields = Fields.of(node, "'stream'");
    boolean connect = fields.has("connect");
    if (connect == fields.has("listen")) {
      throw new LabFileException(
          fields.where(),
          "'stream' needs either 'listen' or 'connect'",
          "write {listen: c.sock} or {connect: 127.0.0.1:7001}");
    }
    String key = connect ? "connect" : "listen";
    YamlNode at = fields.required(key, key + ": c.sock");
    fields.finish();
    return new Attachment.Stream(Fields.parse(at, Fields.scalar(at, key), Sockets::any), connect);
  }

  private static Attachment vxlan(YamlNode node) {
    Fields fields = Fields.of(node, "'vxlan'");
    fields.required("vni", "vni: 42");
    int vni = (int) fields.number("vni", 0, 0, VxlanView.MAX_VNI);
    InetSocketAddress here = end(fields, "here");
    InetSocketAddress there = end(fields, "there");
    fields.finish();
    if (here.getAddress().getClass() != there.getAddress().getClass()) {
      throw new LabFileException(
          fields.where("there"), "'here' and 'there' mix IPv4 and IPv6", "keep to one of them");
    }
    return new Attachment.Vxlan(vni, here, there);
  }

  private static InetSocketAddress end(Fields fields, String key) {
    YamlNode node = fields.required(key, key + ": 192.0.2.1:4789");
    return Fields.parse(node, Fields.scalar(node, key), text -> Sockets.inet(text, VxlanView.PORT));
  }

  // --- who plays it ---

  private static Program process(Fields fields) {
    fields.required("run", "run: [larval, guest, --netfile, c.nic]");
    List<String> run = new ArrayList<>();
    fields.texts("run").forEach(word -> run.add(word.text()));
    if (run.isEmpty()) {
      throw new LabFileException(
          fields.where("run"), "'run' names no program", "write [program, argument, ...]");
    }
    Map<String, String> environment = new LinkedHashMap<>();
    fields
        .entries("env", "{KEY: value}")
        .forEach((name, entry) -> environment.put(name, Fields.scalar(entry.value(), name)));
    String log = fields.optionalText("log");
    Pattern ready = ready(fields);
    if (ready != null && log == null) {
      throw new LabFileException(
          fields.where("ready"), "'ready' is looked for in 'log', and there is none", "add one");
    }
    long within = fields.duration("within", 30 * SECOND);
    boolean atStart = fields.flag("start", true);
    fields.finish();
    Program.Command command = new Program.Command(run, environment);
    return new Program(fields.where(), command, log, ready, within, atStart);
  }

  private static Program qemu(Fields fields, Attachment attachment) {
    if (!(attachment instanceof Attachment.VhostUser
        || attachment instanceof Attachment.Dgram
        || attachment instanceof Attachment.Stream)) {
      throw new LabFileException(
          fields.where(),
          "QEMU has no netdev for a '" + attachment.label().replaceAll(" .*", "") + "'",
          "join it by vhost-user, dgram or stream");
    }
    String kernel = fields.text("kernel", "kernel: vmlinuz");
    String initrd = fields.optionalText("initrd");
    long memory = fields.parsed("memory", 256L << 20, OutsideReader::memory);
    String accelerator = fields.choice("accel", "tcg", "tcg", "kvm");
    String append = fields.text("append", "", "append: quiet");
    String console = fields.text("console", "console: c.console");
    String log = fields.optionalText("log");
    Pattern ready = ready(fields);
    long within = fields.duration("within", 180 * SECOND);
    boolean atStart = fields.flag("start", true);
    fields.finish();
    Program.Qemu machine = new Program.Qemu(kernel, initrd, memory, accelerator, append, console);
    return new Program(fields.where(), machine, log, ready, within, atStart);
  }

  private static @Nullable Pattern ready(Fields fields) {
    YamlNode node = fields.node("ready");
    return node == null
        ? null
        : Fields.parse(
            node,
            Fields.scalar(node, "ready"),
            text -> {
              try {
                return Pattern.compile(text);
              } catch (PatternSyntaxException problem) {
                throw new IllegalArgumentException(
                    "'" + text + "' is no regular expression: " + problem.getDescription(),
                    problem);
              }
            });
  }

  private static long memory(String text) {
    Matcher matcher = MEMORY.matcher(text.strip());
    if (matcher.matches()) {
      return Long.parseLong(matcher.group(1)) << (matcher.group(2).equals("M") ? 20 : 30);
    }
    throw new IllegalArgumentException("'" + text + "' is no memory; write one like 256M or 1G");
  }
}
