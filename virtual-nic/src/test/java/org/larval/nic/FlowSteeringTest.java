package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Frames of one flow share a queue, in both directions; flows spread; nonsense is survived. */
class FlowSteeringTest {
  private static ByteBuf ipv4(int from, int to, int sourcePort, int targetPort, int fragment) {
    return Unpooled.buffer()
        .writeBytes(HexFormat.of().parseHex("0200000000010200000000020800"))
        .writeBytes(HexFormat.of().parseHex("450000300001"))
        .writeShort(fragment)
        .writeBytes(HexFormat.of().parseHex("40110000"))
        .writeInt(from)
        .writeInt(to)
        .writeShort(sourcePort)
        .writeShort(targetPort)
        .writeLong(0);
  }

  @Test
  void bothDirectionsAreEqual() {
    assertThat(FlowSteering.hash(ipv4(1, 2, 1000, 53, 0)))
        .isEqualTo(FlowSteering.hash(ipv4(2, 1, 53, 1000, 0)));
  }

  @Test
  void fragmentsStayTogether() {
    assertThat(FlowSteering.hash(ipv4(1, 2, 77, 99, 0x2000)))
        .isEqualTo(FlowSteering.hash(ipv4(1, 2, 4, 5, 100)));
  }

  @Test
  void flowsSpread() {
    Set<Integer> queues = new HashSet<>();
    for (int port = 1000; port < 1100; port++) {
      queues.add(Integer.remainderUnsigned(FlowSteering.hash(ipv4(1, 2, port, 53, 0)), 4));
    }
    assertThat(queues).hasSize(4);
  }

  @Test
  void everyTruncationIsSurvived() {
    byte[] whole = new byte[64];
    ipv4(1, 2, 3, 4, 0).getBytes(0, whole, 0, 50);
    for (int length = 0; length <= whole.length; length++) {
      for (int type : new int[] {0x08, 0x86}) {
        whole[12] = (byte) type;
        whole[13] = (byte) (type == 0x86 ? 0xdd : 0);
        for (int header = 0x40; header < 0x50; header++) {
          whole[14] = (byte) header;
          FlowSteering.hash(Unpooled.wrappedBuffer(whole, 0, length));
        }
      }
    }
  }
}
