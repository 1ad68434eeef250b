package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EchoedOptionsTest {
  /** As many bytes as a kernel repeats, padding included. */
  @ParameterizedTest
  @CsvSource({
    "45, '', 0",
    "48, 860c00000010010600014440, 12",
    "48, 8601000000000000 00000000, 0",
    "48, 8607000000100100 00000000, 8",
    "48, 860b00000063010400000100, 12",
    "46, 8610000000100104, 0",
    "48, 01860a000000100104000000, 12",
    "47, 83040000 860800000010, 0",
    "48, 83040000 8608000000100100, 8",
    "46, 0001860600000010, 0",
    "4a, 860a000000100104000086 0a00000010010400, 12",
    "60, 860c00000010010600014440, 0",
  })
  void repeatsCipsoAsItCame(String first, String options, int bytes) {
    String header = first + "00".repeat(19) + options.replace(" ", "");
    ByteBuf data = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(header + "00".repeat(60)));
    assertThat(EchoedOptions.bytes(data, 0)).isEqualTo(bytes);
  }
}
