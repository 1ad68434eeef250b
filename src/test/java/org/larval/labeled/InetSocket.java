package org.larval.labeled;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** The machine of the suite's tests/inet_socket: one guest that talks to itself. */
final class InetSocket {
  static final String CALLER = "unconfined_u:unconfined_r:";
  static final String LEVEL = "s0-s0:c0.c1023";

  private static final Path FILES = Path.of("src/test/resources/suite");

  private static final String SERVER_SAS =
      """
      ip xfrm state add src 127.0.0.1 dst 127.0.0.1 proto ah spi 0x300 ctx SERVER auth sha1 0123456789012345
      ip xfrm state add src ::1 dst ::1 proto ah spi 0x300 ctx SERVER auth sha1 0123456789012345
      """
          .replace("SERVER", CALLER + "test_inet_server_t:" + LEVEL);

  private InetSocket() {}

  /** Under which key of a guest a load script stands. */
  enum Load {
    NOTHING("", ""),
    CIPSO_FULL("netlabel", "cipso-fl-load"),
    CIPSO_TAG_1("netlabel", "cipso-load-t1"),
    CIPSO_TAG_2("netlabel", "cipso-load-t2"),
    CIPSO_TAG_5("netlabel", "cipso-load-t5"),
    CALIPSO("netlabel", "calipso-load"),
    IPSEC("xfrm", "ipsec-load"),
    /** The same with SAs for the server's answers. */
    IPSEC_BOTH_WAYS("xfrm", "ipsec-load"),
    IPTABLES("secmark", "iptables-load"),
    NFTABLES("secmark", "");

    private final String key;
    private final String script;

    Load(String key, String script) {
      this.key = key;
      this.script = script;
    }

    /** The lines of the script, as they are. */
    private String lines() {
      if (this == NFTABLES) {
        return "    secmark:\n      - nft -f nftables-load\n      - nft -f nftables-ipv6.load\n";
      }
      if (this == IPSEC_BOTH_WAYS) {
        return IPSEC.lines() + SERVER_SAS.indent(6);
      }
      return this == NOTHING ? "" : "    " + key + ": |\n" + read(script).indent(6);
    }
  }

  /** Runs the shell's part of a script: the two contexts that ipsec-load asks secon for. */
  private static String read(String script) {
    try {
      return Files.readString(FILES.resolve(script))
          .replace("$goodclientcon", CALLER + "test_inet_client_t:" + LEVEL)
          .replace("$badclientcon", CALLER + "test_inet_bad_client_t:" + LEVEL);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static LabRun lab(Load load, boolean enforcing) {
    String text =
        """
        lab: inet-socket
        until: 20s
        policy: {file: inet-socket.policy.yaml, enforcing: %s}
        guests:
          a:
            nic: [10.0.0.1/24, "fd00::1/64"]
            loopback-xfrm: %s
            admin: "%sunconfined_t:%s"
        %s\
        """
            .formatted(
                enforcing,
                load == Load.IPSEC || load == Load.IPSEC_BOTH_WAYS,
                CALLER,
                LEVEL,
                load.lines());
    return LabRun.start(
        LabFileReader.parse(FILES.resolve("inet-socket.yaml").toString(), text), RunOptions.PLAIN);
  }
}
