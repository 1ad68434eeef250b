package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.IpsecTransform;
import org.larval.xfrm.transform.StateMaker;

/**
 * Every truncation and every single-bit flip of every protected packet that a kernel sent: dropped
 * with the counter that the kernel's order of checks gives, and nothing else changes.
 *
 * <p>Not every bit is xfrm's to protect. An IPv4 header has its own checksum. Of an IPv6 header ESP
 * covers nothing, and AH neither traffic class, flow label nor hop limit: flips there must open to
 * the same payload, except in fields that choose the SA. The UDP header before ESP is the stack's.
 */
class HostilePacketsTest {
  private static final Path CAPTURES = Path.of("src", "test", "resources", "golden", "kernel");
  private static final Set<DropReason> HEADER = Set.of(DropReason.XFRM_IN_HDR_ERROR);
  private static final Set<DropReason> UNKNOWN = Set.of(DropReason.XFRM_IN_NO_STATES);
  private static final Set<DropReason> PROTOCOL = Set.of(DropReason.XFRM_IN_STATE_PROTO_ERROR);
  private static final Set<DropReason> SEQUENCE = Set.of(DropReason.XFRM_IN_STATE_SEQ_ERROR);
  private static final Set<DropReason> SEQUENCE_OR_PROTOCOL =
      Set.of(DropReason.XFRM_IN_STATE_SEQ_ERROR, DropReason.XFRM_IN_STATE_PROTO_ERROR);

  /**
   * In a header between IPv6 and IPsec: unreadable, no IPsec behind it any more, or not as sent.
   */
  private static final Set<DropReason> EXTENSION =
      Set.of(
          DropReason.XFRM_IN_HDR_ERROR,
          DropReason.XFRM_IN_NO_STATES,
          DropReason.XFRM_IN_STATE_PROTO_ERROR);

