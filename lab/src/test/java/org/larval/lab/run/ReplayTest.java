package org.larval.lab.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.ReplayReport;
import org.larval.lab.report.ReplayReport.PacketFate;
import org.larval.pcap.CaptureReader;
import org.larval.pcap.CapturedFrame;
import org.larval.pcap.LinkType;
import org.larval.pcap.Pace;
import org.larval.pcap.Replayer.Form;
import org.larval.pcap.Rewrite;
import org.larval.wire.IcmpView;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;

/** Captures of a real kernel, sent by a guest of a lab. */
class ReplayTest {
  private static final String CLEAR = "cipso-pass-tag1";
  private static final IpAddress A = IpAddress.parse("10.0.0.1");
  private static final IpAddress B = IpAddress.parse("10.0.0.2");
  private static final Rewrite MAPPED =
      Rewrite.of(Map.of(IpAddress.parse("10.9.0.1"), A, IpAddress.parse("10.9.0.2"), B), Map.of());

  /** Both ends of the sample, with the addresses of its stations, and B with its SA. */
  private static final String KERNEL =
      """
      lab: kernel
      guests:
        a: {nic: {address: 10.9.0.1/24, mac: 02:00:00:00:00:01}}
        b:
          nic: {address: 10.9.0.2/24, mac: 02:00:00:00:00:02}
          xfrm:
            - state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x0a0b0001 reqid 1 mode transport \
      aead 'rfc4106(gcm(aes))' 0xc5bfb5a3f9c8f986e153d2b152d00f3eca45866b 128 replay-window 32
      links: [{between: [a, b], delay: 1ms}]
      """;

  private static LabFile lab(String more) {
    return LabFileReader.parse(
        "test.yaml",
        """
        lab: replays
        seed: 3
        guests:
          a: {nic: 10.0.0.1/24, netlabel: ["cipso add pass doi:16 tags:1"]}
          b: {nic: 10.0.0.2/24, netlabel: ["cipso add pass doi:16 tags:1"]}
        links: [{between: [a, b], delay: 5ms, pcap: link.pcapng}]
        """
            + more);
  }

  private static Path sample(String name) {
    return Path.of("..", "pcaps", "samples", name + ".pcap");
  }

  private static ReplayReport replay(
      LabFile lab, RunOptions options, String name, Form form, Pace pace, Rewrite rewrite)
      throws Exception {
    try (CaptureReader reader = CaptureReader.open(sample(name));
        LabRun run =
            LabRun.start(
                lab, options, new Replay(reader, "a", 0, form, pace, rewrite, 1_000_000_000L))) {
      ReplayReport report = run.replayReport();
      assertThat(report.run().packets().balances()).isTrue();
      assertThat(report.packets()).hasSize((int) report.sent());
      return report;
    }
  }

  private static ReplayReport datagrams(String more, Pace pace) throws Exception {
    return replay(lab(more), RunOptions.PLAIN, CLEAR, Form.DATAGRAM, pace, MAPPED);
  }

