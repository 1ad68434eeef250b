package org.larval.lab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.ike.auth.AuthOctets;
import org.larval.ike.crypto.ChildKeys;
import org.larval.ike.crypto.ChildSuite;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.crypto.SkProtection;
import org.larval.ike.message.AuthMethod;
import org.larval.ike.message.AuthPayload;
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
import org.larval.ike.message.SkPayload;
import org.larval.ike.message.SkfPayload;
import org.larval.ike.message.Transform;
import org.larval.pcap.LinkType;
import org.larval.pcap.PcapWriter;
import org.larval.wire.Checksum;

/**
 * An exchange with an additional key exchange (RFC 9242, 9370), in IKE_INTERMEDIATE with fragments
 * and in a rekeying with IKE_FOLLOWUP_KE, built here as the RFCs say.
 */
class ShowHybridTest {
  private static final long SPI_I = 0x1111111111111111L;
  private static final long SPI_R = 0x2222222222222222L;
  private static final Octets PSK = text("interop-psk");

  private final Random random = new Random(9370);
  private final List<byte[]> messages = new ArrayList<>();
  private final Octets ni = octets(32);
  private final Octets nr = octets(32);
  private final Secret first = Secret.of(octets(32).toArray());
  private final Secret second = Secret.of(octets(32).toArray());
  private final Secret third = Secret.of(octets(32).toArray());
  private final Secret fourth = Secret.of(octets(32).toArray());

  @TempDir private Path directory;

  private IkeSuite suite = IkeSuite.of(ike(Octets.EMPTY));
  private KeySchedule schedule = new KeySchedule(suite.prf());
  private Secret seed0 = Secret.EMPTY;
  private Secret seed1 = Secret.EMPTY;
  private Secret seed2 = Secret.EMPTY;
  private List<IkeKeys> keys = List.of();
  private String child = "";

  private Octets octets(int size) {
    byte[] octets = new byte[size];
    random.nextBytes(octets);
    return Octets.of(octets);
  }

