package org.larval.ike.golden;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.crypto.Secret;
import org.larval.ike.crypto.SkProtection;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A capture of strongSwan or libreswan with its keys, decrypted by what the tests examine. */
public final class GoldenExchange {
  /** Every capture with keys. */
  public static final List<String> ALL =
      List.of(
          "cert-ecdsa",
          "cert-rsa",
          "cert-rsa-frag512",
          "cert-rsa-nofrag",
          "childless-force",
          "err-auth-failed-psk",
          "err-invalid-ke",
          "err-ts-unacceptable",
          "label-mismatch",
          "label-resp-only",
          "label-simple",
          "libreswan410-label-denied",
          "libreswan410-label-initiator",
          "libreswan410-label-missing",
          "libreswan410-label-responder",
          "libreswan410-responder",
          "psk-cookie",
          "psk-dpd-dead-clear",
          "psk-dpd2s",
          "psk-esn",
          "psk-mobike",
          "psk-modp2048-aes256-sha256",
          "psk-pfs-x25519",
          "psk-reauth-bbm",
          "psk-short-rekey",
          "psk-transport",
          "psk-x25519-aes128gcm16",
          "ts-narrowing",
          "v610-psk-esn",
          "v610-psk-rawesp",
          "v610-psk-transport",
          "v610-psk-trap",
          "v610-psk-x25519");

  /** A payload without its generic header. */
  public record Part(int type, Octets body) {}

  /** A message; encrypted ones opened, fragments put together. */
  public record Said(
      Octets raw, Octets spiI, Octets spiR, int exchange, int flags, int id, List<Part> parts) {
    /** The body of the only or first payload of a type. */
    public Octets part(int type) {
      return parts.stream()
          .filter(one -> one.type() == type)
          .map(Part::body)
          .findFirst()
          .orElse(Octets.EMPTY);
    }

    /** Whether it is a response. */
    public boolean response() {
      return (flags & 0x20) != 0;
    }

    /** Whether who sent it was the initiator of the IKE SA. */
    public boolean fromInitiator() {
      return (flags & 0x08) != 0;
    }
  }

  /** What the peers logged about one IKE SA. */
  public record LoggedSa(
      IkeSuite suite, Secret shared, Secret skeyseed, IkeKeys keys, Octets spiI, Octets spiR) {}

  private final JsonNode json;
  private final List<LoggedSa> sas = new ArrayList<>();
  private final List<Said> messages = new ArrayList<>();
  private final Map<String, TreeMap<Integer, Octets>> fragments = new HashMap<>();
  private int opened;

  /** Reads and decrypts one. */
  public GoldenExchange(String name) {
    json = JsonMapper.shared().readTree(read(name + ".keys.json"));
    for (JsonNode one : json.get("ike")) {
      if (one.has("spi")) {
        sas.add(sa(one));
      }
    }
    ByteBuffer pcap = ByteBuffer.wrap(read(name + ".pcap")).order(ByteOrder.LITTLE_ENDIAN);
    pcap.position(24);
    while (pcap.hasRemaining()) {
      pcap.position(pcap.position() + 8);
      byte[] frame = new byte[pcap.getInt()];
      pcap.getInt();
      pcap.get(frame);
      frame(Octets.of(frame));
    }
  }