  /** Frame number and milliseconds since the first frame, of what A sent. */
  private static List<String> moments(double factor) throws Exception {
    List<String> moments = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(sample(CLEAR))) {
      long first = -1;
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        first = first < 0 ? frame.timestampNanos() : first;
        ByteBuf data = frame.data();
        boolean fromA = data.getInt(data.readerIndex() + 26) == 0x0a090001;
        if (fromA) {
          long gap = (long) ((frame.timestampNanos() - first) * factor);
          moments.add(reader.frames() + " " + Math.round(1e6 + gap / 1e3) / 1e3);
        }
      }
    }
    return moments;
  }

  private static List<String> moments(ReplayReport report) {
    return report.packets().stream().map(one -> one.frame() + " " + one.sentMs()).toList();
  }

  private static List<String> fates(ReplayReport report) {
    return report.packets().stream()
        .map(one -> one.frame() + " " + one.fate() + " " + one.errno() + " " + one.reason())
        .toList();
  }

  @Test
  void gapsAreThoseOfTheCapture() throws Exception {
    assertThat(moments(datagrams("", Pace.ORIGINAL))).hasSize(8).isEqualTo(moments(1));
    assertThat(moments(datagrams("", new Pace.Scaled(2.5)))).isEqualTo(moments(2.5));
    assertThat(moments(datagrams("", Pace.AT_ONCE))).isEqualTo(moments(0));
  }

  @Test
  void whatTheReceiversStackTakesHasArrivedAndTheRestHasReasons() throws Exception {
    for (Pace pace : List.of(Pace.ORIGINAL, new Pace.Scaled(0.5), Pace.AT_ONCE)) {
      ReplayReport report = datagrams("", pace);
      assertThat(report.frames()).isEqualTo(14);
      assertThat(report.skipped()).isEqualTo(Map.of("to-sender", 6L));
      assertThat(report.finished()).isTrue();
      assertThat(report.damage()).isNull();
      PacketFate ping = report.packets().getFirst();
      assertThat(ping.fate()).isEqualTo("delivered");
      assertThat(ping.latencyMs()).isEqualTo(3 * 5.0); // ARP there and back first
      // the kernel had left their checksums to the NIC
      assertThat(fates(report).subList(1, 8))
          .allMatch(one -> one.endsWith("lost null bad-checksum"));
      assertThat(report.flow().delivered()).isEqualTo(1);
      assertThat(report.flow().lost()).isEqualTo(Map.of("bad-checksum", 7));
    }
  }

  @Test
  void refusedHeldAndLeakedPacketsSayWhy() throws Exception {
    String keys = "keys: [{between: [a, b], answer-after: never}]\nuntil: 3s\nsa-miss: ";
    ReplayReport refused = datagrams(keys + "eagain", Pace.ORIGINAL);
    assertThat(fates(refused)).allMatch(one -> one.contains("refused EAGAIN"));
    assertThat(refused.flow().refusedTotal()).isEqualTo(8);

    ReplayReport held = datagrams(keys + "larval", Pace.ORIGINAL);
    assertThat(held.packets()).allMatch(one -> one.fate().equals("held") && one.heldMs() > 1900);

    ReplayReport dropped = datagrams(keys + "linux-default", Pace.ORIGINAL);
    assertThat(fates(dropped)).allMatch(one -> one.contains("lost null xfrm-out-no-states"));

    ReplayReport leaked = datagrams(keys + "{like: larval, outcome: pass}", Pace.ORIGINAL);
    assertThat(leaked.packets()).allMatch(PacketFate::leaked);
    assertThat(leaked.flow().leakedInClear()).isEqualTo(8);
  }

  @Test
  void withoutAMapThereIsNoRoute() throws Exception {
    ReplayReport report =
        replay(lab(""), RunOptions.PLAIN, CLEAR, Form.DATAGRAM, Pace.ORIGINAL, Rewrite.NONE);
    assertThat(report.sent()).isEqualTo(14);
    assertThat(fates(report)).allMatch(one -> one.endsWith("refused ENETUNREACH no-route"));
  }

  @Test
  void theLabsOwnTrafficAndItsExpectationsStayApart() throws Exception {
    ReplayReport report =
        datagrams(
            """
            traffic: [{from: a, to: b, udp: 7, count: 5, every: 1ms, start: 1s}]
            expect: [{flow: all, offered: 5, delivered: 5}]
            """,
            Pace.AT_ONCE);
    assertThat(report.run().met()).isTrue();
    assertThat(report.flow().flow()).isEqualTo(2);
    assertThat(report.flow().offered()).isEqualTo(8);
    assertThat(report.flow().reordered() + report.flow().duplicated()).isZero();
  }

  @Test
  void copiesOfALinkAreCountedAsSuch() throws Exception {
    LabFile doubling =
        LabFileReader.parse("test.yaml", KERNEL.replace("delay: 1ms", "duplicate: 100%"));
    ReplayReport report =
        replay(
            doubling,
            RunOptions.PLAIN,
            "esp-transport-gcm128-v4",
            Form.FRAME,
            Pace.ORIGINAL,
            Rewrite.NONE);
    // the second copy of each stops at ESP's replay window and changes nothing
    assertThat(report.flow().delivered()).isPositive();
    assertThat(report.flow().duplicated()).isZero();
    assertThat(report.run().xfrmStat().get("b")).containsKey("XfrmInStateSeqError");
  }

  @Test
  void aRealKernelsEspIsOpenedByTheGuestThatHasTheKey() throws Exception {
    LabFile lab = LabFileReader.parse("test.yaml", KERNEL);
    ReplayReport report =
        replay(
            lab,
            RunOptions.PLAIN,
            "esp-transport-gcm128-v4",
            Form.FRAME,
            Pace.ORIGINAL,
            Rewrite.NONE);
    assertThat(report.sent()).isEqualTo(16);
    List<PacketFate> fromA =
        report.packets().stream().filter(one -> !"not-for-us".equals(one.reason())).toList();
    assertThat(fromA).hasSize(9).allMatch(one -> one.fate().equals("delivered"));
    // two pings were answered; a datagram and six segments found nobody
    assertThat(report.unread()).isEqualTo(Map.of("no-socket", 7));

    ReplayReport fragments =
        replay(
            lab,
            RunOptions.PLAIN,
            "esp-transport-gcm128-frag-v4",
            Form.FRAME,
            Pace.ORIGINAL,
            Rewrite.NONE);
    assertThat(fragments.packets().stream().filter(one -> one.fate().equals("delivered")))
        .hasSize(3);

    LabFile wrongKey = LabFileReader.parse("test.yaml", KERNEL.replace("0xc5bf", "0xc5be"));
    ReplayReport failed =
        replay(
            wrongKey,
            RunOptions.PLAIN,
            "esp-transport-gcm128-v4",
            Form.FRAME,
            Pace.ORIGINAL,
            Rewrite.NONE);
    assertThat(failed.flow().delivered()).isZero();
    assertThat(failed.flow().lost()).containsEntry("xfrm-in-state-proto-error", 9);
  }

  @Test
  void theLinkCarriesTheMappedAddresses(@TempDir Path directory) throws Exception {
    replay(
        lab(""),
        RunOptions.PLAIN.capturing(directory),
        CLEAR,
        Form.DATAGRAM,
        Pace.ORIGINAL,
        MAPPED);
    Ipv4View ip = new Ipv4View();
    IcmpView icmp = new IcmpView();
    int datagrams = 0;
    int echoes = 0;
    try (CaptureReader reader = CaptureReader.open(directory.resolve("link.pcapng"))) {
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        assertThat(frame.linkType()).isEqualTo(LinkType.ETHERNET.number());
        int at = frame.packetOffset();
        ByteBuf data = frame.data();
        if (at < 0 || data.getUnsignedByte(data.readerIndex() + at) >>> 4 != 4) {
          continue;
        }
        // wrap checks the header's checksum
        assertThat(ip.wrap(data, data.readerIndex() + at, data.readableBytes() - at)).isNull();
        assertThat(List.of(ip.source(), ip.target())).containsExactlyInAnyOrder(A, B);
        datagrams++;
        if (ip.protocol() == IpProtocol.ICMP) {
          assertThat(icmp.wrap(data, ip.payload(), ip.payloadLength())).isNull();
          echoes++;
        }
      }
    }
    assertThat(datagrams).isEqualTo(9);
    assertThat(echoes).isEqualTo(2);
  }

  @Test
  void oneSeedGivesOneReport() throws Exception {
    LabFile lossy =
        LabFileReader.parse("test.yaml", KERNEL.replace("delay: 1ms", "loss: 30%, jitter: 4ms"));
    List<String> reports = new ArrayList<>();
    for (long seed : new long[] {1, 1, 2}) {
      reports.add(
          JsonText.of(
              replay(
                  lossy,
                  RunOptions.PLAIN.withSeed(seed),
                  "esp-transport-gcm128-v4",
                  Form.FRAME,
                  Pace.ORIGINAL,
                  Rewrite.NONE)));
    }
    assertThat(reports.get(0)).isEqualTo(reports.get(1)).isNotEqualTo(reports.get(2));
  }
}
