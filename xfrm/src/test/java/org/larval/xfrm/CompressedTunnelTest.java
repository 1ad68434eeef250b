package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.StateMaker;

/** IPComp tunnels of a kernel: what it compressed and what it sent as IP in IP meet policy. */
class CompressedTunnelTest {
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);
  private final EffectList out = new EffectList();

  @AfterEach
  void everyPacketWasReleased() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  private XfrmEngine engine(GoldenCapture capture, boolean optional) {
    XfrmEngine engine =
        new XfrmEngine(
            "guest", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    IpXfrm grammar = new IpXfrm(context -> 0);
    StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));
    for (String line : capture.commands()) {
      IpXfrmCommand command = grammar.parse(optional ? line : line.replace(" level use", ""));
      if (!command.namespace().equals("b")) {
        continue;
      }
      if (command instanceof IpXfrmCommand.StateAdd add) {
        State state = add.state(maker);
        assertThat(engine.sad().install(0, state, out)).isEqualTo(Errno.OK);
      } else if (command instanceof IpXfrmCommand.PolicyAdd add) {
        assertThat(engine.spd().add(0, add.policy(), add.lifetimes(), out)).isEqualTo(Errno.OK);
      }
    }
    out.clear();
    return engine;
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    return packet;
  }

  /** Packets of A's kernel that B's policy admits, plain ones and others. */
  private int[] admitted(GoldenCapture capture, boolean optional) {
    XfrmEngine b = engine(capture, optional);
    int[] counts = new int[2];
    for (byte[] bytes : capture.packets()) {
      boolean v4 = bytes[0] >>> 4 == 4;
      boolean outer = v4 ? bytes[13] == 9 : bytes[9] == 9;
      boolean fromA = bytes[v4 ? 15 : 23] == 1;
      if (!outer || !fromA) {
        continue;
      }
      int protocol = bytes[v4 ? 9 : 6];
      boolean plain = protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6;
      Packet packet = packet(bytes);
      assertThat(b.opensPlainTunnel(packet)).isEqualTo(plain);
      b.input(0, packet, out);
      assertThat(out.drops()).isEmpty();
      Packet opened = out.of(EffectList.Forwarded.class).getFirst().packet();
      Packet inner = pool.copy(0, opened);
      for (int i = 0; i < opened.transformCount(); i++) {
        if (inner.transformCount() < opened.transformCount()) {
          inner.addTransform(opened.transform(i));
        }
      }
      out.clear();
      boolean companion =
          ((State) inner.transform(inner.transformCount() - 1)).id().protocol()
              != IpProtocol.IPCOMP;
      if (b.admits(0, inner, Direction.IN, out)) {
        counts[companion ? 0 : 1]++;
        inner.release();
      }
      out.clear();
    }
    return counts;
  }

  @ParameterizedTest
  @ValueSource(strings = {"comp-tunnel-v6", "comp-esp-tunnel-gcm128-v4"})
  void aTunnelWithLevelUseTakesBoth(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    int[] both = admitted(capture, true);
    assertThat(both[0]).isPositive();
    assertThat(both[1]).isPositive();
    int[] strict = admitted(capture, false);
    assertThat(strict[0]).as("a required IPComp refuses what was not compressed").isZero();
    assertThat(strict[1]).isEqualTo(both[1]);
  }

  @Test
  void plainTunnelsOfStrangersAreNobodys() {
    XfrmEngine b = engine(GoldenCapture.read("comp-tunnel-v6"), true);
    byte[] other = new byte[80];
    other[0] = 0x60;
    other[5] = 40;
    other[6] = IpProtocol.IPV6;
    Packet packet = packet(other);
    assertThat(b.opensPlainTunnel(packet)).isFalse();
    b.input(0, packet, out);
    assertThat(b.stats().value(XfrmStats.Counter.IN_NO_STATES)).isOne();
  }
}
