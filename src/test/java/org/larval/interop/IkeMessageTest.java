package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.ike.message.AuthMethod;
import org.larval.ike.message.AuthPayload;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.CertReqPayload;
import org.larval.ike.message.CertificateEncoding;
import org.larval.ike.message.ConfigurationAttribute;
import org.larval.ike.message.CpPayload;
import org.larval.ike.message.DeletePayload;
import org.larval.ike.message.EapPayload;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Header;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.IdType;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageWriter;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.SaPayload;
import org.larval.ike.message.Selector;
import org.larval.ike.message.SkPayload;
import org.larval.ike.message.SkfPayload;
import org.larval.ike.message.Transform;
import org.larval.ike.message.TsPayload;
import org.larval.ike.message.VendorIdPayload;
import org.larval.pcap.LinkType;
import org.larval.pcap.PcapWriter;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;

/** Wireshark reads messages with a payload of every kind as they were meant. */
@Tag("interop")
class IkeMessageTest {
  @TempDir Path directory;

  private static final Octets SPI = Octets.hex("c0ffee01");

  private static List<Payload> payloads() {
    return List.of(
        new SaPayload(
            List.of(
                new Proposal(
                    1,
                    Protocol.ESP.id(),
                    SPI,
                    List.of(
                        new Transform(Transform.ENCR, 12, 256),
                        new Transform(Transform.INTEG, 12),
                        new Transform(Transform.SN, 0))),
                new Proposal(
                    2,
                    Protocol.ESP.id(),
                    SPI,
                    List.of(
                        new Transform(Transform.ENCR, 20, 128), new Transform(Transform.SN, 1))))),
        new KePayload(31, Octets.of(new byte[32])),
        new IdPayload(true, IdType.FQDN, text("a.test")),
        new IdPayload(false, IdType.IPV4_ADDR, Octets.hex("0a000001")),
        new CertPayload(CertificateEncoding.HASH_AND_URL.number(), text("h".repeat(20) + "u")),
        new CertReqPayload(CertificateEncoding.X509_SIGNATURE.number(), Octets.of(new byte[40])),
        new AuthPayload(AuthMethod.SHARED_KEY.number(), Octets.of(new byte[32])),
        new NoncePayload(Octets.of(new byte[32])),
        new NotifyPayload(NotifyType.REKEY_SA, Protocol.ESP, SPI, Octets.EMPTY),
        new NotifyPayload(NotifyType.SIGNATURE_HASH_ALGORITHMS, Octets.hex("00020005")),
        DeletePayload.ike(),
        DeletePayload.children(Protocol.ESP, List.of(SPI, Octets.hex("00000100"))),
        new VendorIdPayload(text("larval")),
        new TsPayload(
            true,
            List.of(
                range(6, 80, 80, "10.0.0.0", "10.0.0.255"),
                range(0, 0, 65_535, "fd00::", "fd00::ffff"))),
        new TsPayload(false, List.of(range(17, 53, 53, "10.0.1.1", "10.0.1.9"))),
        new CpPayload(
            CpPayload.REPLY,
            List.of(
                new CpPayload.Attribute(
                    ConfigurationAttribute.INTERNAL_IP4_ADDRESS, Octets.hex("0a030001")))),
        new EapPayload(Octets.hex("0207000a01612e746573")));
  }

  private static Selector range(int protocol, int from, int to, String first, String last) {
    return new Selector.Range(protocol, from, to, IpAddress.parse(first), IpAddress.parse(last));
  }

  private static Octets text(String text) {
    return Octets.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void readsWhatWeWrite() throws Exception {
    assumeTrue(Wireshark.version() != null, "tshark is not installed: apt-get install tshark");
    Header header = new Header(0x1122334455667788L, 0x99L, ExchangeType.IKE_AUTH, true, false, 7);
    List<Message> messages = new ArrayList<>();
    messages.add(new Message(header, payloads()));
    messages.add(new Message(header, List.of(new SkPayload(35, Octets.of(new byte[48])))));
    messages.add(new Message(header, List.of(new SkfPayload(35, 1, 3, Octets.of(new byte[48])))));
    Path capture = directory.resolve("every.pcap");
    try (PcapWriter writer = PcapWriter.create(capture, LinkType.RAW)) {
      for (int i = 0; i < messages.size(); i++) {
        writer.write(i, 0, datagram(MessageWriter.write(messages.get(i))), null);
      }
    }
    List<String> lines = new ArrayList<>();
    for (String field :
        List.of(
            "_ws.malformed",
            "isakmp.typepayload",
            "isakmp.messageid",
            "isakmp.ts.start_ipv4",
            "isakmp.notify.msgtype",
            "isakmp.delete.spi",
            "isakmp.cfg.attr.internal_ip4_address",
            "isakmp.frag.total")) {
      lines.add(field(capture, field));
    }
    String kinds =
        payloads().stream()
            .map(one -> Integer.toString(one.type()))
            .collect(Collectors.joining(","));
    // proposals (2) and transforms (3) are payloads for Wireshark
    String seen =
        Arrays.stream(lines.get(1).split("[,|]"))
            .filter(one -> !one.equals("2") && !one.equals("3"))
            .collect(Collectors.joining(","));
    assertThat(lines.get(0)).isEqualTo("||");
    assertThat(seen).isEqualTo(kinds + ",46,53");
    assertThat(lines.get(2)).isEqualTo("0x00000007|0x00000007|0x00000007");
    assertThat(lines.get(3)).isEqualTo("10.0.0.0,10.0.1.1||");
    assertThat(lines.get(4)).isEqualTo("16393,16431||");
    assertThat(lines.get(5)).isEqualTo("c0ffee01,00000100||");
    assertThat(lines.get(6)).isEqualTo("10.3.0.1||");
    assertThat(lines.get(7)).isEqualTo("||3");
  }

  /** The values of a field, frames with bars between them. */
  private static String field(Path capture, String name) throws Exception {
    Process process =
        new ProcessBuilder("tshark", "-r", capture.toString(), "-T", "fields", "-e", name)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> lines = process.inputReader().lines().toList();
    process.waitFor();
    return String.join("|", lines);
  }

  private static ByteBuf datagram(byte[] message) {
    ByteBuf packet = Unpooled.buffer();
    packet.writeBytes(new byte[] {0x45, 0}).writeShort(28 + message.length).writeInt(0);
    packet.writeByte(64).writeByte(17).writeShort(0).writeInt(0x0a000001).writeInt(0x0a000002);
    packet.setShort(10, Checksum.of(packet, 0, 20));
    packet.writeShort(500).writeShort(500).writeShort(8 + message.length).writeShort(0);
    return packet.writeBytes(message);
  }
}