  private static Octets text(String text) {
    return Octets.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static Proposal ike(Octets spi) {
    return new Proposal(
        1,
        Protocol.IKE.id(),
        spi,
        List.of(
            new Transform(Transform.ENCR, 20, 128),
            new Transform(Transform.PRF, 5),
            new Transform(Transform.KE, 31),
            new Transform(Transform.ADDKE1, 36)));
  }

  private static Proposal esp(String spi) {
    return new Proposal(
        1,
        Protocol.ESP.id(),
        Octets.hex(spi),
        List.of(new Transform(Transform.ENCR, 20, 128), new Transform(Transform.SN, 0)));
  }

  private static Header header(ExchangeType exchange, boolean initiator, int id) {
    return new Header(SPI_I, SPI_R, exchange, initiator, !initiator, id);
  }

  private byte[] clear(Header header, List<Payload> payloads) {
    byte[] octets = MessageWriter.write(new Message(header, payloads));
    messages.add(octets);
    return octets;
  }

  private SkProtection protection(IkeKeys with, boolean initiator) {
    return new SkProtection(suite, initiator ? with.ei() : with.er(), Secret.EMPTY, random);
  }

  private void sealed(Header header, IkeKeys with, List<Payload> payloads) {
    SkProtection protection = protection(with, header.fromInitiator());
    byte[] plain = MessageWriter.payloads(payloads);
    Octets room = Octets.of(new byte[protection.sealedSize(plain.length)]);
    Payload sk = new SkPayload(MessageWriter.firstType(payloads), room);
    byte[] octets = MessageWriter.write(new Message(header, List.of(sk)));
    protection.seal(octets, octets.length - room.size(), plain);
    messages.add(octets);
  }

  private void fragmented(Header header, IkeKeys with, List<Payload> payloads) {
    SkProtection protection = protection(with, header.fromInitiator());
    byte[] plain = MessageWriter.payloads(payloads);
    int half = plain.length / 2;
    for (int number = 1; number <= 2; number++) {
      byte[] part =
          Arrays.copyOfRange(plain, number == 1 ? 0 : half, number == 1 ? half : plain.length);
      Octets room = Octets.of(new byte[protection.sealedSize(part.length)]);
      int inner = number == 1 ? MessageWriter.firstType(payloads) : 0;
      Payload skf = new SkfPayload(inner, number, 2, room);
      byte[] octets = MessageWriter.write(new Message(header, List.of(skf)));
      protection.seal(octets, octets.length - room.size(), part);
      messages.add(octets);
    }
  }

  /** What RFC 9242 wants authenticated: as if there were neither fragments nor encryption. */
  private Octets link(Secret key, Header header, List<Payload> payloads) {
    byte[] plain = MessageWriter.payloads(payloads);
    Payload sk = new SkPayload(MessageWriter.firstType(payloads), Octets.of(plain));
    return Octets.of(
        schedule
            .prf(key, Octets.of(MessageWriter.write(new Message(header, List.of(sk)))))
            .toArray());
  }

  private void auth(boolean initiator, IkeKeys with, byte[] message, Octets intAuth, String spi) {
    IdPayload id = new IdPayload(initiator, IdType.FQDN, text(initiator ? "a.test" : "b.test"));
    Octets signed =
        AuthOctets.of(
            schedule,
            initiator ? with.pi() : with.pr(),
            Octets.of(message),
            initiator ? nr : ni,
            id.signed(),
            intAuth);
    Secret proof = AuthOctets.sharedKey(schedule, Secret.of(PSK.toArray()), signed);
    sealed(
        header(ExchangeType.IKE_AUTH, initiator, 2),
        with,
        List.of(
            id,
            new AuthPayload(AuthMethod.SHARED_KEY.number(), Octets.of(proof.toArray())),
            new SaPayload(List.of(esp(spi)))));
  }

  @BeforeEach
  void exchange() {
    Header init = new Header(SPI_I, 0, ExchangeType.IKE_SA_INIT, true, false, 0);
    Payload offer = new SaPayload(List.of(ike(Octets.EMPTY)));
    byte[] request =
        clear(init, List.of(offer, new KePayload(31, octets(32)), new NoncePayload(ni)));
    byte[] response =
        clear(
            header(ExchangeType.IKE_SA_INIT, false, 0),
            List.of(offer, new KePayload(31, octets(32)), new NoncePayload(nr)));
    Octets spiI = Octets.number(SPI_I, 8);
    Octets spiR = Octets.number(SPI_R, 8);
    seed0 = schedule.skeyseed(ni, nr, first);
    IkeKeys keys0 = schedule.keys(suite, seed0, ni, nr, spiI, spiR);

    Header ask = header(ExchangeType.IKE_INTERMEDIATE, true, 1);
    Header answer = header(ExchangeType.IKE_INTERMEDIATE, false, 1);
    List<Payload> encapsulation = List.of(new KePayload(36, octets(1184)));
    List<Payload> ciphertext = List.of(new KePayload(36, octets(1088)));
    fragmented(ask, keys0, encapsulation);
    fragmented(ask, keys0, encapsulation);
    sealed(answer, keys0, ciphertext);
    Octets intAuth =
        AuthOctets.intAuth(
            link(keys0.pi(), ask, encapsulation), link(keys0.pr(), answer, ciphertext), 2);

    seed1 = schedule.skeyseedOfAdditional(keys0.d(), ni, nr, second);
    IkeKeys keys1 = schedule.keys(suite, seed1, ni, nr, spiI, spiR);
    auth(true, keys1, request, intAuth, "aaaaaaaa");
    auth(false, keys1, response, intAuth, "bbbbbbbb");
    ChildKeys made = schedule.child(ChildSuite.of(esp("bbbbbbbb")), keys1.d(), ni, nr, List.of());
    child =
        """
        {"proposal": "ESP:AES_GCM_16_128/NO_EXT_SEQ", "g_ir": "", "enc_i": "%s", "enc_r": "%s",
         "spis": [["aaaaaaaa", "", ""], ["bbbbbbbb", "", ""]]}
        """
            .formatted(hex(made.initiatorEncryption()), hex(made.responderEncryption()));

    // the responder rekeys, and so is the initiator of the new one
    Octets newNi = octets(32);
    Octets newNr = octets(32);
    Octets newI = Octets.hex("3333333333333333");
    Octets newR = Octets.hex("4444444444444444");
    Header rekey = new Header(SPI_I, SPI_R, ExchangeType.CREATE_CHILD_SA, false, false, 0);
    Header rekeyed = new Header(SPI_I, SPI_R, ExchangeType.CREATE_CHILD_SA, true, true, 0);
    NotifyPayload tie = new NotifyPayload(NotifyType.ADDITIONAL_KEY_EXCHANGE, octets(8));
    Payload newOffer = new SaPayload(List.of(ike(newI)));
    Payload picked = new SaPayload(List.of(ike(newR)));
    Payload half = new KePayload(31, octets(32));
    sealed(rekey, keys1, List.of(newOffer, new NoncePayload(newNi), half));
    sealed(rekeyed, keys1, List.of(picked, new NoncePayload(newNr), half, tie));
    Header follow = new Header(SPI_I, SPI_R, ExchangeType.IKE_FOLLOWUP_KE, false, false, 1);
    Header followed = new Header(SPI_I, SPI_R, ExchangeType.IKE_FOLLOWUP_KE, true, true, 1);
    sealed(follow, keys1, List.of(new KePayload(36, octets(1184)), tie));
    sealed(followed, keys1, List.of(new KePayload(36, octets(1088))));
    seed2 = schedule.skeyseedOfRekey(keys1.d(), newNi, newNr, List.of(third, fourth));
    IkeKeys keys2 = schedule.keys(suite, seed2, newNi, newNr, newI, newR);
    long spi3 = 0x3333333333333333L;
    long spi4 = 0x4444444444444444L;
    sealed(new Header(spi3, spi4, ExchangeType.INFORMATIONAL, true, false, 0), keys2, List.of());
    sealed(new Header(spi3, spi4, ExchangeType.INFORMATIONAL, false, true, 0), keys2, List.of());
    keys = List.of(keys0, keys1, keys2);
  }

  private static String hex(Secret secret) {
    return HexFormat.of().formatHex(secret.toArray());
  }

  private String set(int number, String spis, Secret seed, Secret shared, Secret additional) {
    IkeKeys one = keys.get(number);
    return """
    {"proposal": "IKE:AES_GCM_16_128/PRF_HMAC_SHA2_256/CURVE_25519/KE1_ML_KEM_768",
     "g_ir": "%s", "additional_ke": "%s", "SKEYSEED": "%s", "SK_d": "%s", "SK_ei": "%s",
     "SK_er": "%s", "SK_pi": "%s", "SK_pr": "%s"%s}
    """
        .formatted(
            hex(shared),
            hex(additional),
            hex(seed),
            hex(one.d()),
            hex(one.ei()),
            hex(one.er()),
            hex(one.pi()),
            hex(one.pr()),
            spis);
  }

  private String totals(String... sets) throws IOException {
    Path capture = directory.resolve("hybrid.pcap");
    try (PcapWriter writer = PcapWriter.create(capture, LinkType.RAW)) {
      for (int i = 0; i < messages.size(); i++) {
        writer.write(i, 0, datagram(messages.get(i), i < 2 ? 500 : 4500), null);
      }
    }
    Path file = directory.resolve("keys.json");
    Files.writeString(
        file, "{\"ike\": [" + String.join(",", sets) + "], \"child\": [" + child + "]}");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "show",
            capture.toString(),
            "--ike-keys",
            file.toString(),
            "--psk",
            "interop-psk");
    assertThat(err.toString()).isEmpty();
    return code + ": " + out.toString().lines().reduce("", (before, line) -> line);
  }

