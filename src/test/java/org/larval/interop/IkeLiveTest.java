package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.ike.IkeReport;
import org.larval.lab.ike.IkeRequest;

/**
 * {@code larval ike} against a live strongSwan, each in a network namespace of its own, in both
 * roles, with pings through the tunnel both ways. Prints a table with the line of strongSwan's log
 * that shows each.
 *
 * <p>{@code -Dlarval.test.jvm="-Dlarval.live.only=WORDS"} tries only those whose name has the
 * words; {@code -Dlarval.live.table=FILE} writes the table there as well; {@code
 * -Dlarval.live.strongswan=PREFIX} takes a strongSwan that was installed there, of which 6.0 and
 * later are tried with additional key exchanges too.
 */
@Tag("interop")
class IkeLiveTest {
  @TempDir Path directory;

  private final Map<String, LivePki> pkis = new HashMap<>();

  @Test
  void strongSwan() throws Exception {
    Skipped.unless(
        Files.isWritable(Path.of("/proc/self/ns/net"))
            || "root".equals(System.getProperty("user.name")),
        "network namespaces need root");
    Skipped.unless(Commands.have("ip"), "ip is not installed (Debian: iproute2)");
    Skipped.unless(Strongswan.missing().isEmpty(), Strongswan.missing());
    String only = System.getProperty("larval.live.only", "");
    List<String> rows = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    int number = 0;
    int left = 0;
    for (LiveCase one : LiveCases.all(Strongswan.version())) {
      String name = (one.initiator ? "initiator  " : "responder  ") + one.name;
      if (!name.contains(only)) {
        left++;
        continue;
      }
      String row = row(one, name, directory.resolve("case" + number++));
      System.out.println(row);
      rows.add(row);
      if (!row.startsWith("pass")) {
        failed.add(row);
      }
    }
    System.out.printf(
        "strongSwan: %d cases; left to a run without -Dlarval.live.only: %d%n", rows.size(), left);
    String table = System.getProperty("larval.live.table");
    if (table != null) {
      Files.write(Path.of(table), rows);
    }
    assertThat(rows).isNotEmpty();
    assertThat(failed).isEmpty();
  }

  /** Two of our own, from files that differ by their addresses only, ESP without UDP. */
  @Test
  void ourselves() throws Exception {
    Skipped.unless("root".equals(System.getProperty("user.name")), "network namespaces need root");
    Skipped.unless(Commands.have("ip"), "ip is not installed (Debian: iproute2)");
    try (TwoNamespaces net = new TwoNamespaces()) {
      net.nets(true, true);
      LiveCase one = new LiveCase("ourselves", true);
      Path here = Files.createDirectories(directory.resolve("here")).resolve("gw.yaml");
      Path there = Files.createDirectories(directory.resolve("there")).resolve("gw.yaml");
      Files.writeString(here, one.ourFile());
      Files.writeString(there, turned(one.ourFile()));
      try (LarvalIke a = LarvalIke.start(here, net.a);
          LarvalIke b = LarvalIke.start(there, net.b)) {
        assertThat(a.ask(IkeRequest.Verb.INITIATE, "net").message()).contains("established");
        IkeReport.Child child =
            b.ask(IkeRequest.Verb.STATUS, null).sas().getFirst().children().getFirst();
        assertThat(child.encapsulated()).isFalse();
        assertThat(TwoNamespaces.ping(net.a, TwoNamespaces.THEIR_NET, 5, 0.1).all()).isTrue();
        assertThat(TwoNamespaces.ping(net.b, TwoNamespaces.OUR_NET, 5, 0.1).all()).isTrue();
        assertThat(b.ask(IkeRequest.Verb.REKEY, "net").done()).isTrue();
        assertThat(a.ask(IkeRequest.Verb.REKEY, null).done()).isTrue();
        assertThat(b.ask(IkeRequest.Verb.REAUTH, null).done()).isTrue();
        assertThat(TwoNamespaces.ping(net.a, TwoNamespaces.THEIR_NET, 5, 0.1).all()).isTrue();
        assertThat(a.ask(IkeRequest.Verb.TERMINATE, null).done()).isTrue();
        assertThat(b.ask(IkeRequest.Verb.DOWN, null).done()).isTrue();
      }
    }
  }

  private static String turned(String file) {
    String[][] pairs = {
      {TwoNamespaces.OURS, TwoNamespaces.THEIRS},
      {TwoNamespaces.OUR_NET, TwoNamespaces.THEIR_NET},
      {"id: dut.test", "id: peer.test"}
    };
    String turned = file;
    for (String[] pair : pairs) {
      turned = turned.replace(pair[0], "@").replace(pair[1], pair[0]).replace("@", pair[1]);
    }
    return turned;
  }

  private LivePki pki(String type) throws IOException {
    LivePki known = pkis.get(type);
    if (known == null) {
      known = LivePki.make(directory.resolve("pki-" + type), type);
      pkis.put(type, known);
    }
    return known;
  }

  private String row(LiveCase one, String name, Path folder) throws Exception {
    Files.createDirectories(folder);
    String problem = "";
    String line;
    try (LiveTunnel tunnel = new LiveTunnel(one, folder)) {
      try {
        tunnel.start(one.auth.equals("psk") ? null : pki(one.auth));
        LiveCase.Deed deed = one.deed;
        if (one.starts) {
          tunnel.initiate();
        }
        if (deed == null) {
          tunnel.pings();
        } else {
          deed.on(tunnel);
        }
      } catch (Exception | AssertionError e) {
        problem = String.valueOf(e.getMessage()).strip();
        problem = problem.isEmpty() ? e.toString() : problem;
      }
      line = tunnel.peer.line(one.proof);
      if (problem.isEmpty() && line.isEmpty()) {
        problem = "strongSwan's log has no line like " + one.proof;
      }
      if (!problem.isEmpty() && System.getProperty("larval.live.logs") != null) {
        System.out.println(tunnel.ourLog());
        System.out.println(tunnel.peer.log());
      }
    }
    return "%-5s %-60s %s"
        .formatted(
            problem.isEmpty() ? "pass" : "FAIL",
            name,
            problem.isEmpty() ? line : problem + " | " + line);
  }
}
