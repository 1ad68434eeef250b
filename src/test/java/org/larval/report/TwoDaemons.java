package org.larval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.larval.lab.cli.Main;
import org.larval.lab.ike.IkeDaemon;
import org.larval.lab.ike.IkeFileReader;

/** Two IKE daemons in this process, with ports of their own at 127.0.0.1: keys only, no packets. */
final class TwoDaemons implements AutoCloseable {
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final Path here;
  private final IkeDaemon a;
  private final IkeDaemon b;

  /**
   * Starts them.
   *
   * @param childHere of the one that begins, in YAML between braces
   * @param childThere of the other
   * @param thereToo more top-level lines of the other's file
   */
  TwoDaemons(Path directory, String childHere, String childThere, String thereToo)
      throws IOException {
    int[] ports = free();
    here = directory.resolve("a.yaml");
    Path there = directory.resolve("b.yaml");
    Files.writeString(here, file("a", "b", ports[0], ports[1], ports[3], childHere));
    Files.writeString(there, file("b", "a", ports[2], ports[3], ports[1], childThere) + thereToo);
    a = start(here, "a");
    try {
      b = start(there, "b");
    } catch (IOException | RuntimeException problem) {
      a.close();
      throw problem;
    }
  }

  private IkeDaemon start(Path file, String name) throws IOException {
    return IkeDaemon.start(
        IkeFileReader.read(file),
        new IkeDaemon.Options(Path.of(file + ".sock"), null, null, null),
        line -> log.add(name + line));
  }

  private static String file(
      String us, String peer, int port, int natPort, int theirs, String child) {
    return """
    connections:
      gw:
        local-addrs: 127.0.0.1
        remote-addrs: 127.0.0.1
        remote-port: %d
        mobike: no
        proposals: aes128gcm16-prfsha256-x25519
        local: {auth: psk, id: %s.test}
        remote: {auth: psk, id: %s.test}
        children: {net: {%s}}
    secrets: {ike: {ids: [a.test, b.test], secret: between us}}
    settings: {port: %d, port-nat: %d}
    """
        .formatted(theirs, us, peer, child, port, natPort);
  }

  private static int[] free() throws IOException {
    List<DatagramSocket> sockets = new ArrayList<>();
    int[] ports = new int[4];
    for (int i = 0; i < ports.length; i++) {
      DatagramSocket socket = new DatagramSocket();
      sockets.add(socket);
      ports[i] = socket.getLocalPort();
    }
    sockets.forEach(DatagramSocket::close);
    return ports;
  }

  /** What a command to the daemon that begins prints as JSON; the exit code is 0 or 1. */
  String say(String... words) {
    List<String> all = new ArrayList<>(List.of("ike"));
    all.addAll(List.of(words));
    all.addAll(List.of("--config", here.toString(), "--format", "json"));
    StringWriter out = new StringWriter();
    StringWriter complaints = new StringWriter();
    int code =
        Main.run(new PrintWriter(out), new PrintWriter(complaints), all.toArray(String[]::new));
    assertThat(code).as(complaints.toString()).isLessThan(2);
    return out.toString();
  }

  /** What both have said. */
  String log() {
    return String.join("\n", log);
  }

  @Override
  public void close() throws IOException {
    a.close();
    b.close();
  }
}