  /** The flip changes nothing that this SA protects. */
  private static final Set<DropReason> OPENS = Set.of();

  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final EffectList out = new EffectList();
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));

  @AfterEach
  void everyPacketWasReleased() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  /** All captures with ESP or AH that tests have. */
  static List<String> captures() throws IOException {
    try (Stream<Path> files = Files.list(CAPTURES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".pcap"))
          .map(name -> name.substring(0, name.length() - 5))
          .filter(name -> name.startsWith("esp-") || name.startsWith("ah-"))
          // an SA without integrity takes whatever decrypts
          .filter(name -> !name.endsWith("-noauth"))
          .sorted()
          .toList();
    }
  }

  /** A captured packet, and where its outermost IPsec header is. */
  private static final class Hit {
    final byte[] bytes;
    final boolean v6;
    final int headers;
    final int at;
    final int protocol;

    Hit(byte[] bytes) {
      this.bytes = bytes;
      v6 = bytes[0] >>> 4 == 6;
      int upper = v6 ? 40 : (bytes[0] & 15) * 4;
      int next = bytes[v6 ? 6 : 9] & 0xff;
      while (v6
          && (next == IpProtocol.HOPOPT
              || next == IpProtocol.DSTOPTS
              || next == IpProtocol.ROUTING)) {
        next = bytes[upper] & 0xff;
        upper += ((bytes[upper + 1] & 0xff) + 1) * 8;
      }
      headers = upper;
      boolean udp = next == IpProtocol.UDP && ByteBuffer.wrap(bytes).getShort(upper + 2) == 4500;
      at = udp ? upper + 8 : upper;
      protocol = udp ? IpProtocol.ESP : next;
    }

    boolean isProtected() {
      return protocol == IpProtocol.ESP || protocol == IpProtocol.AH;
    }

    boolean encapsulated() {
      return at != headers;
    }

    int sequence() {
      return ByteBuffer.wrap(bytes).getInt(at + (protocol == IpProtocol.ESP ? 4 : 8));
    }

    int least() {
      return protocol == IpProtocol.ESP ? 8 : 12;
    }
  }

  /** The end that packets of one direction go to. */
  private final class Receiver {
    final XfrmEngine engine =
        new XfrmEngine(
            "guest", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    final Set<Integer> seen = new HashSet<>();

    Receiver(GoldenCapture capture, Hit hit) {
      String namespace = hit.bytes[hit.v6 ? 39 : 19] == 2 ? "b" : "";
      IpXfrm grammar = new IpXfrm(context -> 0);
      for (String line : capture.commands()) {
        if (line.contains(" xfrm state ")
            && grammar.parse(line) instanceof IpXfrmCommand.StateAdd add
            && add.namespace().equals(namespace)) {
          assertThat(engine.install(0, add.state(maker), out)).isEqualTo(Errno.OK);
        }
      }
      out.clear();
    }

    /** What one packet does: the drop's reason, or null and the opened bytes. */
    byte[] give(byte[] bytes, boolean encapsulated) {
      Packet packet = pool.make(0, bytes.length);
      packet.buffer().writeBytes(bytes);
      if (encapsulated) {
        engine.inputEncapsulated(0, packet, out);
      } else {
        engine.input(0, packet, out);
      }
      List<EffectList.Forwarded> opened = out.of(EffectList.Forwarded.class);
      byte[] inner =
          opened.isEmpty()
              ? new byte[0]
              : ByteBufUtil.getBytes(opened.getFirst().packet().buffer());
      assertThat(opened.size() + out.drops().size()).isOne();
      return inner;
    }

    /** All that a packet could change, but for the counters of drops. */
    long[] memory() {
      List<State> states = engine.states();
      long[] memory = new long[states.size() * 5];
      int at = 0;
      for (State state : states) {
        IpsecTransform transform = transform(state);
        memory[at++] = state.lifecycle().ordinal();
        memory[at++] = state.bytes();
        memory[at++] = state.packets();
        memory[at++] = transform.lastIn();
        memory[at++] = transform.lastOut();
      }
      return memory;
    }

    long[] counters() {
      XfrmStats.Counter[] all = XfrmStats.Counter.values();
      long[] values = new long[all.length];
      for (int i = 0; i < all.length; i++) {
        values[i] = engine.stats().value(all[i]);
      }
      return values;
    }

    void refuse(byte[] broken, Hit hit, Set<DropReason> expected, String what) {
      long[] before = memory();
      long[] counters = counters();
      give(broken, hit.encapsulated());
      if (out.drops().size() != 1 || !expected.contains(out.drops().getFirst())) {
        throw new AssertionError(what + ": " + out.drops() + " instead of " + expected);
      }
      DropReason reason = out.drops().getFirst();
      counters[ordinal(reason)]++;
      if (!Arrays.equals(counters(), counters) || !Arrays.equals(memory(), before)) {
        throw new AssertionError(what + " changed more than a counter: " + reason);
      }
      out.clear();
    }

    byte[] accept(Hit hit) {
      byte[] inner = give(hit.bytes, hit.encapsulated());
      assertThat(out.drops()).isEmpty();
      out.clear();
      seen.add(hit.sequence());
      return inner;
    }
  }

  private static int ordinal(DropReason reason) {
    XfrmStats.Counter[] all = XfrmStats.Counter.values();
    for (int i = 0; i < all.length; i++) {
      if (all[i].linuxName().equals(reason.linuxCounter())) {
        return i;
      }
    }
    throw new AssertionError(reason);
  }

  private static IpsecTransform transform(State state) {
    return (IpsecTransform) Objects.requireNonNull(state.transform());
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyFlippedBitIsDroppedAndChangesNothing(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    for (List<Hit> direction : directions(capture)) {
      Receiver receiver = new Receiver(capture, direction.getFirst());
      for (Hit hit : direction) {
        List<Integer> harmless = new ArrayList<>();
        for (int bit = 0; bit < hit.bytes.length * 8; bit++) {
          if (hit.encapsulated() && belongsToUdp(hit, bit / 8) || isSegmentsLeft(hit, bit / 8)) {
            continue;
          }
          byte[] flipped = flip(hit.bytes, bit);
          Set<DropReason> expected = afterFlip(hit, flipped, bit, receiver);
          if (expected.isEmpty()) {
            harmless.add(bit);
          } else {
            receiver.refuse(flipped, hit, expected, name + " bit " + bit);
          }
        }
        byte[] inner = receiver.accept(hit);
        for (int bit : harmless) {
          opensToTheSame(capture, hit, bit, inner);
        }
        receiver.refuse(hit.bytes, hit, SEQUENCE, name + " again");
      }
    }
  }

  /** The stack hands ESP over after it found UDP and a socket: those fields are its own. */
  private static boolean belongsToUdp(Hit hit, int octet) {
    return octet >= hit.headers && octet < hit.at || hit.v6 && octet == 6;
  }

  /** The stack turns addresses round before AH sees a routing header; ours are all the same. */
  private static boolean isSegmentsLeft(Hit hit, int octet) {
    if (!hit.v6 || octet < 40 || octet >= hit.headers) {
      return false;
    }
    int next = hit.bytes[6] & 0xff;
    int at = 40;
    int end = at + ((hit.bytes[at + 1] & 0xff) + 1) * 8;
    while (octet >= end) {
      next = hit.bytes[at] & 0xff;
      at = end;
      end = at + ((hit.bytes[at + 1] & 0xff) + 1) * 8;
    }
    return next == IpProtocol.ROUTING && octet == at + 3;
  }

  private static byte[] flip(byte[] bytes, int bit) {
    byte[] flipped = bytes.clone();
    flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
    return flipped;
  }

  /** Bits that nobody protects may only change what they stand for: never the payload. */
  private void opensToTheSame(GoldenCapture capture, Hit hit, int bit, byte[] inner) {
    byte[] opened = new Receiver(capture, hit).give(flip(hit.bytes, bit), hit.encapsulated());
    assertThat(out.drops()).isEmpty();
    out.clear();
    assertThat(opened).hasSameSizeAs(inner);
    int header = bit / 8 >= 40 ? hit.headers : inner[0] >>> 4 == 6 ? 40 : 20;
    assertThat(Arrays.copyOfRange(opened, header, opened.length))
        .as("%s bit %d", capture.name(), bit)
        .isEqualTo(Arrays.copyOfRange(inner, header, inner.length));
  }

  private static Set<DropReason> afterFlip(Hit hit, byte[] flipped, int bit, Receiver receiver) {
    int octet = bit / 8;
    if (octet < hit.headers) {
      return hit.v6 ? afterFlipInIpv6(hit, flipped, bit) : HEADER;
    }
    int place = octet - hit.at;
    int spi = hit.protocol == IpProtocol.ESP ? 0 : 4;
    if (place >= spi && place < spi + 4) {
      return UNKNOWN;
    }
    if (place >= spi + 4 && place < spi + 8) {
      return afterSequence(new Hit(flipped).sequence(), hit, receiver);
    }
    return PROTOCOL;
  }

  private static Set<DropReason> afterFlipInIpv6(Hit hit, byte[] flipped, int bit) {
    int octet = bit / 8;
    if (bit < 4) {
      return HEADER;
    }
    if (octet < 4 || octet == 7) {
      return OPENS;
    }
    if (octet < 6) {
      int total = 40 + (ByteBuffer.wrap(flipped).getShort(4) & 0xffff);
      return total > flipped.length || total - hit.at < hit.least() ? HEADER : PROTOCOL;
    }
    if (octet == 6) {
      int next = flipped[6];
      // another number with SAs of its own: what is looked up stands elsewhere
      return next == IpProtocol.ESP
              || next == IpProtocol.AH
              || next == IpProtocol.IPV4
              || next == IpProtocol.IPV6
          ? UNKNOWN
          : HEADER;
    }
    if (octet < 24) {
      return hit.protocol == IpProtocol.ESP ? OPENS : PROTOCOL;
    }
    if (octet < 40) {
      return UNKNOWN;
    }
    return mayChangeEnRoute(hit.bytes, octet) ? OPENS : EXTENSION;
  }

  /** Whether an octet is data of an option that routers may change (RFC 8200 4.2). */
  private static boolean mayChangeEnRoute(byte[] bytes, int octet) {
    int next = bytes[6] & 0xff;
    int at = 40;
    int end = at + ((bytes[at + 1] & 0xff) + 1) * 8;
    while (octet >= end) {
      next = bytes[at] & 0xff;
      at = end;
      end = at + ((bytes[at + 1] & 0xff) + 1) * 8;
    }
    if (next != IpProtocol.HOPOPT && next != IpProtocol.DSTOPTS) {
      return false;
    }
    int option = at + 2;
    while (option < end) {
      int data = option + 2;
      int after = bytes[option] == 0 ? option + 1 : data + (bytes[option + 1] & 0xff);
      if (octet < after) {
        return (bytes[option] & 0x20) != 0 && octet >= data;
      }
      option = after;
    }
    return false;
  }

  /** The window as RFC 4303 3.4.3 has it, kept in the plainest way. */
  private static Set<DropReason> afterSequence(int sequence, Hit hit, Receiver receiver) {
    State state =
        receiver.engine.states().stream()
            .filter(
                s ->
                    s.id().spi()
                        == ByteBuffer.wrap(hit.bytes)
                            .getInt(hit.at + (hit.protocol == IpProtocol.ESP ? 0 : 4)))
            .findFirst()
            .orElseThrow();
    IpsecTransform transform = transform(state);
    if (transform.parameters().extended()) {
      return SEQUENCE_OR_PROTOCOL;
    }
    int window = transform.parameters().replayWindow();
    if (window == 0) {
      return PROTOCOL;
    }
    long number = Integer.toUnsignedLong(sequence);
    long top = transform.lastIn();
    boolean old = number == 0 || top - number >= window;
    return old || receiver.seen.contains(sequence) ? SEQUENCE : PROTOCOL;
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyTruncationIsDroppedAndChangesNothing(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    for (List<Hit> direction : directions(capture)) {
      Receiver receiver = new Receiver(capture, direction.getFirst());
      for (Hit hit : direction) {
        for (int length = 0; length < hit.bytes.length; length++) {
          byte[] cut = Arrays.copyOf(hit.bytes, length);
          receiver.refuse(cut, hit, HEADER, name + " cut to " + length);
          if (length >= hit.headers) {
            shorten(cut, hit.v6);
            boolean whole = length - hit.at >= hit.least();
            receiver.refuse(cut, hit, whole ? PROTOCOL : HEADER, name + " sent as " + length);
          }
        }
        receiver.accept(hit);
      }
    }
  }

  /** Makes the IP header say what is there. */
  private static void shorten(byte[] packet, boolean v6) {
    ByteBuffer header = ByteBuffer.wrap(packet);
    if (v6) {
      header.putShort(4, (short) (packet.length - 40));
    } else {
      header.putShort(2, (short) packet.length);
      header.putShort(10, (short) 0);
      header.putShort(10, (short) GoldenCapture.checksum(packet, 0, (packet[0] & 15) * 4));
    }
  }

  /** The protected packets of each direction. */
  private static List<List<Hit>> directions(GoldenCapture capture) {
    List<List<Hit>> directions = new ArrayList<>();
    for (int last : new int[] {1, 2}) {
      List<Hit> hits =
          capture.packets().stream()
              .map(Hit::new)
              .filter(hit -> hit.isProtected() && hit.bytes[hit.v6 ? 39 : 19] == last)
              .toList();
      if (!hits.isEmpty()) {
        directions.add(hits);
      }
    }
    assertThat(directions).isNotEmpty();
    return directions;
  }
}
