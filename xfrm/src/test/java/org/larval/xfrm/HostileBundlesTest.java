package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.StateMaker;

/**
 * Every single-bit flip in the ESP header and body of a kernel's bundles of ESP in AH, with the AH
 * made anew around it: the outer SA takes the packet and counts it, the inner one refuses it, and
 * the packet is counted once in xfrm_stat.
 */
class HostileBundlesTest {
  private static final long SECOND = 5;

  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final EffectList out = new EffectList();
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));

  @AfterEach
  void everyPacketWasReleased() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  /** The packet as it was before AH. */
  private static byte[] inside(Hit hit) {
    int length = ((hit.bytes[hit.at + 1] & 0xff) + 2) * 4;
    byte[] inner = new byte[hit.bytes.length - length];
    System.arraycopy(hit.bytes, 0, inner, 0, hit.at);
    System.arraycopy(hit.bytes, hit.at + length, inner, hit.at, inner.length - hit.at);
    ByteBuffer header = ByteBuffer.wrap(inner);
    inner[hit.v6 ? 6 : 9] = hit.bytes[hit.at];
    if (hit.v6) {
      header.putShort(4, (short) (inner.length - 40));
    } else {
      header.putShort(2, (short) inner.length);
      header.putShort(10, (short) 0);
      header.putShort(10, (short) GoldenCapture.checksum(inner, 0, hit.at));
    }
    return inner;
  }

  /** AH around a packet, with the number that the kernel gave it. */
  private byte[] sealed(GoldenCapture capture, Hit hit, byte[] inner) {
    int spi = KernelSa.spi(hit.bytes, hit.at, IpProtocol.AH);
    for (String line : capture.commands()) {
      if (line.contains(" xfrm state ")
          && new IpXfrm(context -> 0).parse(line) instanceof IpXfrmCommand.StateAdd add
          && add.spi() == spi) {
        State ah =
            maker.state(add.identity(), add.parameters().withSequences(0, hit.sequence() - 1L));
        Packet packet = pool.make(0, inner.length + 200);
        packet.buffer().writeBytes(inner);
        assertThat(Objects.requireNonNull(ah.transform()).protect(0, ah, packet)).isNull();
        byte[] bytes = ByteBufUtil.getBytes(packet.buffer());
        out.drop(packet, DropReason.LAB_ENDED);
        out.clear();
        return bytes;
      }
    }
    throw new AssertionError("no SA of " + spi);
  }

  private static State esp(Receiver receiver, int spi) {
    return receiver.kernel.keySet().stream()
        .filter(state -> state.id().spi() == spi && state.id().protocol() == IpProtocol.ESP)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"comp-esp-ah-transport-v4", "esp-ah-transport-chacha-sha512-v6"})
  void theOuterSaCountsAndTheInnerRefuses(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    int tried = 0;
    for (byte[] bytes : capture.packets()) {
      Hit hit = new Hit(bytes);
      if (hit.protocol != IpProtocol.AH || tried == 3) {
        continue;
      }
      tried++;
      byte[] inner = inside(hit);
      // the same number, key and bytes: what we seal is what the kernel sent
      assertThat(sealed(capture, hit, inner)).isEqualTo(bytes);
      int spi = KernelSa.spi(inner, hit.at, IpProtocol.ESP);
      for (int bit = hit.at * 8; bit < inner.length * 8; bit++) {
        byte[] flipped = inner.clone();
        flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
        byte[] broken = sealed(capture, hit, flipped);
        Receiver receiver = new Receiver(capture, hit, pool, out, maker);
        check(receiver, hit, broken, esp(receiver, spi), flipped, name + " bit " + bit);
      }
    }
    assertThat(tried).isEqualTo(3);
  }

  private void check(
      Receiver receiver, Hit hit, byte[] broken, State esp, byte[] flipped, String what) {
    Map<State, SaMemory> expected = new LinkedHashMap<>(receiver.memory());
    long[] counters = receiver.counters();
    assertThat(receiver.give(broken, false)).as(what).isEmpty();
    boolean known = KernelSa.spi(flipped, hit.at, IpProtocol.ESP) == esp.id().spi();
    KernelSa.Refusal replay =
        receiver.sa(esp).replay(KernelSa.sequence(flipped, hit.at, IpProtocol.ESP));
    DropReason reason =
        !known
            ? DropReason.XFRM_IN_NO_STATES
            : replay != null
                ? DropReason.XFRM_IN_STATE_SEQ_ERROR
                : DropReason.XFRM_IN_STATE_PROTO_ERROR;
    assertThat(Set.copyOf(out.drops())).as(what).containsExactly(reason);
    counters[Receiver.ordinal(reason)]++;
    assertThat(receiver.counters()).as(what).isEqualTo(counters);
    State outer = receiver.named(hit);
    assertThat(outer.packets()).as(what).isOne();
    assertThat(outer.lastUsed()).as(what).isEqualTo(SECOND);
    expected.put(outer, SaMemory.of(outer));
    if (known) {
      SaMemory before = Objects.requireNonNull(expected.get(esp));
      KernelSa.Refusal refusal =
          replay != null ? replay : receiver.sa(esp).broken(flipped, hit.at, flipped.length);
      expected.put(esp, before.after(refusal, SECOND));
    }
    assertThat(receiver.memory()).as(what).isEqualTo(expected);
    assertThat(Arrays.stream(counters).sum()).as(what).isOne();
    out.clear();
  }
}
