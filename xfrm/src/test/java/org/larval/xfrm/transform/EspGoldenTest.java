package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.larval.packet.DropReason;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.GoldenCapture;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.Transform;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.IvSource;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;

/** ESP against captures of a Linux kernel, with the kernel's own configuration lines. */
class EspGoldenTest {
  static final List<String> CAPTURES =
      Stream.of(GoldenCapture.ESP, GoldenCapture.ALGORITHMS).flatMap(List::stream).toList();

  /** Those with integrity, and so with a replay window. */
  static final List<String> AUTHENTICATED =
      CAPTURES.stream().filter(name -> !name.contains("noauth")).toList();

  private static final int NAT_T = 4500;
  private static final byte[] HELLO = "hello from A: 0123456789".getBytes(StandardCharsets.UTF_8);

  static final List<String> COUNTERS =
      CAPTURES.stream().filter(name -> name.matches(".*-(gcm|chacha|ccm|gmac|ctr).*")).toList();

  private byte[] recorded = {};
  private int ivLength;
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  /** The SA that a captured packet belongs to, on the sender's or the receiver's side. */
  private IpXfrmCommand.StateAdd command(GoldenCapture capture, byte[] packet, boolean sender) {
    int spi = ByteBuffer.wrap(packet).getInt(espAt(packet));
    boolean fromA = spi == 0x0a0b0001;
    String namespace = fromA == sender ? "" : "b";
    IpXfrm grammar = new IpXfrm(context -> 0);
    for (String line : capture.commands()) {
      if (grammar.parse(line) instanceof IpXfrmCommand.StateAdd add
          && add.spi() == spi
          && add.namespace().equals(namespace)) {
        return add;
      }
    }
    throw new AssertionError("no SA for SPI " + Integer.toHexString(spi));
  }

  private static int ipHeader(byte[] packet) {
    return packet[0] >>> 4 == 4 ? (packet[0] & 15) * 4 : 40;
  }

  private static int protocol(byte[] packet) {
    return packet[0] >>> 4 == 4 ? packet[9] : packet[6];
  }

  private static int espAt(byte[] packet) {
    return ipHeader(packet) + (protocol(packet) == IpProtocol.UDP ? 8 : 0);
  }

  private static boolean isEsp(byte[] packet) {
    return protocol(packet) == IpProtocol.ESP
        || protocol(packet) == IpProtocol.UDP
            && ByteBuffer.wrap(packet).getShort(ipHeader(packet)) == NAT_T;
  }

  /** A booting host's router solicitation to ff02::2, which no policy is about. */
  private static boolean isSolicitation(byte[] packet) {
    return protocol(packet) == IpProtocol.ICMPV6 && packet[24] == (byte) 0xff;
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    packet.headers(packet.buffer().readerIndex(), packet.buffer().readerIndex() + espAt(bytes));
    return packet;
  }

  private static byte[] bytes(Packet packet) {
    return ByteBufUtil.getBytes(packet.buffer());
  }

  private static Transform transform(State sa) {
    Transform transform = sa.transform();
    assertThat(transform).isNotNull();
    return java.util.Objects.requireNonNull(transform);
  }

  private static EspTransform esp(State sa) {
    return (EspTransform) transform(sa);
  }

  /** The ESP packets of one direction, in the order of sending. */
  private static List<byte[]> direction(GoldenCapture capture, int spi) {
    return capture.packets().stream()
        .filter(EspGoldenTest::isEsp)
        .filter(packet -> ByteBuffer.wrap(packet).getInt(espAt(packet)) == spi)
        .toList();
  }

  private byte[] open(State sa, byte[] captured) {
    Packet packet = packet(captured);
    try {
      assertThat(Arrival.open(sa, packet)).isNull();
      assertThat(packet.network()).isEqualTo(packet.buffer().readerIndex());
      return bytes(packet);
    } finally {
      packet.release();
    }
  }

  @ParameterizedTest
  @FieldSource("CAPTURES")
  void opensEveryPacketOfTheKernel(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    int hellos = 0;
    for (int spi : new int[] {0x0a0b0001, 0x0b0a0001}) {
      List<byte[]> sent = direction(capture, spi);
      assertThat(sent).isNotEmpty();
      State sa = command(capture, sent.getFirst(), false).state(maker);
      for (byte[] packet : sent) {
        byte[] inner = open(sa, packet);
        verifyInner(inner, capture);
        hellos += contains(inner, HELLO) ? 1 : 0;
      }
      assertThat(esp(sa).integrityFailures()).isZero();
    }
    assertThat(hellos).isEqualTo(name.contains("frag") ? 0 : 2);
  }

