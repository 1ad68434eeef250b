package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EveryPayloadTest {
  @Test
  void comesBackAsItWas() throws MalformedMessageException {
    List<Payload> payloads = new ArrayList<>(EveryPayload.clear());
    payloads.add(new SkfPayload(35, 1, 2, Octets.of(new byte[40])));
    Message message = new Message(EveryPayload.header(), payloads);
    byte[] octets = MessageWriter.write(message);
    assertThat(MessageReader.read(octets)).isEqualTo(message);
    Message whole = message.with(List.of(new SkPayload(0, Octets.of(new byte[40]))));
    assertThat(MessageReader.read(MessageWriter.write(whole))).isEqualTo(whole);
  }

  @Test
  void keepsWhatItDoesNotUnderstand() throws MalformedMessageException {
    List<Payload> payloads =
        List.of(
            new UnknownPayload(true, 99, Octets.hex("01")),
            new NotifyPayload(true, 9, 65_000, Octets.hex("aabbcc"), Octets.hex("dd")),
            new IdPayload(true, true, 77, 0x010203, Octets.hex("ee")),
            new SaPayload(
                List.of(
                    new Proposal(
                        0,
                        77,
                        Octets.hex("01"),
                        List.of(new Transform(77, 4711, 0, Octets.hex("8001000200030001ff")))))),
            new TsPayload(true, List.of(new Selector.Other(241, 9, Octets.hex("00")))));
    byte[] plain = MessageWriter.payloads(payloads);
    assertThat(MessageReader.payloads(99, plain)).isEqualTo(payloads);
    assertThat(new Message(EveryPayload.header(), payloads).unsupportedCritical()).isEqualTo(99);
  }

  @Test
  void printsAsATree() {
    assertThat(MessageText.tree(EveryPayload.clear()))
        .map(TextLine::toString)
        .containsExactly(
            "SA 2 proposals",
            "  proposal #1 ESP c0ffee01: aes256 3des sha256 ke1_mlkem768 noesn",
            "  proposal #2 ESP c0ffee01: aes128gcm16 esn",
            "KE x25519 " + "00".repeat(32),
            "IDi fqdn a.test",
            "IDr ipv4 10.0.0.1",
            "CERT raw-public-key 300506032b6570",
            "CERTREQ x509",
            "  authority " + "00".repeat(20),
            "  authority " + "00".repeat(20),
            "AUTH psk " + "00".repeat(32),
            "Nonce " + "00".repeat(32),
            "N REKEY_SA ESP c0ffee01",
            "N SIGNATURE_HASH_ALGORITHMS sha256 identity",
            "D IKE",
            "D ESP c0ffee01 00000100",
            "V larval",
            "TSi 10.0.0.0/24[tcp/80], fd00::/112, label system_u:object_r:secret_t:s0",
            "TSr 10.0.1.1-10.0.1.9[icmp/8(0)]",
            "CP reply",
            "  INTERNAL_IP4_ADDRESS 10.3.0.1",
            "  INTERNAL_IP4_DNS",
            "EAP response/identity 7 0207000a01612e746573",
            "payload-200 0102");
  }

  @Test
  void printsAsALine() {
    assertThat(new Message(EveryPayload.header(), EveryPayload.clear()))
        .hasToString(
            "IKE_AUTH request 1 [SA KE IDi IDr CERT CERTREQ AUTH Nonce N(REKEY_SA)"
                + " N(SIGNATURE_HASH_ALGORITHMS) D D V TSi TSr CP(reply)"
                + " EAP(response/identity 7) payload-200]");
  }

  @Test
  void refusesToWriteWhatDoesNotFit() {
    assertThatThrownBy(
            () -> MessageWriter.payloads(List.of(new VendorIdPayload(Octets.of(new byte[65_532])))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                MessageWriter.payloads(
                    List.of(new SkPayload(0, Octets.EMPTY), new VendorIdPayload(Octets.EMPTY))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
