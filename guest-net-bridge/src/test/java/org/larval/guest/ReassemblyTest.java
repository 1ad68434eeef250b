package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv4View;

class ReassemblyTest {
  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1280, "10.0.0.1/24", "fd00::1/64")));
  private final TestNet.Host b =
      net.host(GuestConfig.host("b", nic(2, 1280, "10.0.0.2/24", "fd00::2/64")));
  private final Inbox inbox = new Inbox();

  ReassemblyTest() {
    net.wire(a, 0, b, 0, 0);
    assertThat(b.stack.udpSocket(inbox).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
  }

  /** The frames in which a sends a datagram of so many bytes, none of which arrives. */
  private List<ByteBuf> fragments(String target, byte[] data) {
    net.pass = (guest, frame) -> !carriesIp(frame);
    UdpSocket socket = a.stack.udpSocket(new Inbox());
    int before = net.frames.size();
    Errno sent =
        socket.sendTo(net.now, IpAddress.parse(target), 7, Unpooled.wrappedBuffer(data), 1, 0, a);
    assertThat(sent).isEqualTo(Errno.OK);
    net.run(net.now + SECOND);
    socket.close(a);
    List<ByteBuf> frames = new ArrayList<>();
    for (TestNet.Frame frame : net.frames.subList(before, net.frames.size())) {
      if (frame.guest().equals("a") && carriesIp(frame.bytes())) {
        frames.add(frame.bytes());
      }
    }
    return frames;
  }

  /** UDP or a fragment, neither ARP nor neighbour discovery. */
  private static boolean carriesIp(ByteBuf frame) {
    return switch (frame.getUnsignedShort(12)) {
      case EthernetView.TYPE_IPV4 -> true;
      case EthernetView.TYPE_IPV6 -> frame.getUnsignedByte(20) != 58;
      default -> false;
    };
  }

  private void arrive(ByteBuf frame) {
    b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, frame.copy()), b);
  }

  private static byte[] data(int length, long seed) {
    byte[] data = new byte[length];
    new Random(seed).nextBytes(data);
    return data;
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.2, 5000", "10.0.0.2, 65507", "fd00::2, 5000", "fd00::2, 65527"})
  void everyOrderGivesTheDatagram(String target, int length) {
    try (net) {
      byte[] data = data(length, 1);
      for (int seed = 0; seed < 20; seed++) {
        List<ByteBuf> fragments = fragments(target, data);
        assertThat(fragments).hasSizeGreaterThan(3);
        for (ByteBuf fragment : fragments) {
          assertThat(fragment.readableBytes()).isLessThanOrEqualTo(1280 + 14);
        }
        Collections.shuffle(fragments, new Random(seed));
        fragments.forEach(this::arrive);
        assertThat(inbox.payloads).hasSize(seed + 1);
        assertThat(inbox.payloads.getLast()).isEqualTo(ByteBufUtil.hexDump(data));
      }
      assertThat(b.stack.reassembler.pending()).isZero();
      assertThat(b.stack.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void exactCopiesDoNoHarm(String target) {
    try (net) {
      byte[] data = data(3000, 2);
      List<ByteBuf> fragments = fragments(target, data);
      arrive(fragments.get(0));
      arrive(fragments.get(0));
      arrive(fragments.get(1));
      arrive(fragments.get(2));
      assertThat(inbox.payloads).containsExactly(ByteBufUtil.hexDump(data));
      assertThat(net.reasons()).containsExactly(DropReason.REASSEMBLY_OVERLAP);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void anOverlapCondemnsTheWholeDatagram(String target) {
    try (net) {
      boolean v6 = target.contains(":");
      List<ByteBuf> fragments = fragments(target, data(5000, 3));
      arrive(fragments.get(0));
      ByteBuf moved = fragments.get(1).copy();
      int field = v6 ? 14 + 42 : 14 + 6;
      // eight bytes earlier than it was
      moved.setShort(field, moved.getUnsignedShort(field) - (v6 ? 8 : 1));
      if (!v6) {
        fixChecksum(moved);
      }
      arrive(moved);
      for (ByteBuf fragment : fragments) {
        arrive(fragment);
      }
      assertThat(inbox.payloads).isEmpty();
      assertThat(net.reasons())
          .hasSize(fragments.size() + 2)
          .containsOnly(DropReason.REASSEMBLY_OVERLAP);
      net.run(net.now + 70 * SECOND);
      assertThat(b.stack.reassembler.pending()).isZero();
    }
  }

  private static void fixChecksum(ByteBuf frame) {
    frame.setShort(24, 0);
    frame.setShort(24, Checksum.of(frame, 14, 20));
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.2, 30", "fd00::2, 60"})
  void missingFragmentTimesOutAndIsReported(String target, int seconds) {
    try (net) {
      List<ByteBuf> fragments = fragments(target, data(3000, 4));
      net.pass = (guest, frame) -> true;
      arrive(fragments.get(0));
      arrive(fragments.get(2));
      long start = net.now;
      net.run(start + seconds * SECOND - 1);
      assertThat(net.drops).isEmpty();
      int before = net.sentBy(b).size();
      net.run(start + seconds * SECOND);
      assertThat(net.reasons())
          .containsExactly(DropReason.REASSEMBLY_TIMEOUT, DropReason.REASSEMBLY_TIMEOUT);
      ByteBuf error = net.sentBy(b).get(before);
      int icmp = target.contains(":") ? 14 + 40 : 14 + 20;
      assertThat(error.getUnsignedByte(icmp)).isEqualTo((short) (icmp == 54 ? 3 : 11));
      assertThat(error.getUnsignedByte(icmp + 1)).isEqualTo((short) 1);
      net.run(net.now + 10 * SECOND);
    }
  }

  @Test
  void memoryStaysBoundedUnderAFlood() {
    try (net) {
      ByteBuf first = fragments("10.0.0.2", data(3000, 5)).get(0);
      for (int i = 0; i < 5000; i++) {
        ByteBuf other = first.copy();
        other.setShort(18, i);
        fixChecksum(other);
        arrive(other);
        assertThat(b.stack.reassembler.pending()).isLessThanOrEqualTo(256);
      }
      assertThat(net.reasons()).hasSize(5000 - 256).containsOnly(DropReason.REASSEMBLY_OVERFLOW);
    }
  }

  @Test
  void tooManyPiecesAreRefused() {
    try (net) {
      for (int i = 0; i < 70; i++) {
        arrive(piece(i * 8, 8, true));
      }
      assertThat(net.reasons()).hasSize(70);
      assertThat(net.reasons().subList(0, 65)).containsOnly(DropReason.REASSEMBLY_OVERFLOW);
    }
  }

  @Test
  void pingOfDeathIsDropped() {
    try (net) {
      arrive(piece(65_504, 16, false));
      arrive(piece(65_504, 8, false));
      assertThat(net.reasons()).containsExactly(DropReason.MALFORMED);
    }
  }

  private ByteBuf piece(int offset, int length, boolean more) {
    Packet packet = net.pool.make(net.now, 100);
    ByteBuf frame = packet.buffer();
    int at = frame.readerIndex();
    frame.writeZero(34 + length);
    EthernetView.emit(frame, at, 0x0200_0000_0002L, 0x0200_0000_0001L, EthernetView.TYPE_IPV4);
    int flags = (more ? Ipv4View.MORE_FRAGMENTS : 0) | offset / 8;
    Ipv4View.emit(
        frame,
        at + 14,
        20,
        20 + length,
        0,
        77,
        flags,
        64,
        17,
        IpAddress.parse("10.0.0.1"),
        IpAddress.parse("10.0.0.2"));
    ByteBuf bytes = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(frame));
    a.deliver(packet);
    return bytes;
  }
}