  private void verifyInner(byte[] inner, GoldenCapture capture) {
    boolean v4 = inner[0] >>> 4 == 4;
    ByteBuffer header = ByteBuffer.wrap(inner);
    int upper = v4 ? (inner[0] & 15) * 4 : 40;
    int protocol = v4 ? inner[9] : inner[6];
    assertThat(v4 ? header.getShort(2) & 0xffff : 40 + (header.getShort(4) & 0xffff))
        .isEqualTo(inner.length);
    if (v4) {
      assertThat(GoldenCapture.checksum(inner, 0, upper)).isZero();
    }
    assertThat(protocol).isIn(IpProtocol.ICMP, IpProtocol.ICMPV6, IpProtocol.UDP, IpProtocol.TCP);
    assertThat(transportSum(inner, v4, upper, protocol)).as("checksum").isZero();
    FlowKey flow = new FlowKey();
    Packet packet = packet(inner);
    assertThat(flow.decode(packet)).isTrue();
    packet.release();
    boolean tunnel = capture.name().contains("tunnel");
    assertThat(flow.source().toString())
        .startsWith(tunnel ? v4 ? "10.10." : "fd10:" : v4 ? "10.9.0." : "fd09::");
  }

  private static int transportSum(byte[] inner, boolean v4, int upper, int protocol) {
    if (protocol == IpProtocol.ICMP) {
      return GoldenCapture.checksum(inner, upper, inner.length);
    }
    int length = inner.length - upper;
    ByteBuffer covered = ByteBuffer.allocate(40 + length);
    covered.put(inner, v4 ? 12 : 8, v4 ? 8 : 32);
    covered.putInt(length).putInt(protocol).put(inner, upper, length);
    return GoldenCapture.checksum(covered.array(), 0, covered.position());
  }

  private static boolean contains(byte[] where, byte[] what) {
    for (int i = 0; i + what.length <= where.length; i++) {
      if (Arrays.equals(where, i, i + what.length, what, 0, what.length)) {
        return true;
      }
    }
    return false;
  }

  /** The kernel captured what it had decrypted itself, right after the packet that it was in. */
  @ParameterizedTest
  @FieldSource("CAPTURES")
  void opensToWhatTheKernelSaw(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    List<byte[]> opened = new ArrayList<>();
    List<byte[]> clear = new ArrayList<>();
    State sa = null;
    for (byte[] packet : capture.packets()) {
      if (!isEsp(packet)) {
        if (!isSolicitation(packet)) {
          clear.add(packet);
        }
      } else if (ByteBuffer.wrap(packet).getInt(espAt(packet)) == 0x0b0a0001) {
        sa = sa == null ? command(capture, packet, false).state(maker) : sa;
        opened.add(open(sa, packet));
      }
    }
    assertThat(clear).hasSize(name.contains("tunnel") ? opened.size() : 0);
    for (int i = 0; i < clear.size(); i++) {
      assertThat(opened.get(i)).isEqualTo(clear.get(i));
    }
  }

  /** Keys, nonces, padding, headers: the same packet in, the same bytes out. */
  @ParameterizedTest
  @FieldSource("CAPTURES")
  void sealsToTheKernelsBytes(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    for (int spi : new int[] {0x0a0b0001, 0x0b0a0001}) {
      List<byte[]> sent = direction(capture, spi);
      byte[] first = sent.getFirst();
      State receiver = command(capture, first, false).state(maker);
      IpXfrmCommand.StateAdd add = command(capture, first, true);
      ivLength = ivLength(name);
      EspTransform sender =
          maker.esp(add.parameters(), add.mode(), add.target().v6(), this::recordedIv, 0);
      State sa = add.identity().transform(sender).build();
      for (byte[] captured : sent) {
        recorded = captured;
        Packet packet = packet(open(receiver, captured));
        assertThat(sender.protect(0, sa, packet)).isNull();
        byte[] made = bytes(packet);
        if (add.mode() == Mode.TUNNEL && !add.target().v6()) {
          takeIdentification(made, captured);
        }
        assertThat(made).isEqualTo(captured);
        assertThat(packet.transport() - packet.network()).isEqualTo(ipHeader(captured));
        packet.release();
      }
    }
  }

  private static int ivLength(String name) {
    return name.contains("-null-") ? 0 : name.matches(".*-(cbc|camellia).*") ? 16 : 8;
  }

  /** The IV of the captured packet that is being made again. */
  private void recordedIv(ByteBuf data, int at, long sequence) {
    data.setBytes(at, recorded, espAt(recorded) + 8, ivLength);
  }

  /** Counter modes: the kernel's seqiv xors sequence numbers with a value that stays. */
  @ParameterizedTest
  @FieldSource("COUNTERS")
  void countsIvsAsTheKernelDoes(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    List<byte[]> sent = direction(capture, 0x0a0b0001);
    long sequence = command(capture, sent.getFirst(), true).parameters().lastOut();
    long mask = ByteBuffer.wrap(sent.getFirst()).getLong(espAt(sent.getFirst()) + 8) ^ sequence + 1;
    for (byte[] packet : sent) {
      sequence++;
      ByteBuf iv = tight(new byte[8], false);
      IvSource.counter(mask).write(iv, 0, sequence);
      assertThat(iv.getLong(0)).isEqualTo(ByteBuffer.wrap(packet).getLong(espAt(packet) + 8));
      iv.release();
    }
  }

