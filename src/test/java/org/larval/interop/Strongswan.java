package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A strongSwan with its own ESP (kernel-libipsec) in a network namespace, out of Debian's packages
 * strongswan-swanctl, charon-systemd and libcharon-extra-plugins.
 */
final class Strongswan implements AutoCloseable {
  /** Where another one is installed than the packages' own; empty for those. */
  private static final String PREFIX = System.getProperty("larval.live.strongswan", "");

  private static final String CHARON =
      PREFIX.isEmpty() ? "/usr/sbin/charon-systemd" : PREFIX + "/libexec/ipsec/charon";
  private static final String SWANCTL = (PREFIX.isEmpty() ? "/usr" : PREFIX) + "/sbin/swanctl";
  private static final String LIBRARIES =
      "LD_LIBRARY_PATH=" + (PREFIX.isEmpty() ? "" : PREFIX + "/lib/ipsec");
  private static final int STEPS = 200;
  private static final int STEP_MILLIS = 50;

  private final Path folder;
  private final String namespace;
  private @Nullable Process charon;

  Strongswan(Path folder, String namespace) {
    this.folder = folder;
    this.namespace = namespace;
  }

  /** An empty text, or why this machine cannot run one. */
  static String missing() {
    if (!Files.isExecutable(Path.of(CHARON)) || !Files.isExecutable(Path.of(SWANCTL))) {
      return "strongSwan is not installed (Debian: strongswan-swanctl, charon-systemd,"
          + " libcharon-extra-plugins, strongswan-pki)";
    }
    return Commands.have("pki") ? "" : "pki is not installed (Debian: strongswan-pki)";
  }

  /** Its version, such as 5.9.8. */
  static String version() throws IOException {
    String said = Commands.run(List.of("env", LIBRARIES, SWANCTL, "--version")).text();
    Matcher number = Pattern.compile("\\d+(\\.\\d+)+").matcher(said);
    return number.find() ? number.group() : said;
  }

  /** Whether a method of EAP is there; if not, that is printed. */
  static boolean hasEap(String method) {
    String file = "ipsec/plugins/libstrongswan-eap-" + method + ".so";
    String prefix = PREFIX.isEmpty() ? "/usr/lib/" : PREFIX + "/lib/";
    boolean there = Files.exists(Path.of(prefix + file));
    if (!there) {
      System.out.println(
          "skipped: cases with eap-"
              + method
              + ", which this strongSwan lacks (Debian: libcharon-extauth-plugins has mschapv2)");
    }
    return there;
  }

  Path credentials(String kind) {
    return folder.resolve("swanctl").resolve(kind);
  }

  /** Makes the folders, before credentials are put into them. */
  void prepare() throws IOException {
    for (String kind : List.of("x509", "x509ca", "private", "pubkey", "x509crl")) {
      Files.createDirectories(credentials(kind));
    }
  }

  /**
   * Starts it.
   *
   * @param settings of charon, by their paths below it
   * @param connections text of swanctl.conf
   */
  void start(Map<String, String> settings, String connections)
      throws IOException, InterruptedException {
    StringBuilder conf = new StringBuilder(PREFIX.isEmpty() ? "charon-systemd {\n" : "charon {\n");
    conf.append(
        """
          load_modular = no
          load = random nonce aes sha1 sha2 sha3 hmac kdf gcm ccm ctr chapoly curve25519 openssl ml \
        pem pkcs1 pkcs8 x509 pubkey revocation constraints counters vici md4 mgf1 xcbc cmac \
        eap-identity eap-mschapv2 eap-tls eap-dynamic kernel-libipsec kernel-netlink socket-default updown
          install_routes = yes
        """);
    settings.forEach((key, value) -> conf.append(nested(key, value)));
    conf.append("  plugins { vici { socket = unix://%s/vici } }\n".formatted(folder));
    conf.append(
        "  filelog { log { path = %s/log\n default = 1\n ike = 2\n net = 1\n flush_line = yes } }\n"
            .formatted(folder));
    conf.append("}\n");
    Files.writeString(folder.resolve("strongswan.conf"), conf);
    Files.writeString(credentials("swanctl.conf"), connections);
    // a private /run hides its pid file from others
    Process process =
        new ProcessBuilder(
                Commands.in(
                    namespace,
                    "env",
                    LIBRARIES,
                    "STRONGSWAN_CONF=" + folder.resolve("strongswan.conf"),
                    "SWANCTL_DIR=" + folder.resolve("swanctl"),
                    "unshare",
                    "-m",
                    "--propagation",
                    "private",
                    "sh",
                    "-c",
                    "mount -t tmpfs tmpfs /run; exec " + CHARON))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .directory(folder.toFile())
            .start();
    charon = process;
    for (int i = 0; i < STEPS && !Files.exists(folder.resolve("vici")); i++) {
      if (process.waitFor(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IOException("charon ended: " + Files.readString(folder.resolve("out")));
      }
    }
    Commands.Said loaded = swanctl("--load-all");
    for (int i = 0; i < STEPS && loaded.text().contains("Connection refused"); i++) {
      // the socket has a name before anybody listens
      if (process.waitFor(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
        break;
      }
      loaded = swanctl("--load-all");
    }
    if (loaded.status() != 0) {
      throw new IOException("swanctl: " + loaded.text());
    }
  }

  private static String nested(String path, String value) {
    int dot = path.indexOf('.');
    return dot < 0
        ? "  %s = %s\n".formatted(path, value)
        : "  %s {\n%s  }\n"
            .formatted(path.substring(0, dot), nested(path.substring(dot + 1), value));
  }

  Commands.Said swanctl(String... words) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "env",
                LIBRARIES,
                "STRONGSWAN_CONF=" + folder.resolve("strongswan.conf"),
                "SWANCTL_DIR=" + folder.resolve("swanctl"),
                SWANCTL));
    all.addAll(List.of(words));
    all.addAll(List.of("--uri", "unix://" + folder.resolve("vici")));
    return Commands.run(all);
  }

  /** Its log so far. */
  String log() throws IOException {
    Path log = folder.resolve("log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** How many lines of its log fit. */
  long lines(String pattern) throws IOException {
    Pattern wanted = Pattern.compile(pattern);
    return log().lines().filter(line -> wanted.matcher(line).find()).count();
  }

  /** The last line of its log that fits, or an empty text. */
  String line(String pattern) throws IOException {
    Pattern wanted = Pattern.compile(pattern);
    return log()
        .lines()
        .filter(line -> wanted.matcher(line).find())
        .reduce("", (before, line) -> line)
        .replaceFirst("^.*?\\d\\d\\[(\\w+)] ", "[$1] ");
  }

  /** Ends it without a word to the peer. */
  void kill() throws InterruptedException {
    Process process = charon;
    if (process != null) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      int status = process.destroyForcibly().waitFor();
      assert status != 0;
      charon = null;
    }
  }

  @Override
  public void close() throws IOException {
    Process process = charon;
    if (process != null) {
      process.destroy();
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          kill();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
  }
}
