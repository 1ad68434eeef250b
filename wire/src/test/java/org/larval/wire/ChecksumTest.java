package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pcap4j.util.ByteArrays;

class ChecksumTest {
  private static ByteBuf hex(String text) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(text));
  }

  private static Random random(String test) {
    long seed = Long.getLong("larval.seed", test.hashCode());
    System.out.println(test + ": -Dlarval.seed=" + seed);
    return new Random(seed);
  }

  /** RFC 1071 section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2. */
  @Test
  void exampleOfRfc1071() {
    assertThat(Checksum.of(hex("0001f203f4f5f6f7"), 0, 8)).isEqualTo(~0xddf2 & 0xffff);
  }

  /** RFC 1624 section 4: where equation 2 of RFC 1141 gives ffff, equation 3 gives 0000. */
  @Test
  void exampleOfRfc1624() {
    assertThat(Checksum.update(0xdd2f, 0x5555, 0x3285)).isZero();
  }

  @Test
  void oddLengthsArePaddedWithZero() {
    ByteBuf data = hex("0001f203f4f5f6f7ab");
    assertThat(Checksum.sum(data, 0, 9)).isEqualTo(Checksum.sum(data, 0, 8) + 0xab00);
    assertThat(Checksum.of(data, 8, 1)).isEqualTo(0x54ff);
    assertThat(Checksum.of(data, 0, 0)).isEqualTo(0xffff);
    assertThat(Checksum.of(hex("0001f203f4f5f6f7ab00"), 0, 10)).isEqualTo(Checksum.of(data, 0, 9));
  }

  @Test
  void anyBytesAsPcap4j() {
    Random random = random("anyBytesAsPcap4j");
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = new byte[random.nextInt(1501)];
      random.nextBytes(bytes);
      assertThat(Checksum.of(Unpooled.wrappedBuffer(bytes), 0, bytes.length))
          .isEqualTo(ByteArrays.calcChecksum(bytes) & 0xffff);
    }
  }

  @Test
  void aLongRunOfOnesFolds() {
    byte[] bytes = new byte[65_536];
    java.util.Arrays.fill(bytes, (byte) 0xff);
    assertThat(Checksum.of(Unpooled.wrappedBuffer(bytes), 0, bytes.length)).isZero();
    assertThat(Checksum.fold(Long.MAX_VALUE)).isEqualTo(Checksum.of(hex("7fffffffffffffff"), 0, 8));
  }

  @Test
  void updatedAsIfComputedAnew() {
    Random random = random("updatedAsIfComputedAnew");
    for (int round = 0; round < 5000; round++) {
      int words = 2 + random.nextInt(40);
      ByteBuf data = Unpooled.buffer(words * 2);
      for (int i = 0; i < words; i++) {
        // many zeros and ones: the corners of ones' complement
        int word = random.nextInt(4) == 0 ? 0 : random.nextInt(4) == 0 ? 0xffff : random.nextInt();
        data.writeShort(word);
      }
      data.setByte(0, 0x45); // data that is not all zero, as the RFC supposes
      int at = 2 + random.nextInt(words - 1) * 2;
      int before = Checksum.of(data, 0, words * 2);
      int old = data.getUnsignedShort(at);
      int now = random.nextInt(8) == 0 ? 0 : random.nextInt(65_536);
      data.setShort(at, now);
      assertThat(Checksum.update(before, old, now)).isEqualTo(Checksum.of(data, 0, words * 2));
      if (at + 4 <= words * 2) {
        before = Checksum.of(data, 0, words * 2);
        int old32 = data.getInt(at);
        int now32 = random.nextInt();
        data.setInt(at, now32);
        assertThat(Checksum.update32(before, old32, now32))
            .isEqualTo(Checksum.of(data, 0, words * 2));
      }
    }
  }
}