  private static void takeIdentification(byte[] made, byte[] captured) {
    ByteBuffer header = ByteBuffer.wrap(made);
    header.putShort(4, ByteBuffer.wrap(captured).getShort(4));
    header.putShort(10, (short) 0);
    header.putShort(10, (short) GoldenCapture.checksum(made, 0, 20));
  }

  @ParameterizedTest
  @FieldSource("AUTHENTICATED")
  void everyFlippedBitIsDroppedAndChangesNothing(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    byte[] original = direction(capture, 0x0a0b0001).getFirst();
    State sa = command(capture, original, false).state(maker);
    long top = esp(sa).lastIn();
    boolean v4 = original[0] >>> 4 == 4;
    // ESP does not protect IPv6 and UDP headers in front of it; IPv4 has its own checksum.
    int from = v4 && espAt(original) == ipHeader(original) ? 0 : espAt(original);
    for (int bit = from * 8; bit < original.length * 8; bit++) {
      byte[] flipped = original.clone();
      flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
      refuse(sa, flipped, top);
    }
    assertThat(esp(sa).integrityFailures()).isPositive();
    open(sa, original);
    assertThat(esp(sa).lastIn()).isGreaterThan(top);
  }

  @ParameterizedTest
  @FieldSource("AUTHENTICATED")
  void everyTruncationIsDroppedAndChangesNothing(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    byte[] original = direction(capture, 0x0b0a0001).getFirst();
    State sa = command(capture, original, false).state(maker);
    long top = esp(sa).lastIn();
    for (int length = 0; length < original.length; length++) {
      byte[] shorter = Arrays.copyOf(original, length);
      refuse(sa, shorter, top);
      if (length >= espAt(original)) {
        shortenHeader(shorter);
        refuse(sa, shorter, top);
      }
    }
    open(sa, original);
  }

  private static void shortenHeader(byte[] packet) {
    ByteBuffer header = ByteBuffer.wrap(packet);
    if (packet[0] >>> 4 == 4) {
      header.putShort(2, (short) packet.length);
      header.putShort(10, (short) 0);
      header.putShort(10, (short) GoldenCapture.checksum(packet, 0, 20));
    } else {
      header.putShort(4, (short) (packet.length - 40));
    }
  }

  private void refuse(State sa, byte[] broken, long top) {
    Packet packet = pool.make(0, broken.length);
    packet.buffer().writeBytes(broken);
    DropReason reason = Arrival.open(sa, packet);
    assertThat(reason).isNotNull();
    assertThat(java.util.Objects.requireNonNull(reason).linuxCounter()).startsWith("XfrmIn");
    assertThat(bytes(packet)).isEqualTo(broken);
    assertThat(esp(sa).lastIn()).isEqualTo(top);
    packet.release();
  }

  @ParameterizedTest
  @FieldSource("AUTHENTICATED")
  void everyReplayIsDropped(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    List<byte[]> sent = direction(capture, 0x0a0b0001);
    State sa = command(capture, sent.getFirst(), false).state(maker);
    sent.forEach(packet -> open(sa, packet));
    long top = esp(sa).lastIn();
    for (byte[] replay : sent) {
      Packet packet = packet(replay);
      assertThat(Arrival.open(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_SEQ_ERROR);
      assertThat(Arrival.openUnasked(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_SEQ_ERROR);
      packet.release();
    }
    assertThat(esp(sa).lastIn()).isEqualTo(top);
    assertThat(esp(sa).replayDrops()).isEqualTo(2L * sent.size());
    assertThat(esp(sa).windowDrops()).isZero();
  }

  /** A buffer without any spare room, and one outside the heap. */
  @ParameterizedTest
  @FieldSource("CAPTURES")
  void worksInAnyBuffer(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    byte[] original = direction(capture, 0x0a0b0001).getFirst();
    byte[] inner = open(command(capture, original, false).state(maker), original);
    for (boolean direct : new boolean[] {false, true}) {
      State receiver = command(capture, original, false).state(maker);
      ByteBuf arrived = tight(original, direct);
      Packet packet = pool.wrap(0, arrived);
      assertThat(Arrival.openUnasked(receiver, packet)).isNull();
      assertThat(bytes(packet)).isEqualTo(inner);
      packet.release();

      IpXfrmCommand.StateAdd add = command(capture, original, true);
      recorded = original;
      ivLength = ivLength(name);
      EspTransform sender =
          maker.esp(add.parameters(), add.mode(), add.target().v6(), this::recordedIv, 0);
      State sa = add.identity().transform(sender).build();
      Packet leaving = pool.wrap(0, tight(inner, direct));
      assertThat(sender.protect(0, sa, leaving)).isNull();
      byte[] made = bytes(leaving);
      int esp = espAt(original);
      assertThat(Arrays.copyOfRange(made, esp, made.length))
          .isEqualTo(Arrays.copyOfRange(original, esp, original.length));
      leaving.release();
    }
  }

  private static ByteBuf tight(byte[] bytes, boolean direct) {
    UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    ByteBuf buffer =
        direct ? allocator.directBuffer(bytes.length) : allocator.heapBuffer(bytes.length);
    return buffer.writeBytes(bytes);
  }
}
