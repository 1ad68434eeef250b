package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.EspTransform;
import org.larval.xfrm.transform.StateMaker;

/** Whole engines, configured by the lines that configured a kernel, with the kernel's packets. */
class EngineGoldenTest {
  static final List<String> CAPTURES = GoldenCapture.GCM;

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);
  private final EffectList out = new EffectList();

  @AfterEach
  void everyPacketWasReleased() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  private XfrmEngine engine(GoldenCapture capture, String namespace) {
    XfrmEngine engine =
        new XfrmEngine(
            "guest" + namespace,
            SaMissPolicy.LINUX_DEFAULT,
            AssociationPolicy.ALLOW_ALL,
            PeerRoutes.ANY);
    IpXfrm grammar = new IpXfrm(context -> 0);
    StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(namespace.length()));
    for (String line : capture.commands()) {
      IpXfrmCommand command = grammar.parse(line);
      if (!command.namespace().equals(namespace)) {
        continue;
      }
      Errno answer =
          switch (command) {
            case IpXfrmCommand.StateAdd add -> engine.sad().install(0, add.state(maker), out);
            case IpXfrmCommand.PolicyAdd add ->
                engine.spd().add(0, add.policy(), add.lifetimes(), out);
            default -> throw new AssertionError(command);
          };
      assertThat(answer).isEqualTo(Errno.OK);
    }
    return engine;
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    return packet;
  }

  private static boolean isEsp(byte[] packet) {
    return (packet[0] >>> 4 == 4 ? packet[9] : packet[6]) == IpProtocol.ESP;
  }

  /** B takes what A's kernel sent, its inbound policy is met, and A's engine takes it back. */
  @ParameterizedTest
  @FieldSource("CAPTURES")
  void twoEnginesTalkAsTheKernelsDid(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    XfrmEngine a = engine(capture, "");
    XfrmEngine b = engine(capture, "b");
    XfrmEngine freshB = engine(capture, "b");
    List<Packet> opened = new ArrayList<>();
    for (byte[] bytes : capture.packets()) {
      boolean fromA = bytes[bytes[0] >>> 4 == 4 ? 15 : 23] == 1;
      if (isEsp(bytes) && fromA) {
        b.input(0, packet(bytes), out);
        opened.add(inbound(b));
      }
    }
    assertThat(opened).isNotEmpty();
    for (Packet inner : opened) {
      FlowKey flow = new FlowKey();
      assertThat(flow.decode(inner)).isTrue();
      inner.clearTransforms();
      Lookup lookup = a.lookup(0, flow, Who.LOCAL_BLOCKING, out);
      assertThat(lookup).isInstanceOf(Bundle.class);
      a.output(0, inner, (Bundle) lookup, 1500, out);
      Packet sent = forwarded();
      assertThat(sent.protectedByXfrm).isTrue();
      freshB.input(0, pool.copy(0, sent), out);
      sent.release();
      inbound(freshB).release();
    }
  }

  @Test
  void aDeletedStateHasNoKeyAnyMore() {
    XfrmEngine a = engine(GoldenCapture.read("esp-transport-gcm128-v4"), "");
    assertThat(a.sad().list()).hasSize(2);
    for (State state : a.sad().list()) {
      EspTransform esp = (EspTransform) Objects.requireNonNull(state.transform());
      assertThat(((Protection.Combined) esp.parameters().protection()).key().isDestroyed())
          .isFalse();
      assertThat(a.sad().delete(0, state.id(), 0, out)).isEqualTo(Errno.OK);
      assertThat(((Protection.Combined) esp.parameters().protection()).key().isDestroyed())
          .isTrue();
    }
    assertThat(a.sad().list()).isEmpty();
  }

  private Packet inbound(XfrmEngine engine) {
    Packet packet = forwarded();
    assertThat(packet.transformCount()).isEqualTo(1);
    assertThat(engine.admits(0, packet, Direction.IN, out)).isTrue();
    return packet;
  }

  /** The one packet that was forwarded; it is ours afterwards. */
  private Packet forwarded() {
    assertThat(out.drops()).isEmpty();
    List<EffectList.Forwarded> all = out.of(EffectList.Forwarded.class);
    assertThat(all).hasSize(1);
    Packet copy = all.getFirst().packet();
    Packet kept = pool.copy(0, copy);
    out.clear();
    return kept;
  }
}
