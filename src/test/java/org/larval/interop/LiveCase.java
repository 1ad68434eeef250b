package org.larval.interop;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One exchange with a live peer: how both ends are configured, what is done, and which line of the
 * peer's log shows that it was done. Starts from a tunnel with a preshared key.
 */
final class LiveCase {
  static final String IKE = "aes128gcm16-prfsha256-x25519";
  static final String ESP = "aes128gcm16";

  /** What is done once the tunnel stands; complains by an exception. */
  @FunctionalInterface
  interface Deed {
    void on(LiveTunnel tunnel) throws Exception;
  }

  String name;
  boolean initiator = true;
  String auth = "psk";
  String ike = IKE;
  String esp = ESP;
  boolean ownNet = true;
  boolean theirNet = true;
  String ourTraffic = TwoNamespaces.OUR_NET + "/32";
  String theirTraffic = TwoNamespaces.THEIR_NET + "/32";
  boolean starts = true;
  boolean swanctl;
  final Map<String, String> ours = new LinkedHashMap<>();
  final Map<String, String> ourChild = new LinkedHashMap<>();
  final Map<String, String> ourSettings = new LinkedHashMap<>();
  final Map<String, String> charon = new LinkedHashMap<>();
  final Map<String, String> theirs = new LinkedHashMap<>();
  final Map<String, String> theirChild = new LinkedHashMap<>();

  /** The sections local and remote of our file and of the peer's; empty for what auth says. */
  String ourLocal = "";

  String ourRemote = "";
  String theirLocal = "";
  String theirRemote = "";
  String theirSections = "";
  String ourSections = "";

  /** A secret for EAP in our file. */
  String ourPasswords = "";

  String proof = "CHILD_SA net\\{\\d+\\} established";
  @Nullable Deed deed;

  LiveCase(String name, boolean initiator) {
    this.name = name;
    this.initiator = initiator;
    theirs.put("rekey_time", "0");
    theirs.put("mobike", "no");
    theirs.put("rand_time", "0");
    theirChild.put("rekey_time", "0");
    theirChild.put("rand_time", "0");
  }

  /** The same key and value in both files. */
  LiveCase both(String key, String value) {
    ours.put(key, value);
    theirs.put(key.replace('-', '_'), value);
    return this;
  }

  LiveCase deed(Deed does) {
    deed = does;
    return this;
  }

  LiveCase proof(String pattern) {
    proof = pattern;
    return this;
  }

  /** Our file. */
  String ourFile() {
    if (swanctl) {
      return swanctl(
          TwoNamespaces.OURS,
          TwoNamespaces.THEIRS,
          "dut.test",
          "peer.test",
          ourTraffic,
          theirTraffic,
          Map.of("mobike", "no"),
          Map.of());
    }
    boolean signs = !auth.equals("psk");
    StringBuilder yaml = new StringBuilder("connections:\n  gw:\n");
    line(yaml, 4, "local-addrs", ours.getOrDefault("local-addrs", TwoNamespaces.OURS));
    line(yaml, 4, "remote-addrs", TwoNamespaces.THEIRS);
    line(yaml, 4, "proposals", ike);
    ours.forEach(
        (key, value) -> {
          if (!key.equals("local-addrs")) {
            line(yaml, 4, key, value);
          }
        });
    String local =
        signs
            ? "{auth: pubkey, id: dut.test, certs: pki/dut.test.crt}"
            : "{auth: psk, id: dut.test}";
    String remote = "{auth: " + (signs ? "pubkey" : "psk") + ", id: peer.test}";
    line(yaml, 4, "local", ourLocal.isEmpty() ? local : ourLocal);
    line(yaml, 4, "remote", ourRemote.isEmpty() ? remote : ourRemote);
    yaml.append("    children:\n      net:\n");
    if (ownNet) {
      line(yaml, 8, "local-ts", ourTraffic);
    }
    if (theirNet) {
      line(yaml, 8, "remote-ts", theirTraffic);
    }
    line(yaml, 8, "esp-proposals", esp);
    ourChild.forEach((key, value) -> line(yaml, 8, key, value));
    yaml.append("secrets:\n");
    line(yaml, 2, "ike", "{ids: [dut.test, peer.test], secret: live-secret}");
    if (!ourPasswords.isEmpty()) {
      line(yaml, 2, "eap", ourPasswords);
    }
    if (signs) {
      line(yaml, 2, "private", "{file: pki/dut.test.key}");
      yaml.append("authorities: [pki/ca.crt]\n");
    }
    yaml.append(ourSections);
    if (!ourSettings.isEmpty()) {
      yaml.append("settings:\n");
      ourSettings.forEach((key, value) -> line(yaml, 2, key, value));
    }
    return yaml.toString();
  }

  private static void line(StringBuilder yaml, int indent, String key, String value) {
    yaml.append(" ".repeat(indent)).append(key).append(": ").append(value).append('\n');
  }

  /** The peer's file. */
  String theirFile() {
    return swanctl(
        TwoNamespaces.THEIRS,
        theirs.getOrDefault("remote_addrs", TwoNamespaces.OURS),
        "peer.test",
        "dut.test",
        theirTraffic,
        ourTraffic,
        theirs,
        theirChild);
  }

  private String swanctl(
      String here,
      String there,
      String id,
      String otherId,
      String localTraffic,
      String remoteTraffic,
      Map<String, String> connection,
      Map<String, String> child) {
    boolean signs = !auth.equals("psk");
    boolean peer = id.equals("peer.test");
    StringBuilder conf = new StringBuilder("connections {\n  gw {\n    version = 2\n");
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("local_addrs", here);
    lines.put("remote_addrs", there);
    lines.put("proposals", ike);
    lines.putAll(connection);
    lines.forEach((key, value) -> conf.append("    %s = %s\n".formatted(key, value)));
    String local =
        "auth = %s\n      id = %s\n%s"
            .formatted(signs ? "pubkey" : "psk", id, signs ? "      certs = " + id + ".crt\n" : "");
    String remote = "auth = %s\n      id = %s\n".formatted(signs ? "pubkey" : "psk", otherId);
    conf.append(
        "    local { %s    }\n".formatted(peer && !theirLocal.isEmpty() ? theirLocal : local));
    conf.append(
        "    remote { %s    }\n".formatted(peer && !theirRemote.isEmpty() ? theirRemote : remote));
    conf.append("    children { net {\n      esp_proposals = %s\n".formatted(esp));
    boolean localTs = peer ? theirNet : ownNet;
    boolean remoteTs = peer ? ownNet : theirNet;
    conf.append(localTs ? "      local_ts = " + localTraffic + "\n" : "");
    conf.append(remoteTs ? "      remote_ts = " + remoteTraffic + "\n" : "");
    child.forEach((key, value) -> conf.append("      %s = %s\n".formatted(key, value)));
    conf.append("    } }\n  }\n}\n");
    conf.append(
        "secrets { ike-1 { id-1 = dut.test\n id-2 = peer.test\n secret = \"live-secret\" } }\n");
    return conf.append(peer ? theirSections : "").toString();
  }
}
