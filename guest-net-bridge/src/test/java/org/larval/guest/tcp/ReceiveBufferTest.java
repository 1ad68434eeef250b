package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReceiveBufferTest {
  /** Random pieces against an array of what is known, across the wrap of sequence numbers. */
  @Test
  void piecesInAnyOrder() {
    for (int seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int start = seed % 2 == 0 ? random.nextInt() : -random.nextInt(3000);
      byte[] stream = new byte[6000];
      random.nextBytes(stream);
      boolean[] known = new boolean[stream.length];
      ReceiveBuffer buffer = new ReceiveBuffer();
      buffer.begin(start);
      ByteBuf data = Unpooled.wrappedBuffer(stream);
      int read = 0;
      while (read < stream.length) {
        int next = buffer.next() - start;
        int from = Math.min(stream.length - 1, next + random.nextInt(500));
        int length = Math.min(stream.length - from, random.nextInt(1, 400));
        if (random.nextInt(3) == 0) {
          from = next;
          length = Math.min(stream.length - from, 100);
        }
        if (length > 0 && buffer.store(start + from, data, from, length)) {
          for (int i = 0; i < length; i++) {
            known[from + i] = true;
          }
        }
        int expected = next;
        while (expected < known.length && known[expected]) {
          expected++;
        }
        assertThat(buffer.next() - start).isEqualTo(expected);
        byte[] into = new byte[random.nextInt(1, 300)];
        int count = buffer.read(into, 0, into.length);
        for (int i = 0; i < count; i++) {
          assertThat(into[i]).isEqualTo(stream[read + i]);
        }
        read += count;
      }
      assertThat(buffer.gap()).isFalse();
      assertThat(buffer.available()).isZero();
    }
  }

  @Test
  void islandsAreBounded() {
    ReceiveBuffer buffer = new ReceiveBuffer();
    buffer.begin(0);
    ByteBuf data = Unpooled.wrappedBuffer(new byte[1000]);
    for (int i = 0; i < ReceiveBuffer.MAX_ISLANDS; i++) {
      assertThat(buffer.store(1 + 3 * i, data, 0, 1)).isTrue();
    }
    assertThat(buffer.store(1 + 3 * ReceiveBuffer.MAX_ISLANDS, data, 0, 1)).isFalse();
    assertThat(buffer.store(0, data, 0, 500)).isTrue();
    assertThat(buffer.gap()).isFalse();
    assertThat(buffer.available()).isEqualTo(500);
  }
}
