package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * libreswan's pluto in a network namespace, for IKE alone: the kernel here need not have ESP. Its
 * package is either installed or unpacked under a folder that {@code -Dlarval.libreswan.root} names
 * ({@code dpkg -x} of libreswan, libldns3, libevent-*, libunbound8, libnss3-tools).
 */
final class Libreswan implements AutoCloseable {
  private static final int STEPS = 200;
  private static final int STEP_MILLIS = 50;

  private final Path folder;
  private final String namespace;
  private final String root = System.getProperty("larval.libreswan.root", "");
  private @Nullable Process pluto;

  Libreswan(Path folder, String namespace) {
    this.folder = folder;
    this.namespace = namespace;
  }

  /** An empty text, or why this machine cannot run one. */
  static String missing() {
    String root = System.getProperty("larval.libreswan.root", "");
    if (!Files.isExecutable(Path.of(root + "/usr/libexec/ipsec/pluto"))) {
      return "libreswan is neither installed nor unpacked where -Dlarval.libreswan.root says";
    }
    return Commands.have("gcc") ? "" : "gcc is not installed";
  }

  /**
   * Starts it with one connection, {@code t}.
   *
   * @param labelled whether it takes itself for a machine with SELinux
   * @param connection more lines of the connection
   */
  void start(boolean labelled, Map<String, String> connection)
      throws IOException, InterruptedException {
    Path shim = folder.resolve("no-esp.so");
    Commands.must(
        List.of(
            "gcc",
            "-shared",
            "-fPIC",
            "-o",
            shim.toString(),
            Path.of("src/test/resources/libreswan/no-esp.c").toAbsolutePath().toString(),
            "-ldl"));
    StringBuilder conf =
        new StringBuilder("config setup\n  logfile=%s/pluto.log\n".formatted(folder));
    conf.append("conn t\n");
    conf.append("  left=%s\n  leftid=@b.test\n".formatted(TwoNamespaces.THEIRS));
    conf.append("  leftsubnet=%s/32\n".formatted(TwoNamespaces.THEIR_NET));
    conf.append("  right=%s\n  rightid=@a.test\n".formatted(TwoNamespaces.OURS));
    conf.append("  rightsubnet=%s/32\n".formatted(TwoNamespaces.OUR_NET));
    conf.append("  authby=secret\n  ikev2=insist\n  ike=aes_gcm128-sha2_256-dh31\n");
    conf.append("  esp=aes_gcm128\n  auto=add\n");
    connection.forEach((key, value) -> conf.append("  %s=%s\n".formatted(key, value)));
    Files.writeString(folder.resolve("ipsec.conf"), conf);
    Files.writeString(
        folder.resolve("ipsec.secrets"), "@b.test @a.test : PSK \"a secret of both\"\n");
    Files.writeString(folder.resolve("inner"), script(shim, labelled));
    pluto =
        new ProcessBuilder(
                Commands.in(
                    namespace,
                    "unshare",
                    "-m",
                    "--propagation",
                    "private",
                    "bash",
                    folder.resolve("inner").toString()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    for (int i = 0; i < STEPS; i++) {
      if (Files.exists(folder.resolve("ready"))) {
        return;
      }
      Thread.onSpinWait();
      pluto.waitFor(STEP_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS);
    }
    throw new IOException("pluto does not start: " + Files.readString(folder.resolve("out")));
  }

  /** Overlays, so that nothing outside of the namespace changes. */
  private String script(Path shim, boolean labelled) {
    return """
    set -e
    D=%s R=%s
    mount -t tmpfs t /run; mkdir -p /run/pluto /run/netns
    for d in etc var; do mkdir -p $D/up$d; mount -t tmpfs t $D/up$d; mkdir $D/up$d/u $D/up$d/w; done
    mount -t overlay -o lowerdir=${R:+$R/etc:}/etc,upperdir=$D/upetc/u,workdir=$D/upetc/w o /etc
    mount -t overlay -o lowerdir=/var,upperdir=$D/upvar/u,workdir=$D/upvar/w o /var
    [ -z "$R" ] || mount -t overlay -o lowerdir=$R/usr/libexec:/usr/libexec o /usr/libexec
    mkdir -p /var/lib/ipsec/nss /var/log
    [ -z "$R" ] || export LD_LIBRARY_PATH=$R/usr/lib/x86_64-linux-gnu PATH=$R/usr/bin:$R/usr/sbin:$PATH
    certutil -N -d sql:/var/lib/ipsec/nss --empty-password
    cp $D/ipsec.conf /etc/ipsec.conf; cp $D/ipsec.secrets /etc/ipsec.secrets
    %s LD_PRELOAD=%s /usr/libexec/ipsec/pluto --config /etc/ipsec.conf --nofork \
      --rundir /run/pluto --nssdir /var/lib/ipsec/nss --logfile $D/pluto.log &
    P=$!; echo $P > $D/pid
    for i in $(seq 100); do [ -S /run/pluto/pluto.ctl ] && break; sleep .1; done
    /usr/libexec/ipsec/addconn --config /etc/ipsec.conf --ctlsocket /run/pluto/pluto.ctl t
    /usr/libexec/ipsec/whack --ctlsocket /run/pluto/pluto.ctl --listen
    touch $D/ready; wait $P
    """
        .formatted(folder, root, labelled ? "LABELLED=1" : "", shim);
  }

  /** Says something to it; what it answers. */
  String whack(String... words) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "-t",
                Files.readString(folder.resolve("pid")).strip(),
                "-m",
                "-n",
                "env",
                "LD_LIBRARY_PATH=" + root + "/usr/lib/x86_64-linux-gnu",
                "/usr/libexec/ipsec/whack",
                "--ctlsocket",
                "/run/pluto/pluto.ctl"));
    all.addAll(List.of(words));
    return Commands.run(all).text();
  }

  String log() throws IOException {
    Path log = folder.resolve("pluto.log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** Waits until a line of its log matches; the line, or null. */
  @Nullable String waitFor(String pattern) throws IOException, InterruptedException {
    java.util.regex.Pattern wanted = java.util.regex.Pattern.compile(pattern);
    for (int i = 0; i < STEPS; i++) {
      for (String line : log().split("\n", -1)) {
        if (wanted.matcher(line).find()) {
          return line;
        }
      }
      if (pluto == null || pluto.waitFor(STEP_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS)) {
        return null;
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    Process running = pluto;
    if (running != null) {
      Path pid = folder.resolve("pid");
      if (Files.exists(pid)) {
        Commands.Said unused = Commands.run("kill", Files.readString(pid).strip());
        assert unused.status() >= 0;
      }
      running.destroy();
    }
  }
}
