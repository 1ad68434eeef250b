package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Raw deflate (RFC 1951, RFC 2394) as crypto/deflate.c sets it up: default level and strategy,
 * nothing remembered between packets. One belongs to a guest, whose packets go through it one at a
 * time; the result stands in {@link #output} until the next.
 *
 * <p>Linux compresses within a window of 2048 bytes, zlib's Java face within 32768. Packets that
 * fit a common link are too short to show it; longer ones come out smaller here than there, and
 * Linux opens them, since it inflates in one go into the whole output.
 */
final class PayloadCompressor {
  /** The most bytes that a packet may open to (IPCOMP_SCRATCH_SIZE). */
  static final int LIMIT = 65_400;

  private static final byte[] ZERO = new byte[1];

  private byte[] input = new byte[2048];
  private byte[] output = new byte[0];
  private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
  private final Inflater inflater = new Inflater(true);

  /** What {@link #compress} or {@link #expand} made. */
  byte[] output() {
    return output;
  }

  /**
   * Compresses part of a packet.
   *
   * @param limit the most bytes that the result may have
   * @return how many it has, or -1 if that is not enough
   */
  int compress(ByteBuf data, int at, int length, int limit) {
    deflater.reset();
    if (data.hasArray()) {
      deflater.setInput(data.array(), data.arrayOffset() + at, length);
    } else {
      deflater.setInput(copied(data, at, length), 0, length);
    }
    deflater.finish();
    byte[] space = space();
    int most = Math.min(limit, LIMIT);
    int made = 0;
    while (made < most && !deflater.finished()) {
      int more = deflater.deflate(space, made, most - made);
      if (more == 0) {
        break;
      }
      made += more;
    }
    return deflater.finished() ? made : -1;
  }

  /**
   * Expands part of a packet to at most {@link #LIMIT} bytes. A stream that ends too early is given
   * one octet of zero more, as in Linux, which works around old versions of zlib so.
   *
   * @return how many it has, or -1 if it is malformed, cut off or longer
   */
  int expand(ByteBuf data, int at, int length) {
    inflater.reset();
    if (data.hasArray()) {
      inflater.setInput(data.array(), data.arrayOffset() + at, length);
    } else {
      inflater.setInput(copied(data, at, length), 0, length);
    }
    byte[] space = space();
    int made = 0;
    boolean stuffed = length == 0;
    try {
      while (made < LIMIT && !inflater.finished()) {
        int more = inflater.inflate(space, made, LIMIT - made);
        if (more == 0 && (stuffed || !inflater.needsInput())) {
          break;
        }
        if (more == 0 && !inflater.finished()) {
          stuffed = true;
          inflater.setInput(ZERO);
        }
        made += more;
      }
    } catch (DataFormatException hostile) {
      return -1;
    }
    return inflater.finished() ? made : -1;
  }

  private byte[] copied(ByteBuf data, int at, int length) {
    if (input.length < length) {
      input = new byte[Math.max(length, input.length * 2)];
    }
    data.getBytes(at, input, 0, length);
    return input;
  }

  private byte[] space() {
    if (output.length == 0) {
      output = new byte[LIMIT];
    }
    return output;
  }

  /** Overwrites what was left of the last packets. */
  void forget() {
    Arrays.fill(input, (byte) 0);
    Arrays.fill(output, (byte) 0);
    deflater.reset();
    inflater.reset();
  }
}
