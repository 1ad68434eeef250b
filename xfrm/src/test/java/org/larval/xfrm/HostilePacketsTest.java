package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.CryptoChoice;
import org.larval.xfrm.transform.StateMaker;

/**
 * Every truncation and every single-bit flip of every protected packet that a kernel sent, alone,
 * in bundles, in nested tunnels, in BEET mode and in UDP: dropped with the counter that the
 * kernel's order of checks gives, and nothing else changes but what that order changes. {@link
 * KernelSa} says which statistic of the SA moves; no other SA, counter, window, lifetime or event
 * may.
 *
 * <p>Not every bit is xfrm's to protect. An IPv4 header has its own checksum. Of an IPv6 header ESP
 * covers nothing, and AH neither traffic class, flow label nor hop limit: flips there must open to
 * the same payload, except in fields that choose the SA. The UDP header before ESP is the stack's.
 * Compression and encryption alone protect nothing: there a packet may open to something else, and
 * is counted as any other.
 */
class HostilePacketsTest {
  private static final Path CAPTURES = Path.of("src", "test", "resources", "golden", "kernel");

  /** Its SA came from a key manager; the file's parameters tell how. */
  private static final String LABELLED = "labelled-queue-enf1-ld1-app_a";

  private static final String LABELLED_SA =
      """
      {"ip_commands": ["ip -n b xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x3000 \
      mode transport replay-window 32 aead 'rfc4106(gcm(aes))' \
      0x000102030405060708090a0b0c0d0e0fa0a1a2a3 128"]}
      """;

  private static final Set<DropReason> HEADER = Set.of(DropReason.XFRM_IN_HDR_ERROR);
  private static final Set<DropReason> UNKNOWN = Set.of(DropReason.XFRM_IN_NO_STATES);
  private static final Set<DropReason> PROTOCOL = Set.of(DropReason.XFRM_IN_STATE_PROTO_ERROR);
  private static final Set<DropReason> SEQUENCE = Set.of(DropReason.XFRM_IN_STATE_SEQ_ERROR);

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
  private StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));

  @AfterEach
  void everyPacketWasReleased() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  /** All captures with ESP, AH or IPComp outside that tests have. */
  static List<String> captures() throws IOException {
    try (Stream<Path> files = Files.list(CAPTURES)) {
      List<String> names =
          new ArrayList<>(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".pcap"))
                  .map(name -> name.substring(0, name.length() - 5))
                  .sorted()
                  .toList());
      names.add(LABELLED);
      return names;
    }
  }

  private static GoldenCapture capture(String name) throws IOException {
    if (!name.equals(LABELLED)) {
      return GoldenCapture.read(name);
    }
    byte[] pcap = Files.readAllBytes(CAPTURES.resolveSibling("labelled").resolve(name + ".pcap"));
    return GoldenCapture.of(name, pcap, LABELLED_SA.getBytes(StandardCharsets.UTF_8));
  }

  private Receiver receiver(GoldenCapture capture, Hit hit) {
    return new Receiver(capture, hit, pool, out, maker);
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyFlippedBitIsDroppedAndChangesNothing(String name) throws IOException {
    GoldenCapture capture = capture(name);
    for (List<Hit> direction : directions(capture)) {
      Receiver receiver = receiver(capture, direction.getFirst());
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
          } else if (expected.equals(Receiver.ANYTHING)) {
            receiver(capture, hit).risk(flipped, hit, name + " bit " + bit);
          } else {
            receiver.refuse(flipped, hit, expected, name + " bit " + bit);
          }
        }
        byte[] inner = receiver.accept(hit);
        for (int bit : harmless) {
          opensToTheSame(capture, hit, bit, inner);
        }
        if (receiver.guarded(hit)) {
          receiver.refuse(hit.bytes, hit, SEQUENCE, name + " again");
        }
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
    byte[] opened = receiver(capture, hit).give(flip(hit.bytes, bit), hit.encapsulated());
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
      return hit.v6 ? afterFlipInIpv6(hit, flipped, bit, receiver) : HEADER;
    }
    State state = receiver.named(flipped, hit);
    if (state == null) {
      return UNKNOWN;
    }
    KernelSa sa = receiver.sa(state);
    if (sa.replay(KernelSa.sequence(flipped, hit.at, hit.protocol)) != null) {
      return SEQUENCE;
    }
    if (hit.protocol == IpProtocol.IPCOMP && octet == hit.at + 1) {
      return OPENS;
    }
    return sa.hasIntegrity() ? PROTOCOL : Receiver.ANYTHING;
  }

  private static Set<DropReason> afterFlipInIpv6(
      Hit hit, byte[] flipped, int bit, Receiver receiver) {
    int octet = bit / 8;
    if (bit < 4) {
      return HEADER;
    }
    if (octet < 4 || octet == 7) {
      return OPENS;
    }
    if (octet < 6) {
      int total = 40 + (ByteBuffer.wrap(flipped).getShort(4) & 0xffff);
      boolean whole = total <= flipped.length && total - hit.at >= hit.least();
      return !whole ? HEADER : receiver.signed(hit) ? PROTOCOL : Receiver.ANYTHING;
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
      return hit.protocol == IpProtocol.AH ? PROTOCOL : OPENS;
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

  @ParameterizedTest
  @MethodSource("captures")
  void everyTruncationIsDroppedAndChangesNothing(String name) throws IOException {
    cutShort(name);
    if (CryptoChoice.IPSEC_MB.missing() == null) {
      maker = new StateMaker(CryptoChoice.IPSEC_MB.open(), new Random(1));
      cutShort(name);
    }
  }

  private void cutShort(String name) throws IOException {
    GoldenCapture capture = capture(name);
    for (List<Hit> direction : directions(capture)) {
      Receiver receiver = receiver(capture, direction.getFirst());
      for (Hit hit : direction) {
        for (int length = 0; length < hit.bytes.length; length++) {
          byte[] cut = Arrays.copyOf(hit.bytes, length);
          receiver.refuse(cut, hit, HEADER, name + " cut to " + length);
          if (length >= hit.headers) {
            shorten(cut, hit.v6);
            String what = name + " sent as " + length;
            boolean whole = length - hit.at >= hit.least();
            if (whole && !receiver.signed(hit)) {
              receiver(capture, hit).risk(cut, hit, what);
            } else {
              receiver.refuse(cut, hit, whole ? PROTOCOL : HEADER, what);
            }
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
