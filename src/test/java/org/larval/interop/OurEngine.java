package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Direction;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmRunner;
import org.larval.xfrm.transform.StateMaker;

/** A guest's xfrm alone: whole packets in, whole packets out, by policy both ways. */
final class OurEngine implements AutoCloseable {
  private static final IpXfrm GRAMMAR = new IpXfrm(context -> 0);

  private final XfrmEngine engine =
      new XfrmEngine(
          "ours", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
  private final EffectList out = new EffectList();
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);

  OurEngine(CryptoBackend backend, List<String> lines) {
    Random random = new Random(5);
    IpXfrmRunner runner = new IpXfrmRunner(engine, new StateMaker(backend, random), random);
    for (String line : lines) {
      assertThat(runner.run(0, GRAMMAR.parse(line), out)).as(line).isEqualTo(Errno.OK);
    }
    out.clear();
  }

  /** What goes on the wire. */
  byte[] protect(byte[] plain) {
    Packet packet = packet(plain);
    FlowKey flow = new FlowKey();
    assertThat(flow.decode(packet)).as("a flow").isTrue();
    if (!(engine.lookup(0, flow, Who.LOCAL_NONBLOCKING, out) instanceof Bundle bundle)) {
      packet.release();
      throw new AssertionError("no bundle");
    }
    engine.output(0, packet, bundle, 1500, out);
    return outcome();
  }

  /**
   * What is delivered.
   *
   * @param encapsulated whether the ESP is in UDP
   */
  byte[] open(byte[] wire, boolean encapsulated) {
    Packet packet = packet(wire);
    if (encapsulated) {
      engine.inputEncapsulated(0, packet, out);
    } else {
      engine.input(0, packet, out);
    }
    Packet opened = forwarded();
    while (opened != null && isIpsec(opened)) {
      // the stack hands what was in transport mode in again
      Packet again = pool.copy(0, opened);
      out.clear();
      engine.input(0, again, out);
      opened = forwarded();
    }
    if (opened != null) {
      Packet judged = pool.copy(0, opened);
      if (engine.admits(0, judged, Direction.IN, out)) {
        judged.release();
      }
    }
    return outcome();
  }

  private @Nullable Packet forwarded() {
    List<EffectList.Forwarded> forwarded = out.of(EffectList.Forwarded.class);
    return forwarded.isEmpty() ? null : forwarded.getFirst().packet();
  }

  private static boolean isIpsec(Packet packet) {
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    boolean v6 = data.getUnsignedByte(at) >>> 4 == 6;
    int protocol = data.getUnsignedByte(at + (v6 ? 6 : 9));
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP;
  }

  /** The bytes of the one packet that came out. */
  private byte[] outcome() {
    List<EffectList.Forwarded> done = out.of(EffectList.Forwarded.class);
    if (done.size() != 1 || !out.drops().isEmpty()) {
      String drops = out.drops().toString();
      out.clear();
      throw new AssertionError(done.size() + " packets, drops " + drops);
    }
    byte[] bytes = ByteBufUtil.getBytes(done.getFirst().packet().buffer());
    out.clear();
    return bytes;
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    return packet;
  }

  @Override
  public void close() {
    engine.close(0, out);
    out.close();
    assertThat(pool.live()).as("packets that were not released").isZero();
  }
}
