package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.larval.lab.ike.IkeReport;
import org.larval.lab.ike.IkeRequest;

/** Our daemon and a strongSwan, each in a namespace, and a tunnel between them. */
final class LiveTunnel implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  final LiveCase what;
  final TwoNamespaces net;
  final Strongswan peer;
  private @Nullable LarvalIke daemon;
  private final Path folder;

  LiveTunnel(LiveCase what, Path folder) throws IOException {
    this.what = what;
    this.folder = folder;
    net = new TwoNamespaces();
    peer = new Strongswan(folder.resolve("peer"), net.b);
  }

  void start(@Nullable LivePki pki) throws IOException, InterruptedException {
    net.nets(what.ownNet, what.theirNet);
    Files.createDirectories(folder.resolve("peer"));
    peer.prepare();
    if (pki != null) {
      Files.createDirectories(folder.resolve("pki"));
      for (String name : new String[] {"ca.crt", "dut.test.crt", "dut.test.key"}) {
        Files.copy(pki.folder.resolve(name), folder.resolve("pki").resolve(name));
      }
      Files.copy(pki.folder.resolve("ca.crt"), peer.credentials("x509ca").resolve("ca.crt"));
      Files.copy(
          pki.folder.resolve("peer.test.crt"), peer.credentials("x509").resolve("peer.test.crt"));
      Files.copy(
          pki.folder.resolve("peer.test.key"),
          peer.credentials("private").resolve("peer.test.key"));
    }
    Path file = folder.resolve(what.swanctl ? "swanctl.conf" : "gw.yaml");
    Files.writeString(file, what.ourFile());
    peer.start(what.charon, what.theirFile());
    daemon = LarvalIke.start(file, net.a);
  }

  LarvalIke daemon() {
    LarvalIke started = daemon;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  /** Our log, as far as it goes. */
  String ourLog() throws IOException {
    return daemon == null ? "" : daemon.log();
  }

  /** Whichever end the case says begins. */
  void initiate() throws IOException {
    if (what.initiator) {
      IkeReport report = daemon().ask(IkeRequest.Verb.INITIATE, "net");
      if (!report.done()) {
        throw new IOException("initiate: " + report.message());
      }
    } else {
      Commands.Said said = peer.swanctl("--initiate", "--child", "net", "--timeout", "15");
      if (said.status() != 0) {
        throw new IOException("swanctl --initiate: " + said.text().strip());
      }
    }
    until("the child stands", () -> children() > 0);
  }

  /** How many children carry packets here. */
  long children() throws IOException {
    return daemon().ask(IkeRequest.Verb.STATUS, null).sas().stream()
        .flatMap(sa -> sa.children().stream())
        .filter(child -> child.state().equals("INSTALLED"))
        .count();
  }

  /** A condition that is looked at again and again. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  void until(String what, Condition condition) {
    Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(condition::holds);
  }

  /** Pings both ways; an exception if one is lost. */
  void pings() throws IOException {
    TwoNamespaces.Pinged there = TwoNamespaces.ping(net.a, TwoNamespaces.THEIR_NET, 5, 0.1);
    TwoNamespaces.Pinged back = TwoNamespaces.ping(net.b, TwoNamespaces.OUR_NET, 5, 0.1);
    if (!there.all() || !back.all()) {
      throw new IOException("pings " + there + " there and " + back + " back");
    }
  }

  /** A thousand a second for so long, all of which must come back. */
  String flood(int seconds) throws IOException {
    TwoNamespaces.Pinged all =
        TwoNamespaces.ping(net.a, TwoNamespaces.THEIR_NET, seconds * 1000, 0.001);
    if (!all.all()) {
      throw new IOException("lost at 1000/s: " + all);
    }
    return all.toString();
  }

  @Override
  public void close() throws IOException {
    try {
      if (daemon != null) {
        daemon.close();
      }
      peer.close();
    } finally {
      net.close();
    }
  }
}