  private static ByteBuf datagram(byte[] message, int port) {
    byte[] payload =
        port == 500 ? message : ByteBuffer.allocate(4 + message.length).put(4, message).array();
    ByteBuf packet = Unpooled.buffer();
    packet.writeBytes(new byte[] {0x45, 0}).writeShort(28 + payload.length).writeInt(0);
    packet.writeByte(64).writeByte(17).writeShort(0).writeInt(0x0a000001).writeInt(0x0a000002);
    packet.setShort(10, Checksum.of(packet, 0, 20));
    packet.writeShort(port).writeShort(port).writeShort(8 + payload.length).writeShort(0);
    return packet.writeBytes(payload);
  }

  private static final String OLD = ", \"spi\": [\"1111111111111111\", \"2222222222222222\"]";
  private static final String NEW = ", \"spi\": [\"3333333333333333\", \"4444444444444444\"]";

  @Test
  void aSetForEachKeyExchange() throws IOException {
    String full =
        "0: 15 ike, 13 encrypted: 13 decrypted; 4 key sets: 4 recomputed; 2 auth: 2 verified;"
            + " 0 esp: 0 decrypted";
    assertThat(
            totals(
                set(0, OLD, seed0, first, Secret.EMPTY),
                set(1, OLD, seed1, second, Secret.EMPTY),
                set(2, NEW, seed2, third, fourth)))
        .isEqualTo(full);
    assertThat(
            totals(
                set(2, "", seed2, third, fourth),
                set(1, "", seed1, second, Secret.EMPTY),
                set(0, "", seed0, first, Secret.EMPTY)))
        .isEqualTo(full);
    assertThat(
            totals(
                set(0, OLD, seed0, first, Secret.EMPTY),
                set(1, OLD, seed1, first, second),
                set(2, NEW, seed2, third, fourth)))
        .isEqualTo(full);
  }

  @Test
  void aSecretThatIsMissingIsNoticed() throws IOException {
    assertThat(
            totals(
                set(0, OLD, seed0, first, Secret.EMPTY),
                set(1, OLD, seed1, first, Secret.EMPTY),
                set(2, NEW, seed2, third, Secret.EMPTY)))
        .startsWith("1: ")
        .contains("4 key sets: 2 recomputed; 2 auth: 2 verified");
  }
}
