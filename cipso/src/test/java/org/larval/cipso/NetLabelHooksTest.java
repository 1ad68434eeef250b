package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.cipso.grammar.NetlabelRunner;
import org.larval.labels.Sids;
import org.larval.labels.avc.LivePolicy;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.source.PolicyBuilder;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** NetLabel under a policy, as the hooks of a guest ask it. */
class NetLabelHooksTest {
  private static final String LABEL = "860c00000010010600014440";

  private final LivePolicy live = new LivePolicy(policy("s0", "s1"), true);
  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final List<Integer> pointers = new ArrayList<>();
  private final NetLabelHooks hooks = hooks(new Sids());
  private final Sids sids = new Sids();
  private final NetLabelHooks labelled = hooks(sids);
  private final int client = sids.sid("user_u:user_r:client_t:s1:c1,c5,c9");

  private NetLabelHooks hooks(Sids table) {
    NetLabel netLabel = new NetLabel(new PolicyDictionary(live, table));
    return new NetLabelHooks(
        netLabel,
        List.of("eth0", "eth1"),
        (now, pointer, packet, out) -> pointers.add(pointer * 10 + (int) now));
  }

  private static PolicyDb policy(String... sensitivities) {
    PolicyBuilder builder = new PolicyBuilder(sensitivities.length > 0);
    builder.openTypes();
    builder.statements("allow client_t self:udp_socket create;");
    builder.role("user_r", List.of("*"));
    for (int category = 0; category < 400 && sensitivities.length > 0; category++) {
      builder.category("c" + category, List.of());
    }
    for (String sensitivity : sensitivities) {
      builder.sensitivity(sensitivity, List.of());
    }
    builder.user("user_u", List.of("user_r"), null);
    return builder.build();
  }

  private void load(String... lines) {
    new NetlabelRunner(labelled.netLabel()).load(String.join("\n", lines));
  }

  private Packet ipv4(int nic, String options) {
    byte[] area = ByteBufUtil.decodeHexDump(options);
    Packet packet = pool.make(0, 80);
    packet.inPort = nic;
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int header = 20 + area.length;
    data.setBytes(at + 20, area);
    Ipv4View.emit(
        data,
        at,
        header,
        header + 8,
        0,
        7,
        0,
        64,
        17,
        IpAddress.parse("10.0.0.1"),
        IpAddress.parse("10.0.0.2"));
    data.writerIndex(at + header);
    data.writeLong(0x1234_0007_0008_0000L);
    packet.headers(at, at + header);
    return packet;
  }

  private Packet ipv6(String hopByHop) {
    byte[] header = ByteBufUtil.decodeHexDump(hopByHop);
    Packet packet = pool.make(0, 80);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    Ipv6View.emit(
        data,
        at,
        0,
        0,
        header.length + 8,
        0,
        64,
        IpAddress.parse("fd00::1"),
        IpAddress.parse("fd00::2"));
    data.writerIndex(at + 40);
    data.writeBytes(header);
    data.writeLong(0x1234_0007_0008_0000L);
    packet.headers(at, at + 40 + header.length);
    return packet;
  }

  @AfterEach
  void nothingLeaks() {
    assertThat(pool.live()).isZero();
  }

  @Test
  void withoutLinesNothingIsLabelledOrRead() {
    Packet packet = ipv4(0, LABEL);
    assertThat(hooks.enabled()).isFalse();
    assertThat(hooks.receive(packet)).isZero();
    assertThat(hooks.explicit()).isFalse();
    assertThat(hooks.carriesCipso(packet)).isTrue();
    assertThat(hooks.create(client)).isEqualTo(Errno.OK);
    packet.release();
  }

  /** As ip_options_compile: also where NetLabel is off, since nobody knows the DOI there. */
  @ParameterizedTest
  @CsvSource({
    "860c00000011010600014440, 22, CIPSO_REFUSED",
    "86080000001001030000000000000000, 27, CIPSO_REFUSED",
    "86400000, 20, CIPSO_REFUSED",
    "94040000860c000000100106000144c0, -1, ",
    "44400000, 20, MALFORMED",
    "860a0000001001040001860a00000010010400010000000000000000, 30, CIPSO_REFUSED",
  })
  void badOptionsArePointedAt(String options, int pointer, DropReason reason) {
    load("cipso add pass doi:16 tags:1");
    Packet packet = ipv4(0, options);
    try (EffectList out = new EffectList()) {
      boolean passes = labelled.validate(3, packet, out);
      assertThat(passes).isEqualTo(pointer < 0);
      if (passes) {
        packet.release();
        assertThat(pointers).isEmpty();
      } else {
        assertThat(pointers).containsExactly(pointer * 10 + 3);
        assertThat(out.drops()).containsExactly(reason);
      }
    }
  }

  @Test
  void calipsoIsDroppedInSilence() {
    load("calipso add pass doi:16");
    try (EffectList out = new EffectList()) {
      Packet good = ipv6("1101070c000000100101e26144400000");
      assertThat(labelled.validate(0, good, out)).isTrue();
      assertThat(labelled.receive(good)).isPositive();
      assertThat(labelled.explicit()).isTrue();
      good.release();
      assertThat(labelled.validate(0, ipv6("1101070c000000100101e26144400001"), out)).isFalse();
      assertThat(out.drops()).containsExactly(DropReason.CIPSO_REFUSED);
    }
    assertThat(pointers).isEmpty();
  }