  /** A file of the collection. */
  public static byte[] read(String name) {
    try (InputStream in = GoldenExchange.class.getResourceAsStream("/golden/ike/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException(name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LoggedSa sa(JsonNode one) {
    IkeSuite suite =
        IkeSuite.of(
            Proposals.parse(Protocol.IKE, keywords(one.get("proposal").asString())).getFirst());
    return new LoggedSa(
        suite,
        secret(one, "g_ir"),
        secret(one, "SKEYSEED"),
        new IkeKeys(
            secret(one, "SK_d"),
            secret(one, "SK_ai"),
            secret(one, "SK_ar"),
            secret(one, "SK_ei"),
            secret(one, "SK_er"),
            secret(one, "SK_pi"),
            secret(one, "SK_pr")),
        Octets.hex(one.get("spi").get(0).asString()),
        Octets.hex(one.get("spi").get(1).asString()));
  }

  /** strongSwan's log names as keywords. */
  public static String keywords(String proposal) {
    List<String> words = new ArrayList<>();
    for (String word : proposal.substring(proposal.indexOf(':') + 1).split("/", -1)) {
      words.add(
          switch (word) {
            case "AES_GCM_16_128" -> "aes128gcm16";
            case "AES_CBC_256" -> "aes256";
            case "HMAC_SHA2_256_128" -> "sha256";
            case "PRF_HMAC_SHA2_256" -> "prfsha256";
            case "CURVE_25519" -> "x25519";
            case "MODP_2048" -> "modp2048";
            case "NO_EXT_SEQ" -> "noesn";
            case "EXT_SEQ" -> "esn";
            default -> throw new IllegalArgumentException(word);
          });
    }
    return String.join("-", words);
  }

  private static Secret secret(JsonNode node, String name) {
    return node.has(name)
        ? Secret.taking(HexFormat.of().parseHex(node.get(name).asString()))
        : Secret.EMPTY;
  }

  private void frame(Octets frame) {
    int ip = 14;
    if (frame.size() < ip + 28 || frame.unsignedShort(12) != 0x0800 || frame.at(ip + 9) != 17) {
      return;
    }
    int udp = ip + (frame.at(ip) & 0xf) * 4;
    int from = frame.unsignedShort(udp);
    int to = frame.unsignedShort(udp + 2);
    Octets data = frame.slice(udp + 8, frame.unsignedShort(udp + 4) - 8);
    if (from == 4500 || to == 4500) {
      if (data.size() < 4 || data.integer(0) != 0) {
        return;
      }
      data = data.slice(4, data.size() - 4);
    } else if (from != 500 && to != 500) {
      return;
    }
    message(data);
  }

  private void message(Octets raw) {
    Octets spiI = raw.slice(0, 8);
    Octets spiR = raw.slice(8, 8);
    int first = raw.at(16);
    int flags = raw.at(19);
    int id = raw.integer(20);
    List<Part> parts = new ArrayList<>();
    if (first == 53) {
      Octets whole = fragment(raw, spiI, spiR, flags, id);
      if (whole == null) {
        return;
      }
      int inner = fragments.remove(key(spiI, flags, id)).get(1).at(0);
      parts(whole, inner, parts);
    } else if (first == 46) {
      parts(open(raw, 32, spiI, spiR, flags), raw.at(28), parts);
    } else {
      parts(raw.slice(28, raw.size() - 28), first, parts);
    }
    messages.add(new Said(raw, spiI, spiR, raw.at(18), flags, id, parts));
  }

  private static String key(Octets spiI, int flags, int id) {
    return spiI + "/" + flags + "/" + id;
  }

  /** Keeps each piece behind one octet of its next payload. */
  private Octets fragment(Octets raw, Octets spiI, Octets spiR, int flags, int id) {
    int number = raw.unsignedShort(32);
    int total = raw.unsignedShort(34);
    Octets piece = open(raw, 36, spiI, spiR, flags);
    TreeMap<Integer, Octets> have =
        fragments.computeIfAbsent(key(spiI, flags, id), k -> new TreeMap<>());
    have.put(number, Octets.of((byte) raw.at(28)).and(piece));
    if (have.size() < total) {
      return null;
    }
    Octets whole = Octets.EMPTY;
    for (Octets one : have.values()) {
      whole = whole.and(one.slice(1, one.size() - 1));
    }
    return whole;
  }

  private Octets open(Octets raw, int content, Octets spiI, Octets spiR, int flags) {
    byte[] plain = protection(spiI, spiR, (flags & 0x08) != 0).open(raw.toArray(), content);
    if (plain == null) {
      throw new IllegalStateException("a message that does not open");
    }
    opened++;
    return Octets.of(plain);
  }

  /** What opens or seals what one side of an SA says. */
  public SkProtection protection(Octets spiI, Octets spiR, boolean initiator) {
    LoggedSa sa = sa(spiI, spiR);
    return new SkProtection(
        sa.suite(),
        initiator ? sa.keys().ei() : sa.keys().er(),
        initiator ? sa.keys().ai() : sa.keys().ar(),
        new java.util.SplittableRandom(1));
  }

  /** The SA of a pair of SPIs. */
  public LoggedSa sa(Octets spiI, Octets spiR) {
    return sas.stream()
        .filter(one -> one.spiI().equals(spiI) && one.spiR().equals(spiR))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no keys for " + spiI));
  }

  private static void parts(Octets octets, int first, List<Part> parts) {
    int type = first;
    int at = 0;
    while (type != 0) {
      int length = octets.unsignedShort(at + 2);
      parts.add(new Part(type, octets.slice(at + 4, length - 4)));
      type = octets.at(at);
      at += length;
    }
  }

  /** Everything said, in order. */
  public List<Said> messages() {
    return messages;
  }

  /** IKE SAs as logged. */
  public List<LoggedSa> sas() {
    return sas;
  }

  /** How many SK and SKF payloads were opened. */
  public int opened() {
    return opened;
  }

  /** Child SAs as logged. */
  public JsonNode children() {
    return json.get("child");
  }
}
