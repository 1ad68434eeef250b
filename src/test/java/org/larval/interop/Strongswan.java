package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A strongSwan with its own ESP (kernel-libipsec) in a network namespace, out of Debian's packages
 * strongswan-swanctl, charon-systemd and libcharon-extra-plugins.
 */
final class Strongswan implements AutoCloseable {
  private static final String CHARON = "/usr/sbin/charon-systemd";
  private static final String SWANCTL = "/usr/sbin/swanctl";
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
    StringBuilder conf = new StringBuilder("charon-systemd {\n");
    conf.append(
        """
          load_modular = no
          load = random nonce aes sha1 sha2 hmac kdf gcm ccm ctr chapoly curve25519 openssl pem \
        pkcs1 pkcs8 x509 pubkey revocation constraints counters vici md4 eap-identity \
        eap-mschapv2 kernel-libipsec kernel-netlink socket-default updown
          install_routes = yes
        """);
    settings.forEach((key, value) -> conf.append("  %s = %s\n".formatted(key, value)));
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
    if (loaded.status() != 0) {
      throw new IOException("swanctl: " + loaded.text());
    }
  }

  Commands.Said swanctl(String... words) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "env",
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
