package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.ike.IkeRequest;

/** Our IKE daemon and libreswan's, in both roles, with and without labels; no data path. */
@Tag("interop")
class LibreswanTest {
  private static final String LABEL = "system_u:object_r:secret_t:s0";
  private static final String GENERIC = "system_u:object_r:ipsec_spd_t:s0";
  private static final String CHILD = "#\\d+: (initiator|responder) established Child SA";

  @TempDir Path folder = Path.of(".");

  /** What is done, with both daemons running. */
  private interface Deed {
    void on(LarvalIke ours, Libreswan theirs) throws Exception;
  }

  private void with(boolean labelled, String label, Map<String, String> connection, Deed deed)
      throws Exception {
    Skipped.unless(
        Commands.run("ip", "netns", "list").status() == 0
            && "root".equals(System.getProperty("user.name")),
        "libreswan: only root has network namespaces");
    Skipped.unless(Libreswan.missing().isEmpty(), "libreswan: " + Libreswan.missing());
    try (TwoNamespaces network = new TwoNamespaces();
        Libreswan theirs = new Libreswan(folder, network.b)) {
      theirs.start(labelled, connection);
      Path config = Files.writeString(folder.resolve("gw.yaml"), config(label));
      try (LarvalIke ours = LarvalIke.start(config, network.a)) {
        deed.on(ours, theirs);
      }
    }
  }

  private static String config(String label) {
    return """
    connections:
      gw:
        local-addrs: %s
        remote-addrs: %s
        proposals: aes128gcm16-prfsha256-x25519
        local: {auth: psk, id: a.test}
        remote: {auth: psk, id: b.test}
        children:
          net:
            local-ts: %s/32
            remote-ts: %s/32
            esp-proposals: aes128gcm16
    %s
    secrets:
      ike: {ids: [a.test, b.test], secret: a secret of both}
    """
        .formatted(
            TwoNamespaces.OURS,
            TwoNamespaces.THEIRS,
            TwoNamespaces.OUR_NET,
            TwoNamespaces.THEIR_NET,
            label.isEmpty()
                ? ""
                : "        label: \"%s\"\n        label-mode: simple".formatted(label));
  }

  private static void says(Libreswan theirs, String what, String pattern)
      throws IOException, InterruptedException {
    String line = theirs.waitFor(pattern);
    assertThat(line).as(what + ": " + pattern + "\n" + theirs.log()).isNotNull();
    System.out.println("ok libreswan " + what + ": " + line);
  }

  @Test
  void weBegin() throws Exception {
    with(
        false,
        "",
        Map.of("pfs", "no"),
        (ours, theirs) -> {
          ours.ask(IkeRequest.Verb.INITIATE, "net");
          says(theirs, "responds", "responder established Child SA");
          ours.ask(IkeRequest.Verb.REKEY, "net");
          says(theirs, "has its child rekeyed", "responder rekeyed Child SA");
          ours.ask(IkeRequest.Verb.REKEY, null);
          says(theirs, "has its IKE SA rekeyed", "responder rekeyed IKE SA");
        });
  }

  @Test
  void theyBegin() throws Exception {
    with(
        false,
        "",
        Map.of("pfs", "no"),
        (ours, theirs) -> {
          String unused = theirs.whack("--name", "t", "--initiate", "--asynchronous");
          says(theirs, "initiates", "initiator established Child SA");
          unused = theirs.whack("--name", "t", "--rekey-ipsec", "--asynchronous");
          says(theirs, "rekeys its child", "initiator rekeyed Child SA");
          unused = theirs.whack("--name", "t", "--rekey-ike", "--asynchronous");
          says(theirs, "rekeys its IKE SA", "initiator rekeyed IKE SA");
          assertThat(ours.log()).contains("replaces");
        });
  }

  @Test
  void weBeginLabelled() throws Exception {
    with(
        true,
        LABEL,
        Map.of("pfs", "no", "policy-label", GENERIC),
        (ours, theirs) -> {
          ours.ask(IkeRequest.Verb.INITIATE, "net");
          says(theirs, "responds with a label", CHILD);
          ours.ask(IkeRequest.Verb.REKEY, "net");
          says(theirs, "has its labelled child rekeyed", "rekeyed Child SA");
        });
  }

  @Test
  void theyBeginLabelled() throws Exception {
    with(
        true,
        LABEL,
        Map.of("pfs", "no", "policy-label", GENERIC),
        (_, theirs) -> {
          // without a packet pluto has no label to ask for: the IKE SA comes alone
          String _ = theirs.whack("--name", "t", "--initiate", "--asynchronous");
          says(theirs, "initiates childless with a label", "initiator established IKE SA");
        });
  }

  @Test
  void aLabelThatTheyDeny() throws Exception {
    with(
        true,
        LABEL,
        Map.of("pfs", "no", "policy-label", "system_u:object_r:other_t:s0"),
        (ours, theirs) -> {
          ours.ask(IkeRequest.Verb.INITIATE, "net");
          says(theirs, "authenticates whom it denies a label", "responder established IKE SA");
          assertThat(ours.log()).contains("TS_UNACCEPTABLE");
        });
  }
}
