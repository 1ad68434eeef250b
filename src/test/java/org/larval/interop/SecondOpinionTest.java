package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.larval.combination.Kind;
import org.larval.combination.Kind.End;
import org.larval.combination.Kind.Extras;
import org.larval.combination.Kinds;
import org.larval.interop.Scapy.Numbered;
import org.larval.interop.Wireshark.Level;
import org.larval.pcap.FrameDirection;
import org.larval.pcap.LinkType;
import org.larval.pcap.PcapWriter;
import org.larval.xfrm.crypto.CryptoBackend;

/**
 * What others say of our packets, for every algorithm in every mode, family, kind of numbers and
 * encapsulation: tshark verifies and reads them, scapy opens them, and we open what scapy builds.
 * One packet of each combination is broken besides, which all must refuse. What a tool cannot do is
 * named with the reason and never counts as passed; where scapy cannot, the script helps out by the
 * RFC over parts of OpenSSL, which counts apart. Prints sums for each algorithm; {@code
 * lab-tests/target/second-opinions.txt} has every combination.
 */
@Tag("interop")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecondOpinionTest {
  private static final Path TABLE = Path.of("lab-tests/target/second-opinions.txt");
  private static final HexFormat HEX = HexFormat.of();

  /** The low half of an extended number wraps among the packets of each SA. */
  private static final long LAST = 0xffff_fffdL;

  private final CryptoBackend backend = CryptoBackend.jce();
  private final List<Case> cases = new ArrayList<>();

  /** A combination, its packets, and what was said of them. */
  private static final class Case {
    final Kind kind;
    final Extras sending;
    final Extras receiving;
    final List<PlainPacket> plain;

    /** Of the plain packets, and of the first once more, broken. */
    final List<byte[]> wire = new ArrayList<>();

    int good;
    int read;
    int opened;
    int built;

    Case(Kind kind, int number) {
      this.kind = kind;
      int spi = (number + 1 << 16) + 0x1000;
      boolean ah = kind.layers().stream().anyMatch(layer -> layer.protocol().equals("ah"));
      sending = new Extras(spi, kind.esn() ? "replay-oseq " + LAST : "", "");
      // scapy fills AH over IPv4 up to 4 octets, as RFC 4302 has it; Linux to 8 if not told so
      String words =
          (kind.esn() ? "replay-seq " + LAST : "") + (ah && !kind.outerV6() ? " flag align4" : "");
      receiving = new Extras(spi, "", words);
      plain = PlainPacket.some(kind.inner(End.A), kind.inner(End.B), number, ah && !beet());
    }

    boolean beet() {
      return kind.mode().equals("beet");
    }

    /** The 64-bit number of the packet that we build. */
    long sealedNumber(int packet) {
      return kind.esn() ? LAST + 1 + packet : packet + 1;
    }

    /** That of the packet that scapy builds, which cannot have a low half of 0. */
    long builtNumber(int packet) {
      long number = sealedNumber(packet);
      return number > 0xffff_ffffL ? number + 1 : number;
    }

    /** As scapy sees it: to it, BEET is transport mode between the outer addresses. */
    byte[] outside(PlainPacket packet) {
      return beet() ? packet.between(kind.outer(End.A), kind.outer(End.B)).bytes() : packet.bytes();
    }

    /** Whether these are the same but for the fields of BEET's header that it does not carry. */
    boolean same(byte[] one, byte[] other) {
      if (!beet()) {
        return Arrays.equals(one, other);
      }
      return Arrays.equals(PlainPacket.addresses(one), PlainPacket.addresses(other))
          && Arrays.equals(PlainPacket.body(one), PlainPacket.body(other));
    }

    @Override
    public String toString() {
      return kind.toString();
    }
  }

  @BeforeAll
  void protectEverything() {
    for (Kind kind : Kinds.list()) {
      Case one = new Case(kind, cases.size());
      try (OurEngine engine = new OurEngine(backend, kind.lines(End.A, one.sending))) {
        for (PlainPacket packet : one.plain) {
          one.wire.add(engine.protect(packet.bytes()));
        }
      }
      byte[] broken = one.wire.getFirst().clone();
      broken[broken.length - 1] ^= 1;
      one.wire.add(broken);
      cases.add(one);
    }
  }

  @Test
  void tsharkVerifiesAndReadsWhatWeBuild(@TempDir Path directory) throws Exception {
    String version = Wireshark.version();
    assumeTrue(version != null, "tshark is not installed: apt-get install tshark");
    System.out.println(version);
    List<Wireshark.Verdict> verdicts = verdicts(directory);
    List<String> problems = new ArrayList<>();
    int next = 0;
    for (Case one : cases) {
      Level level = Wireshark.ability(one.kind).level();
      for (int i = 0; i < one.wire.size(); i++) {
        boolean broken = i == one.plain.size();
        Wireshark.Verdict verdict = verdicts.get(next++);
        boolean good = level == Level.VERIFIES && verdict.good() == headers(one.kind);
        boolean read = !broken && verdict.shows(one.plain.get(i));
        one.good += good ? 1 : 0;
        one.read += read ? 1 : 0;
        boolean right =
            broken ? !good : good == (level == Level.VERIFIES) && (read || level == Level.NOTHING);
        if (!right) {
          problems.add(one + ", packet " + i + ": " + verdict);
        }
      }
    }
    assertThat(problems).isEmpty();
  }

  private static long headers(Kind kind) {
    return kind.layers().stream().filter(layer -> layer.protocol().equals("esp")).count();
  }

  private List<Wireshark.Verdict> verdicts(Path directory) throws Exception {
    Path capture = directory.resolve("wire.pcap");
    List<String> keys = new ArrayList<>();
    int frames = 0;
    try (PcapWriter writer = PcapWriter.create(capture, LinkType.RAW)) {
      for (Case one : cases) {
        keys.addAll(Wireshark.keys(one.kind, one.sending));
        for (byte[] packet : one.wire) {
          writer.write(frames++, 0, Unpooled.wrappedBuffer(packet), FrameDirection.UNKNOWN, null);
        }
      }
    }
    List<Wireshark.Verdict> verdicts = Wireshark.read(directory, capture, keys);
    assertThat(verdicts).as("frames that came back").hasSize(frames);
    return verdicts;
  }

  @Test
  void scapyOpensWhatWeBuildAndWeOpenWhatItBuilds(@TempDir Path directory) throws Exception {
    Scapy scapy = Scapy.find();
    assumeTrue(scapy != null, "scapy is not installed: apt-get install python3-scapy");
    System.out.println("scapy " + scapy.version());
    List<Map<String, Object>> questions = new ArrayList<>();
    for (Case one : cases) {
      questions.add(question(one));
    }
    List<Scapy.Answer> answers = scapy.ask(directory, questions);
    assertThat(answers).as("answers that came back").hasSize(cases.size());
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      hear(cases.get(i), answers.get(i), problems);
    }
    assertThat(problems).isEmpty();
  }

  private static Map<String, Object> question(Case one) {
    List<Numbered> sealed = new ArrayList<>();
    List<Numbered> plain = new ArrayList<>();
    for (int i = 0; i < one.wire.size(); i++) {
      boolean broken = i == one.plain.size();
      sealed.add(new Numbered(one.wire.get(i), one.sealedNumber(broken ? 0 : i)));
      if (!broken) {
        plain.add(new Numbered(one.outside(one.plain.get(i)), one.builtNumber(i)));
      }
    }
    return Scapy.question(one.kind, one.sending, sealed, plain);
  }

  private void hear(Case one, Scapy.Answer answer, List<String> problems) {
    int packets = one.plain.size();
    assertThat(answer.opened()).hasSize(packets + 1);
    assertThat(answer.built()).hasSize(packets);
    if (isHex(answer.opened().getLast())) {
      problems.add(one + ": scapy opened a broken packet");
    }
    List<String> lines = one.kind.lines(End.B, one.receiving);
    try (OurEngine engine = new OurEngine(backend, lines)) {
      for (int i = 0; i < packets; i++) {
        PlainPacket plain = one.plain.get(i);
        String opened = answer.opened().get(i);
        if (isHex(opened) && one.same(HEX.parseHex(opened), one.outside(plain))) {
          one.opened++;
        } else {
          problems.add(one + ", packet " + i + " opened by scapy: " + opened);
        }
        String built = answer.built().get(i);
        if (!isHex(built)) {
          problems.add(one + ", packet " + i + " built by scapy: " + built);
          continue;
        }
        boolean udp = !one.kind.layers().getLast().encap().isEmpty();
        try {
          byte[] ours = engine.open(HEX.parseHex(built), udp);
          if (one.same(ours, plain.bytes())) {
            one.built++;
          } else {
            problems.add(one + ", packet " + i + " opened by us: " + HEX.formatHex(ours));
          }
        } catch (AssertionError problem) {
          problems.add(one + ", packet " + i + " opened by us: " + problem.getMessage());
        }
      }
    }
  }

  private static boolean isHex(String text) {
    return text.matches("[0-9a-f]+");
  }

  @AfterAll
  void print() throws IOException {
    Opinions opinions = new Opinions();
    for (Case one : cases) {
      List<String> lacking = new ArrayList<>();
      Wireshark.Ability ability = Wireshark.ability(one.kind);
      String tshark = ability.reason().isEmpty() ? "" : "tshark " + ability.reason();
      String scapy = Scapy.lack(one.kind).isEmpty() ? "" : "scapy " + Scapy.lack(one.kind);
      if (!tshark.isEmpty()) {
        lacking.add(tshark + (ability.level() == Level.READS ? ", but reads what is inside" : ""));
      }
      if (!scapy.isEmpty()) {
        lacking.add(scapy);
      }
      if (!tshark.isEmpty() && !scapy.isEmpty()) {
        lacking.add("either: " + tshark + "; " + scapy);
      }
      boolean alone = scapy.isEmpty();
      Opinions.Counts counts =
          new Opinions.Counts(
              1,
              one.plain.size(),
              one.good,
              one.read,
              alone ? one.opened : 0,
              alone ? one.built : 0,
              alone ? 0 : one.opened,
              alone ? 0 : one.built);
      opinions.add(one.toString(), one.kind.name(), counts, lacking);
    }
    opinions.write(TABLE);
    System.out.println(opinions.sums() + "all combinations: " + TABLE);
  }
}
