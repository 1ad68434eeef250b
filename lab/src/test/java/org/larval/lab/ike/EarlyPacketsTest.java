package org.larval.lab.ike;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

class EarlyPacketsTest {
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final EarlyPackets early = new EarlyPackets();
  private final List<Integer> out = new ArrayList<>();

  private Packet packet(int number) {
    Packet packet = pool.make(0, 64);
    packet.buffer().writeInt(number);
    return packet;
  }

  private void take(Packet packet) {
    out.add(packet.buffer().readInt());
    packet.release();
  }

  @Test
  void thoseOfAnSpiComeInTheirOrder() {
    for (int number = 1; number <= 4; number++) {
      early.hold(number, number % 2 == 0 ? 7 : 9, packet(number));
    }
    early.installed(7, this::take);
    assertThat(out).containsExactly(2, 4);
    early.installed(9, this::take);
    assertThat(out).containsExactly(2, 4, 1, 3);
    early.installed(9, this::take);
    assertThat(out).hasSize(4);
    assertThat(early.deadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theyWaitShortlyAndAreFew() {
    early.hold(10, 7, packet(1));
    assertThat(early.deadline()).isEqualTo(10 + EarlyPackets.PATIENCE);
    early.onDeadline(9 + EarlyPackets.PATIENCE);
    early.hold(20, 7, packet(2));
    early.onDeadline(10 + EarlyPackets.PATIENCE);
    early.installed(7, this::take);
    assertThat(out).containsExactly(2);
    for (int number = 0; number <= EarlyPackets.CAPACITY; number++) {
      early.hold(30, 7, packet(number));
    }
    early.installed(7, this::take);
    assertThat(out).hasSize(1 + EarlyPackets.CAPACITY).doesNotContain(0);
    early.hold(40, 7, packet(1));
    early.close();
    assertThat(early.deadline()).isEqualTo(Long.MAX_VALUE);
  }
}
