package org.larval.lab.ike;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.file.YamlNode;
import org.larval.lab.file.YamlReader;
import org.larval.wire.Prefix;
import org.larval.xfrm.SaMissPolicy;

/**
 * Reads what {@code larval ike --config} names: YAML of ours, or, if its name ends with {@code
 * .conf}, a swanctl.conf.
 */
public final class IkeFileReader {
  private static final int IKE = 500;
  private static final int NAT = 4500;
  private static final long MAX_PORT = 65_535;

  private IkeFileReader() {}

  /**
   * Reads a file with all that it names.
   *
   * @throws LabFileException with the place of the first mistake and what would be right
   */
  public static IkeFile read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException problem) {
      throw new LabFileException(
          new Where(file.toString(), 1, 1),
          "the file cannot be read",
          "check its path and permissions");
    }
    try {
      return parse(
          file, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException problem) {
      throw new LabFileException(
          new Where(file.toString(), 1, 1), "the file is not UTF-8", "save it as UTF-8");
    }
  }

  /** The same with the text at hand. */
  public static IkeFile parse(Path file, String text) {
    if (text.isBlank()) {
      throw new LabFileException(
          new Where(file.toString(), 1, 1), "the file is empty", "begin with 'connections'");
    }
    boolean swanctl = file.toString().endsWith(".conf");
    List<String> warnings = new ArrayList<>();
    YamlNode root =
        swanctl ? SwanctlFile.read(file, text, warnings) : YamlReader.read(file.toString(), text);
    Path directory = file.toAbsolutePath().normalize().getParent();
    Keyring keyring = new Keyring();
    Path folder = directory == null ? Path.of("/") : directory;
    CredentialFiles files = new CredentialFiles(folder, swanctl, keyring);
    Fields fields = Fields.of(root, "the file");
    new SecretsReader(files, keyring).read(fields.entries("secrets", "secrets: {ike: {...}}"));
    authorities(fields, files);
    for (YamlNode one : fields.items("certs")) {
      files.certificate(one, Fields.scalar(one, "certs"));
    }
    for (YamlNode one : fields.items("crls")) {
      files.revocations(one, Fields.scalar(one, "crls"));
    }
    LabelMatch labels = LabelMatch.read(folder, fields.node("policy"));
    List<Connection> connections =
        connections(fields, swanctl ? Dialect.SWANCTL : Dialect.YAML, files, labels);
    YamlNode node = fields.node("settings");
    Fields own =
        Fields.of(
            node == null ? new YamlNode.Mapping(fields.where(), Map.of()) : node, "'settings'");
    Settings settings = SettingsReader.read(own);
    int port = (int) own.number("port", IKE, 1, MAX_PORT);
    int natPort = (int) own.number("port-nat", NAT, 1, MAX_PORT);
    String miss =
        own.choice(
            "sa-miss",
            SaMissPolicy.LINUX_DEFAULT.name(),
            SaMissPolicy.PRESETS.stream().map(SaMissPolicy::name).toArray(String[]::new));
    own.finish();
    fields.finish();
    if (swanctl) {
      files.folders(fields.where());
    }
    files.finish();
    complete(fields, connections, keyring, swanctl ? warnings : null);
    return new IkeFile(connections, settings, keyring, port, natPort, miss, labels, warnings);
  }

  /**
   * Complains of connections that can never be authenticated.
   *
   * @param warnings gets what strongSwan does not mind either, or null to mind it
   */
  private static void complete(
      Fields fields,
      List<Connection> connections,
      Keyring keyring,
      @Nullable List<String> warnings) {
    Map<String, YamlNode.Entry> places = fields.entries("connections", "connections: {gw: {...}}");
    MissingCredentials missing = new MissingCredentials(keyring);
    for (Connection one : connections) {
      MissingCredentials.Gap gap = missing.of(one);
      YamlNode.Entry entry = places.get(one.name());
      if (gap == null || entry == null) {
        continue;
      }
      String what = "connection '" + one.name() + "': " + gap.what();
      if (warnings == null) {
        throw new LabFileException(entry.where(), what, gap.remedy());
      }
      warnings.add(entry.where() + ": " + what + "; " + gap.remedy());
    }
  }

  private static void authorities(Fields fields, CredentialFiles files) {
    YamlNode node = fields.node("authorities");
    if (node instanceof YamlNode.Mapping) {
      fields
          .entries("authorities", "authorities: {ours: {cacert: ca.pem}}")
          .forEach(
              (name, entry) -> {
                Fields one = Fields.of(entry.value(), "an authority");
                YamlNode file = one.required("cacert", "cacert: ca.pem");
                files.authority(file, Fields.scalar(file, "cacert"));
                one.finish();
              });
      return;
    }
    for (YamlNode one : fields.items("authorities")) {
      files.authority(one, Fields.scalar(one, "authorities"));
    }
  }

  private static List<Connection> connections(
      Fields fields, Dialect dialect, CredentialFiles files, LabelMatch labels) {
    Map<String, Prefix> pools = new LinkedHashMap<>();
    fields
        .entries("pools", "pools: {clients: {addrs: 10.3.0.0/24}}")
        .forEach(
            (name, entry) -> {
              Fields one = Fields.of(entry.value(), "a pool");
              List<YamlNode> addresses = one.items("addrs");
              if (addresses.size() != 1) {
                throw new LabFileException(
                    entry.where(), "a pool has one prefix", "add one like 'addrs: 10.3.0.0/24'");
              }
              YamlNode item = addresses.getFirst();
              String text = Fields.scalar(item, "addrs");
              pools.put(name, Fields.parse(item, text, Prefix::parse));
              one.finish();
            });
    ConnectionReader reader = new ConnectionReader(dialect, files, pools, labels);
    List<Connection> connections = new ArrayList<>();
    fields
        .entries("connections", "connections: {gw: {remote-addrs: 192.0.2.1}}")
        .forEach((name, entry) -> connections.add(reader.read(name, entry.value())));
    return connections;
  }
}