  @Test
  void labelsGoOutAndComeIn() {
    load("cipso add pass doi:16 tags:1", "map add domain:client_t protocol:cipso,16");
    Packet packet = ipv4(-1, "");
    assertThat(labelled.label(packet, client)).isEqualTo(Errno.OK);
    assertThat(ByteBufUtil.hexDump(packet.buffer(), packet.network() + 20, 12)).isEqualTo(LABEL);
    int peer = labelled.receive(packet);
    assertThat(sids.context(peer)).hasToString("user_u:object_r:netlabel_peer_t:s1:c1,c5,c9");
    assertThat(labelled.explicit()).isTrue();
    // the peer's own packets have no entry of their own: the default takes the label off
    assertThat(labelled.label(packet, peer)).isEqualTo(Errno.OK);
    assertThat(packet.length()).isEqualTo(28);
    assertThat(labelled.carriesCipso(packet)).isFalse();
    packet.release();
    FlowKey flow = new FlowKey();
    flow.addresses(IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"));
    flow.label = client;
    assertThat(labelled.bytes(flow)).isEqualTo(12);
    flow.label = peer;
    assertThat(labelled.bytes(flow)).isZero();
  }

  /** mls_level_isvalid: a level that the policy has not is no label at all. */
  @Test
  void levelsThatThePolicyDoesNotKnowAreRefused() {
    load("cipso add pass doi:16 tags:1,2");
    Packet level = ipv4(0, "860a00000010010400090000");
    assertThat(labelled.receive(level)).isEqualTo(NetLabelHooks.REFUSED);
    level.release();
    Packet category = ipv4(0, "860e000000100208000003e8ea600000");
    assertThat(labelled.receive(category)).isEqualTo(NetLabelHooks.REFUSED);
    category.release();
  }

  @Test
  void staticLabelsKnowTheirNic() {
    load("unlbl add interface:eth1 address:10.0.0.0/8 label:user_u:object_r:client_t:s0");
    Packet packet = ipv4(1, "");
    assertThat(sids.context(labelled.receive(packet))).hasToString("user_u:object_r:client_t:s0");
    assertThat(labelled.explicit()).isFalse();
    packet.inPort = 0;
    assertThat(labelled.receive(packet)).isZero();
    load("unlbl accept off");
    assertThat(labelled.receive(packet)).isEqualTo(NetLabelHooks.REFUSED);
    packet.release();
  }

  @Test
  void refusalsHaveTheirNumbers() {
    load("cipso add pass doi:16 tags:1", "map del default");
    load("map add domain:client_t address:10.0.0.0/8 protocol:cipso,16");
    int wide = sids.sid("user_u:user_r:client_t:s0:c300");
    assertThat(labelled.create(wide, false)).isEqualTo(Errno.OK);
    assertThat(labelled.create(wide, true)).isEqualTo(Errno.ENOENT);
    assertThat(labelled.create(Sids.KERNEL)).isEqualTo(Errno.ENOENT);
    assertThat(labelled.connect(wide, IpAddress.parse("10.0.0.2"))).isEqualTo(Errno.ENOSPC);
    assertThat(labelled.connect(wide, IpAddress.parse("11.0.0.2"))).isEqualTo(Errno.ENOENT);
    assertThat(labelled.connect(client, IpAddress.parse("10.0.0.2"))).isEqualTo(Errno.OK);
  }

  @Test
  void anotherPolicyMakesOtherLabels() {
    load("cipso add pass doi:16 tags:1", "map add domain:client_t protocol:cipso,16");
    Packet packet = ipv4(0, LABEL);
    assertThat(labelled.receive(packet)).isPositive();
    assertThat(labelled.connect(client, IpAddress.parse("10.0.0.2"))).isEqualTo(Errno.OK);
    live.load(policy());
    assertThat(labelled.connect(client, IpAddress.parse("10.0.0.2"))).isEqualTo(Errno.OK);
    assertThat(sids.context(labelled.receive(packet)).toString()).doesNotContain("s1");
    packet.release();
    live.load(policy("s0"));
    Packet again = ipv4(0, LABEL);
    assertThat(labelled.receive(again)).isEqualTo(NetLabelHooks.REFUSED);
    again.release();
  }

  /** A sender that makes up levels fills the table of SIDs, and gets no further. */
  @Test
  void madeUpLevelsAreBounded() {
    Sids few = new Sids(Sids.INITIAL_SIDS + 3);
    NetLabelHooks small = hooks(few);
    new NetlabelRunner(small.netLabel()).load("cipso add pass doi:16 tags:2");
    int refused = 0;
    for (int category = 0; category < 8; category++) {
      Packet packet = ipv4(0, "860c000000100206000000%02x".formatted(category));
      refused += small.receive(packet) == NetLabelHooks.REFUSED ? 1 : 0;
      packet.release();
    }
    assertThat(refused).isEqualTo(6);
  }

  /** Put on, read, translated and taken off, over and over. */
  @Test
  void labelsThatWereSeenAllocateNothing() {
    load("cipso add pass doi:16 tags:1", "map add domain:client_t protocol:cipso,16");
    load("calipso add pass doi:16", "map add domain:client_t protocol:calipso,16");
    load("map add domain:netlabel_peer_t address:10.0.0.0/8 protocol:cipso,16");
    Packet v4 = ipv4(0, "");
    Packet v6 = ipv6("1100050200000100");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    try (EffectList out = new EffectList()) {
      for (int attempt = 0; attempt < 10; attempt++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
          walk(v4, out);
          walk(v6, out);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
    }
    assertThat(least).isLessThan(1000);
    v4.release();
    v6.release();
  }

  private void walk(Packet packet, EffectList out) {
    assertThatIsOk(labelled.label(packet, client));
    if (!labelled.validate(0, packet, out)) {
      throw new AssertionError("refused");
    }
    assertThatIsOk(labelled.label(packet, labelled.receive(packet)));
    assertThatIsOk(labelled.label(packet, Sids.KERNEL));
  }

  private static void assertThatIsOk(Errno errno) {
    if (errno != Errno.OK) {
      throw new AssertionError(errno);
    }
  }
}
