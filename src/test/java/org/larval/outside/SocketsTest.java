package org.larval.outside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** Two labs joined by each kind of socket ping each other: each is the other's guest outside. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SocketsTest {
  private static final int PINGS = 20;

  @TempDir private Path folder;

  private static LabFile lab(String ours, String other, String outside) {
    int one = ours.charAt(0) - 'a' + 1;
    int two = other.charAt(0) - 'a' + 1;
    return LabFileReader.parse(
        ours + ".yaml",
        """
        lab: %1$s
        time: real
        until: 30s
        guests:
          %1$s: {nic: {address: 10.0.0.%3$d/24, mac: "02:00:00:00:00:0%3$d"}}
          %2$s: {nic: 10.0.0.%4$d/24, outside: {%5$s}}
        links: [{between: [%1$s, %2$s]}]
        traffic:
          - {from: %1$s, to: %2$s, ping: yes, start: 500ms, every: 20ms, count: 20, size: 1472}
          - {from: a, to: b, bulk: 9, bytes: 1MB, start: 500ms}
        """
            .formatted(ours, other, one, two, outside));
  }

  private static void pings(String here, String there) {
    try (LabRun a = LabRun.start(lab("a", "b", here), RunOptions.PLAIN);
        LabRun b = LabRun.start(lab("b", "a", there), RunOptions.PLAIN)) {
      b.runFor(Duration.ofSeconds(4));
      a.stop();
      b.stop();
      for (LabRun run : new LabRun[] {a, b}) {
        RunReport report = run.report();
        FlowReport flow = report.flows().getFirst();
        assertThat(flow.delivered()).as("%s", flow).isEqualTo(PINGS);
        assertThat(report.packets().balances()).isTrue();
        assertThat(report.outside().getFirst().refused()).isZero();
      }
      FlowReport bulk = a.report().flows().getLast();
      assertThat(bulk.delivered()).as("%s", bulk).isEqualTo(bulk.offered()).isPositive();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  @Test
  void dgramOverUdp() throws IOException {
    int one = freePort();
    int two = freePort();
    pings(
        dgram("127.0.0.1:" + one, "127.0.0.1:" + two),
        dgram("127.0.0.1:" + two, "127.0.0.1:" + one));
  }

  @Test
  void dgramOverUnixSockets() {
    String one = folder.resolve("one").toString();
    String two = folder.resolve("two").toString();
    pings(dgram(one, two), dgram(two, one));
  }

  private static String dgram(String here, String there) {
    return "dgram: {here: \"" + here + "\", there: \"" + there + "\"}";
  }

  @Test
  void streamOverTcp() throws IOException {
    String at = "127.0.0.1:" + freePort();
    pings("stream: {listen: \"" + at + "\"}", "stream: {connect: \"" + at + "\"}");
  }

  /** The one that connects is there first. */
  @Test
  void streamOverUnixSockets() {
    String at = folder.resolve("at").toString();
    pings("stream: {connect: \"" + at + "\"}", "stream: {listen: \"" + at + "\"}");
  }

  @Test
  void vxlanBetweenLabs() throws IOException {
    int one = freePort();
    int two = freePort();
    String tunnel = "vxlan: {vni: 16777215, here: \"127.0.0.1:%d\", there: \"127.0.0.1:%d\"}";
    pings(tunnel.formatted(one, two), tunnel.formatted(two, one));
  }

  /** Whoever writes nonsense is sent away; the next one is heard, byte by byte if need be. */
  @Test
  void streamRefusesNonsense() throws IOException {
    int port = freePort();
    LabFile file = lab("a", "b", "stream: {listen: \"127.0.0.1:" + port + "\"}");
    try (LabRun run = LabRun.start(file, RunOptions.PLAIN)) {
      for (int length : new int[] {0, -1, 1 << 20}) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
          new DataOutputStream(socket.getOutputStream()).writeInt(length);
          socket.getOutputStream().write(1);
          assertThat(socket.getInputStream().read()).isNegative();
        } catch (java.net.SocketException reset) {
          assertThat(reset).hasMessageContaining("reset");
        }
      }
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        // an ARP request from 10.0.0.2 for 10.0.0.1, after its length
        byte[] request =
            HexFormat.of()
                .parseHex(
                    "0000002a"
                        + "ffffffffffff0200000000020806"
                        + "00010800060400010200000000020a0000020000000000000a000001");
        socket.setTcpNoDelay(true);
        for (byte each : request) {
          socket.getOutputStream().write(each);
          socket.getOutputStream().flush();
        }
        DataInputStream in = new DataInputStream(socket.getInputStream());
        assertThat(in.readInt()).isEqualTo(42);
        byte[] reply = in.readNBytes(42);
        assertThat(reply[21]).isEqualTo((byte) 2);
      }
      run.stop();
      assertThat(run.report().outside().getFirst().refused()).isEqualTo(3);
      assertThat(run.report().outside().getFirst().framesIn()).isEqualTo(1);
    }
  }

  /** Only the other end is heard, and only with our number and no flag that nobody agreed on. */
  @Test
  void vxlanRefusesOthers() throws IOException {
    int port = freePort();
    String tunnel = "vxlan: {vni: 42, here: \"127.0.0.1:%d\", there: \"127.0.0.2:%d\"}";
    LabFile file = lab("a", "b", tunnel.formatted(port, port));
    String frame = "ffffffffffff0200000000020806" + "00010800060400010200000000020a000002";
    String arp = frame + "0000000000000a000001";
    try (LabRun run = LabRun.start(file, RunOptions.PLAIN);
        DatagramSocket peer = new DatagramSocket(0, local(2));
        DatagramSocket other = new DatagramSocket(0, local(3))) {
      send(other, port, "0800000000002a00" + arp);
      for (String wrong :
          new String[] {
            "",
            "08000000",
            "0000000000002a00",
            "0800000000002b00",
            "0800000000002a01",
            "0880000000002a00",
            "0800000100002a00"
          }) {
        send(peer, port, wrong + (wrong.length() < 16 ? "" : arp));
      }
      send(peer, port, "0800000000002a00"); // a frame of no bytes
      send(peer, port, "0800000000002a00" + arp);
      run.runFor(Duration.ofSeconds(1));
      run.stop();
      RunReport.Outside nic = run.report().outside().getFirst();
      assertThat(nic.refused()).isEqualTo(8);
      assertThat(nic.badSize()).isEqualTo(1);
      assertThat(nic.framesIn()).isEqualTo(1);
    }
  }

  /** Another address of this machine. */
  private static InetAddress local(int last) throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
  }

  private static void send(DatagramSocket from, int port, String hex) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    from.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
  }
}
