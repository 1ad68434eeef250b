package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

class PayloadCompressorTest {
  private final PayloadCompressor compressor = new PayloadCompressor();

  private static byte[] deflated(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(plain);
    deflater.finish();
    byte[] space = new byte[plain.length + 64];
    int length = deflater.deflate(space);
    deflater.end();
    return Arrays.copyOf(space, length);
  }

  private int expand(byte[] stream, int length) {
    ByteBuf data = Unpooled.wrappedBuffer(stream);
    return compressor.expand(data, 0, length);
  }

  /** Linux gives a stream that ends too early one octet of zero more (crypto/deflate.c). */
  @Test
  void oneMissingOctetIsTakenForZero() {
    int endingInZero = 0;
    for (int length = 100; length < 140; length++) {
      byte[] plain =
          "compress me ".repeat(20).substring(0, length).getBytes(StandardCharsets.UTF_8);
      byte[] stream = deflated(plain);
      assertThat(expand(stream, stream.length)).isEqualTo(length);
      byte[] zeroed = stream.clone();
      zeroed[stream.length - 1] = 0;
      int size = expand(zeroed, stream.length);
      endingInZero += Arrays.equals(zeroed, stream) ? 1 : 0;
      byte[] expected = Arrays.copyOf(compressor.output(), Math.max(0, size));
      assertThat(expand(stream, stream.length - 1)).isEqualTo(size);
      assertThat(Arrays.copyOf(compressor.output(), expected.length)).isEqualTo(expected);
      assertThat(expand(stream, stream.length - 2)).isEqualTo(-1);
    }
    assertThat(endingInZero).isPositive();
  }

  @Test
  void nothingExpandsToNothing() {
    assertThat(expand(new byte[] {1}, 0)).isEqualTo(-1);
  }
}
