package org.larval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.cli.Main;

/** What the commands print as JSON is what docs/schema says, no more and no less. */
class OutputSchemaTest {
  @TempDir private Path directory;

  @Test
  void up() throws IOException {
    conforms("up", "up", "examples/two-guests.yaml", "--no-pcap");
    conforms("up", "up", "examples/compare.yaml", "--no-pcap");
    conforms("up", "up", "examples/ike-labels.yaml", "--no-pcap");
    conforms("up", "up", LeakyLab.write(directory).toString(), "--no-pcap");
  }

  @Test
  void guestsOutside() throws IOException {
    Path netfile = directory.resolve("c.nic");
    Path lab = directory.resolve("outside.yaml");
    Files.writeString(
        lab,
        """
        lab: x
        time: real
        until: 300ms
        guests:
          a: {nic: 10.0.0.1/24}
          c: {nic: 10.0.0.3/24, outside: {netfile: "%s"}, process: {run: ["true"], start: no}}
        links: [{between: [a, c]}]
        changes: [{at: 0, guest: c, do: start}]
        """
            .formatted(netfile));
    conforms("up", "up", lab.toString());
    conforms(
        "guest",
        "guest",
        "--netfile",
        netfile.toString(),
        "--address",
        "10.0.0.3/24",
        "--ping",
        "10.0.0.1",
        "--udp-echo",
        "7",
        "--serve-tcp",
        "5001",
        "--for",
        "300ms");
  }

  /** One lab that runs is asked, with NICs of each kind of which one broke a rule. */
  @Test
  void showNic() throws IOException {
    Path netfile = directory.resolve("e.nic");
    Path lab = directory.resolve("shown.yaml");
    Files.writeString(
        lab,
        """
        lab: shown
        time: real
        until: 3s
        guests:
          a: {nic: 10.0.0.1/24}
          c: {nic: 10.0.0.3/24, outside: {netfile: "%1$s/c.nic"}}
          e: {nic: 10.0.0.5/24, outside: {netfile: "%1$s/e.nic"}}
          v: {nic: 10.0.0.6/24, outside: {vhost-user: "%1$s/v"}}
          d: {nic: 10.0.0.7/24, outside: {dgram: {here: "%1$s/d.lab", there: "%1$s/d.guest"}}}
        bridges: [b]
        links: [{between: [a, b]}, {between: [c, b]}, {between: [e, b]}, {between: [v, b]}, {between: [d, b]}]
        """
            .formatted(directory));
    CompletableFuture<Void> up = CompletableFuture.runAsync(() -> print("up", lab.toString()));
    String[] words = {"show", "nic", "shown"};
    await().atMost(Duration.ofSeconds(20)).until(() -> run(words).code() == 0);
    runAway(netfile);
    await().atMost(Duration.ofSeconds(3)).until(() -> print(words).contains("index-runaway"));
    conforms("show-nic", words);
    String json = print(words);
    assertThat(json).contains("\"down\"", "\"up\"", "\"in process\"", "\"dgram ").hasLineCount(1);
    String untold = json.replaceFirst("\"avail-index-runaway\"", "null");
    assertThat(schema("show-nic").validate(untold, InputFormat.JSON)).isNotEmpty();
    up.join();
  }

