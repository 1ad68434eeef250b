package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.Step;
import org.larval.packet.StepAction;
import org.larval.wire.EthernetView;
import org.larval.wire.MacAddress;

/**
 *
 *
 * <pre>
 *   A -- 0 [ bridge ] 1 -- B
 *            2 -- C, D
 * </pre>
 */
class BridgeTest {
  private static final long A = 0x0200_0000_000aL;
  private static final long B = 0x0200_0000_000bL;
  private static final long C = 0x0200_0000_000cL;
  private static final long D = 0x0200_0000_000dL;
  private static final long ALL = MacAddress.BROADCAST.bits();
  private static final long SECOND = 1_000_000_000L;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final PacketPool pool = new PacketPool(allocator, true);
  private final Bridge bridge = new Bridge("br0", 3, pool);

  @AfterEach
  void nothingLeaked() {
    assertThat(pool.live()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
    FrameCounters c = bridge.counters();
    assertThat(c.framesIn() + c.copies()).isEqualTo(c.framesOut() + c.dropped());
  }

  private Packet frame(long now, long target, long source, int... tags) {
    Packet packet = pool.make(now, 60);
    var bytes = packet.buffer();
    bytes.writeZero(60);
    EthernetView.emit(bytes, bytes.readerIndex(), target, source, EthernetView.TYPE_IPV4);
    int at = bytes.readerIndex() + 12;
    for (int tag : tags) {
      bytes.setShort(at, EthernetView.TYPE_VLAN);
      bytes.setShort(at + 2, tag);
      at += EthernetView.VLAN_TAG;
    }
    bytes.setShort(at, EthernetView.TYPE_IPV4);
    return packet;
  }

  /** The ports that a frame leaves by, in order. */
  private List<Integer> ports(long now, int port, Packet packet) {
    try (EffectList out = new EffectList()) {
      bridge.onPacket(now, port, packet, out);
      return out.of(EffectList.Sent.class).stream().map(EffectList.Sent::port).toList();
    }
  }

  private List<DropReason> drops(long now, int port, Packet packet) {
    try (EffectList out = new EffectList()) {
      bridge.onPacket(now, port, packet, out);
      assertThat(out.of(EffectList.Sent.class)).isEmpty();
      return out.drops();
    }
  }

  @Test
  void floodsUntilItHasLearned() {
    assertThat(ports(0, 0, frame(0, B, A))).containsExactly(1, 2);
    assertThat(ports(1, 1, frame(1, A, B))).containsExactly(0);
    assertThat(ports(2, 0, frame(2, B, A))).containsExactly(1);
    assertThat(bridge.stations(2)).isEqualTo(2);
    assertThat(bridge.flooded()).isEqualTo(1);
    assertThat(bridge.counters().copies()).isEqualTo(1);
    assertThat(bridge.counters().framesOut()).isEqualTo(4);
    assertThat(bridge.counters().bytesIn()).isEqualTo(180);
  }

  @Test
  void groupsAreFloodedFromEveryPort() {
    assertThat(ports(0, 0, frame(0, ALL, A))).containsExactly(1, 2);
    assertThat(ports(0, 1, frame(0, 0x3333_0000_0001L, B))).containsExactly(0, 2);
    assertThat(ports(0, 2, frame(0, 0x0100_5e00_0001L, C))).containsExactly(0, 1);
  }

  @Test
  void theLastPortGetsTheFrameItselfAndTheOthersEqualCopies() {
    Packet original = frame(0, ALL, A);
    original.flow = 4;
    try (EffectList out = new EffectList()) {
      bridge.onPacket(0, 0, original, out);
      List<EffectList.Sent> sent = out.of(EffectList.Sent.class);
      assertThat(sent.getLast().packet()).isSameAs(original);
      Packet copy = sent.getFirst().packet();
      assertThat(copy.parent()).isEqualTo(original.id());
      assertThat(copy.flow).isEqualTo(4);
      assertThat(copy.buffer()).isEqualTo(original.buffer()).isNotSameAs(original.buffer());
      List<Step> steps = new ArrayList<>();
      sent.forEach(s -> steps.addAll(java.util.Objects.requireNonNull(s.packet().trail()).steps()));
      assertThat(steps)
          .containsExactly(
              new Step(0, "br0", StepAction.FLOODED, null, 1),
              new Step(0, "br0", StepAction.FLOODED, null, 2));
    }
  }

  @Test
  void neverBackOutOfTheIngressPort() {
    ports(0, 2, frame(0, ALL, C));
    assertThat(drops(1, 2, frame(1, C, D))).containsExactly(DropReason.BRIDGE_LOOP);
    // but the sender was learned
    assertThat(ports(2, 0, frame(2, D, A))).containsExactly(2);
  }

  @Test
  void aBridgeWithOnePortHasNowhereToSend() {
    Bridge lonely = new Bridge("br1", 1, pool);
    try (EffectList out = new EffectList()) {
      lonely.onPacket(0, 0, frame(0, ALL, A), out);
      assertThat(out.drops()).containsExactly(DropReason.BRIDGE_NO_PORT);
    }
  }

  @Test
  void stationsAgeOutAfterThreeHundredSeconds() {
    ports(0, 1, frame(0, ALL, B));
    assertThat(ports(300 * SECOND - 1, 0, frame(0, B, A))).containsExactly(1);
    assertThat(ports(300 * SECOND, 0, frame(0, B, A))).containsExactly(1, 2);
    // a frame from the station renews it
    ports(400 * SECOND, 1, frame(0, ALL, B));
    assertThat(ports(699 * SECOND, 0, frame(0, B, A))).containsExactly(1);
    assertThat(bridge.stations(700 * SECOND)).isEqualTo(1);
  }

  @Test
  void aStationThatMovesIsFollowed() {
    ports(0, 1, frame(0, ALL, B));
    ports(1, 2, frame(1, ALL, B));
    assertThat(ports(2, 0, frame(2, B, A))).containsExactly(2);
    assertThat(bridge.moved()).isEqualTo(1);
    assertThat(bridge.portOf(2, new MacAddress(B), -1)).isEqualTo(2);
  }

  @Test
  void aPortWithoutCarrierForgetsItsStations() {
    ports(0, 1, frame(0, ALL, B));
    ports(0, 2, frame(0, ALL, C));
    bridge.portDown(1);
    assertThat(bridge.portOf(1, new MacAddress(B), -1)).isEqualTo(-1);
    assertThat(bridge.portOf(1, new MacAddress(C), -1)).isEqualTo(2);
  }

  @Test
  void theOldestStationMakesRoom() {
    Bridge small = new Bridge("br2", 2, pool, 2, Bridge.AGE_NANOS);
    try (EffectList out = new EffectList()) {
      small.onPacket(0, 0, frame(0, ALL, A), out);
      small.onPacket(1, 0, frame(1, ALL, B), out);
      small.onPacket(2, 0, frame(2, ALL, A), out);
      small.onPacket(3, 0, frame(3, ALL, C), out);
    }
    assertThat(small.portOf(3, new MacAddress(B), -1)).isEqualTo(-1);
    assertThat(small.portOf(3, new MacAddress(A), -1)).isZero();
    assertThat(small.portOf(3, new MacAddress(C), -1)).isZero();
  }

  @Test
  void vlansLearnApartAndTagsPassUnchanged() {
    ports(0, 1, frame(0, ALL, B, 10));
    ports(0, 2, frame(0, ALL, B, 20));
    assertThat(ports(1, 0, frame(1, B, A, 0x6000 | 10))).containsExactly(1);
    assertThat(ports(1, 0, frame(1, B, A, 20, 99))).containsExactly(2);
    assertThat(ports(1, 0, frame(1, B, A))).containsExactly(1, 2);
    Packet tagged = frame(2, B, A, 0xe000 | 10);
    String before = io.netty.buffer.ByteBufUtil.hexDump(tagged.buffer());
    try (EffectList out = new EffectList()) {
      bridge.onPacket(2, 0, tagged, out);
      Packet sent = out.of(EffectList.Sent.class).getFirst().packet();
      assertThat(io.netty.buffer.ByteBufUtil.hexDump(sent.buffer())).isEqualTo(before);
    }
  }

  @Test
  void aPriorityTagIsNoVlan() {
    ports(0, 1, frame(0, ALL, B, 0xe000));
    assertThat(ports(1, 0, frame(1, B, A))).containsExactly(1);
  }

  @Test
  void malformedFramesTeachNothing() {
    for (int length = 0; length < 14; length++) {
      Packet packet = frame(0, ALL, A);
      packet.buffer().writerIndex(packet.buffer().readerIndex() + length);
      assertThat(drops(0, 0, packet)).containsExactly(DropReason.MALFORMED);
    }
    Packet cutTag = frame(0, ALL, A, 10);
    cutTag.buffer().writerIndex(cutTag.buffer().readerIndex() + 17);
    assertThat(drops(0, 0, cutTag)).containsExactly(DropReason.MALFORMED);
    assertThat(drops(0, 0, frame(0, ALL, A, 1, 2, 3))).containsExactly(DropReason.MALFORMED);
    assertThat(drops(0, 0, frame(0, B, 0x0300_0000_0001L))).containsExactly(DropReason.MALFORMED);
    assertThat(drops(0, 0, frame(0, B, 0))).containsExactly(DropReason.MALFORMED);
    assertThat(bridge.stations(0)).isZero();
  }

  @Test
  void reservedGroupsStayOnTheirLink() {
    assertThat(drops(0, 0, frame(0, 0x0180_c200_0001L, A)))
        .containsExactly(DropReason.BRIDGE_RESERVED);
    assertThat(drops(0, 0, frame(0, 0x0180_c200_000fL, A)))
        .containsExactly(DropReason.BRIDGE_RESERVED);
    // without spanning tree, Linux passes its frames on
    assertThat(ports(0, 0, frame(0, 0x0180_c200_0000L, A))).containsExactly(1, 2);
    assertThat(ports(0, 0, frame(0, 0x0180_c200_0010L, A))).containsExactly(1, 2);
  }
}
