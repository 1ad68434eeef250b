package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.labels.MlsLevel;
import org.larval.packet.Errno;

class CalipsoOptionTest {
  private final CalipsoOption option = new CalipsoOption();

  private static byte[] bytes(String level) {
    LabelOption made = ((Labeling.Attach) CalipsoOption.encode(16, MlsLevel.parse(level))).option();
    ByteBuf out = Unpooled.buffer(256);
    made.write(out, 0);
    return ByteBufUtil.getBytes(out, 0, made.length());
  }

  /** Made by an independent program. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "s0:c0.c10    | 070c00000010 0100 6950 ffe00000",
        "s0           | 070800000010 0000 076c",
        "s2:c31,c32   | 071000000010 0202 480d 00000001 80000000",
      })
  void vectors(String level, String hex) {
    String digits = hex.replace(" ", "");
    assertThat(ByteBufUtil.hexDump(bytes(level))).isEqualTo(digits);
    ByteBuf data = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits));
    option.wrap(data, 0, data.readableBytes());
    assertThat(option.validate(null)).isNull();
    assertThat(option.doi()).isEqualTo(16);
    assertThat(new MlsLevel(option.level(), option.categories())).isEqualTo(MlsLevel.parse(level));
  }

  /** Bit by bit, as RFC 1662 defines it; where ours counts zeros there are zeros. */
  @Test
  void crcIsThatOfHdlc() {
    byte[] bytes = "12345678..ABCDEF".getBytes(StandardCharsets.US_ASCII);
    int ours = CalipsoOption.crc(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    bytes[8] = 0;
    bytes[9] = 0;
    int register = 0xffff;
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      int in = bytes[bit / 8] >>> bit % 8 & 1;
      register = (register & 1) == in ? register >>> 1 : register >>> 1 ^ 0x8408;
    }
    assertThat(ours).isEqualTo(~register & 0xffff);
  }

  @Test
  void everyFlippedBitAndEveryCutIsNoticed() {
    byte[] good = bytes("s2:c31,c32,c100");
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      option.wrap(Unpooled.wrappedBuffer(bad), 0, bad.length);
      assertThat(option.validate(null)).as("bit %d", bit).isNotNull();
    }
    for (int cut = 0; cut < good.length; cut++) {
      option.wrap(Unpooled.copiedBuffer(good, 0, cut), 0, cut);
      assertThat(option.validate(null)).isEqualTo(CalipsoFault.TRUNCATED);
      assertThat(option.level()).isLessThan(256);
      assertThat(option.categories().highest()).isLessThan(256);
    }
  }

  @Test
  void faultsHaveNames() {
    ByteBuf shortOne = Unpooled.wrappedBuffer(new byte[] {7, 7, 0, 0, 0, 1, 0, 0, 0});
    option.wrap(shortOne, 0, 9);
    assertThat(option.validate(null)).isEqualTo(CalipsoFault.TOO_SHORT);
    byte[] good = bytes("s0:c3");
    good[6] = 2;
    option.wrap(Unpooled.wrappedBuffer(good), 0, good.length);
    assertThat(option.validate(null)).isEqualTo(CalipsoFault.COMPARTMENTS_CUT);
    CalipsoDois dois = new CalipsoDois();
    byte[] fine = bytes("s0:c3");
    option.wrap(Unpooled.wrappedBuffer(fine), 0, fine.length);
    assertThat(option.validate(dois)).isEqualTo(CalipsoFault.DOI_UNKNOWN);
    assertThat(dois.add(16)).isEqualTo(Errno.OK);
    assertThat(dois.add(16)).isEqualTo(Errno.EEXIST);
    assertThat(dois.add(0)).isEqualTo(Errno.EINVAL);
    assertThat(option.validate(dois)).isNull();
  }

  @Test
  void compartmentsEndAt1951() {
    assertThat(bytes("s0:c1951")).hasSize(254);
    assertThat(CalipsoOption.encode(16, MlsLevel.parse("s0:c1952")))
        .isEqualTo(Labeling.refuse(Errno.ENOSPC));
    assertThat(CalipsoOption.encode(16, null)).isEqualTo(Labeling.refuse(Errno.EPERM));
    assertThat(bytes("s257")[7]).isEqualTo((byte) 1);
  }

  @Test
  void randomBytesNeverDoMoreThanFail() {
    Random random = new Random(7);
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = new byte[random.nextInt(30)];
      random.nextBytes(bytes);
      if (bytes.length > 7) {
        bytes[1] = (byte) random.nextInt(30);
        bytes[6] = (byte) random.nextInt(6);
      }
      option.wrap(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
      assertThat(option.validate(null)).isNotNull();
      assertThat(option.categories().highest()).isLessThan(240);
    }
  }
}