  /** Writes an index beyond the sent ring of a netfile. */
  private static void runAway(Path netfile) throws IOException {
    try (FileChannel file =
        FileChannel.open(netfile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer at = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(file.read(at, 88)).isEqualTo(8);
      assertThat(file.write(ByteBuffer.wrap(new byte[] {-1, 127}), at.getLong(0) + 2)).isEqualTo(2);
    }
  }

  @Test
  void compare() throws IOException {
    conforms("compare", "compare", "examples/compare.yaml", "--out", directory.toString());
    conforms("compare", "compare", "examples/kernel-parity.yaml", "--out", directory.toString());
    Schema schema = schema("compare");
    String report = Files.readString(directory.resolve("report.json"));
    assertThat(schema.validate(report, InputFormat.JSON)).isEmpty();
  }

  @Test
  void explain() throws IOException {
    conforms("explain", "explain", "examples/two-guests.yaml", "--message", "3");
    conforms("explain", "explain", "examples/ike-labels.yaml", "--flow", "4");
    conforms("explain", "explain", LeakyLab.write(directory).toString(), "--message", "3");
  }

  @Test
  void show() throws IOException {
    String golden = "xfrm/src/test/resources/golden/kernel/";
    for (String name :
        new String[] {
          "esp-tunnel-gcm128-v6",
          "esp-transport-gcm128-frag-v4",
          "esp-transport-gcm128-udpencap-v4",
          "esp-transport-gcm128-esn-v4"
        }) {
      String capture = golden + name + ".pcap";
      conforms("show", "show", capture);
      conforms("show", "show", capture, "--xfrm", golden + name + ".json", "--reseal");
      // the SAs of another capture: same addresses and SPIs, other keys or none at all
      conforms("show", "show", capture, "--xfrm", golden + "esp-tunnel-gcm128-4in6.json");
    }
    String labels = "cipso/src/test/resources/golden/";
    for (String name : new String[] {"cipso-pass-tag5", "cipso-local-tag128", "calipso-pass"}) {
      conforms("show", "show", labels + name + ".pcap");
    }
    String ike = "ike-keymanager/src/test/resources/golden/ike/";
    for (String name : new String[] {"cert-rsa-frag512", "psk-cookie", "err-no-proposal-ike"}) {
      conforms("show", "show", ike + name + ".pcap");
    }
    String keys = ike + "cert-rsa-frag512.keys.json";
    conforms("show", "show", ike + "cert-rsa-frag512.pcap", "--ike-keys", keys);
    conforms("show", "show", ike + "cert-rsa-frag512.pcap", "--ike-keys", keys, "--psk", "none");
    // the keys of another capture open nothing and come from nothing
    conforms("show", "show", ike + "psk-cookie.pcap", "--ike-keys", keys);
    Path rules = directory.resolve("netlabel.rules");
    Files.writeString(rules, "cipso add pass doi:17 tags:1\n");
    conforms("show", "show", labels + "cipso-pass-tag1.pcap", "--netlabel", rules.toString());
    assertThat(print("show", golden + "esp-tunnel-gcm128-v6.pcap").stripTrailing())
        .endsWith("}\n}")
        .containsPattern("\"totals\" : \\{[^{}]*\\}\\s*\\}$");
  }

  @Test
  void policy() throws IOException {
    String tiny = "labels/src/test/resources/policydb/tiny.33.gz";
    String browser = "staff_u:user_r:internal_browser_t:";
    String packet = "system_u:object_r:dmz_packet_t:s0";
    for (String command : new String[] {"may", "why"}) {
      conforms("policy", "policy", command, tiny, browser + "s0", packet, "packet");
      conforms("policy", "policy", command, tiny, browser + "s2:c1", packet, "packet", "pass");
      conforms(
          "policy",
          "policy",
          command,
          tiny,
          browser + "s0",
          packet,
          "packet",
          "--boolean",
          "allow_browser_dmz=on");
    }
    conforms("policy", "policy", "contexts", tiny, packet);
    conforms("policy", "policy", "contexts", tiny, browser + "s9");
    conforms("policy", "policy", "transition", tiny, browser + "s0", packet, "packet");
    conforms("policy", "policy", "dominates", tiny, "s0:c1", "s1:c2");
    conforms("policy", "policy", "ports", tiny, "tcp", "80");
    conforms("policy", "policy", "netif", tiny, "lo");
    conforms("policy", "policy", "node", tiny, "::1");
    conforms("policy", "policy", "search", tiny, "--source", "internal_browser_t");
    conforms("policy", "policy", "booleans", tiny);
    Path questions = directory.resolve("questions.tsv");
    Files.writeString(
        questions,
        "av\tsystem_u:system_r:dmz_proxy_worker_t:s0\tsystem_u:object_r:external_peer_t:s1\tpeer\n"
            + "av\tsystem_u:system_r:debug_t:s0\t"
            + packet
            + "\tpacket\n"
            + "isid\t3\ncontains\ts0-s1\ts0\n");
    conforms("policy", "policy", "why", tiny, "--questions", questions.toString());
  }

  @Test
  void reach() throws IOException {
    conforms("reach", "policy", "reach", "examples/svirt.yaml");
    Path lab = directory.resolve("reach.yaml");
    Files.writeString(
        lab,
        """
        lab: x
        policy: {rules: ["permissive t_t; allow t_t spd_t:association polmatch;"]}
        guests:
          a: {nics: {eth0: [10.0.0.1/24, fd00::1/64]}, label: "u:r:t_t:s0:c1"}
          b: {nic: [10.0.0.2/24, fd00::2/64], label: "u:r:v_t:s0:c2"}
          c: {nic: 10.0.0.3/24}
        links: [{between: [a, b]}]
        protect:
          - {between: [a, b], label: "u:r:spd_t:s0", for: udp}
          - {between: [a, b], for: tcp}
        """);
    conforms("reach", "policy", "reach", lab.toString());
  }

  @Test
  void policyInfo() throws IOException {
    String policies = "labels/src/test/resources/policydb/";
    for (String name : new String[] {"tiny.33", "tiny.24", "tiny-nomls.33"}) {
      conforms("policy-info", "policy", "info", policies + name + ".gz");
    }
  }

  /** A schema that allowed anything would pass every test above. */
  @Test
  void schemasRefuseWhatTheyDoNotName() throws IOException {
    String up = print("up", "examples/two-guests.yaml", "--no-pcap");
    Schema schema = schema("up");
    assertThat(schema.validate(up.replace("\"late\"", "\"tardy\""), InputFormat.JSON)).hasSize(2);
    assertThat(schema.validate(up.replace("\"virtual\"", "\"ideal\""), InputFormat.JSON))
        .hasSize(1);
    assertThat(schema.validate(up.replace("\"held\" : 0", "\"held\" : -1"), InputFormat.JSON))
        .hasSize(2);
    String walk = print("explain", "examples/two-guests.yaml");
    assertThat(
            schema("explain")
                .validate(walk.replace("\"delivered\"", "\"arrived\""), InputFormat.JSON))
        .isNotEmpty();
  }

  private static void conforms(String name, String... words) throws IOException {
    String json = print(words);
    assertThat(schema(name).validate(json, InputFormat.JSON)).as(String.join(" ", words)).isEmpty();
  }

  private static String print(String... words) {
    String[] all = new String[words.length + 2];
    System.arraycopy(words, 0, all, 0, words.length);
    all[words.length] = "--format";
    all[words.length + 1] = "json";
    Answer answer = run(all);
    assertThat(answer.code()).as(answer.complaints()).isLessThan(2);
    assertThat(answer.text()).startsWith("{");
    return answer.text();
  }

  private record Answer(int code, String text, String complaints) {}

  private static Answer run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter complaints = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(complaints), words);
    return new Answer(code, out.toString(), complaints.toString());
  }

  private static Schema schema(String name) throws IOException {
    String text = Files.readString(Path.of("docs", "schema", name + ".schema.json"));
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(text, InputFormat.JSON);
  }
}
