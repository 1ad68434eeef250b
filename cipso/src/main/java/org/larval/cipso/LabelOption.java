package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.larval.wire.Checksum;

/**
 * The bytes of a label as an option of an IP header, without padding: CIPSO for IPv4, CALIPSO for
 * IPv6. Immutable, made once for each label.
 */
public final class LabelOption {
  private final boolean v6;
  private final int doi;
  private final byte[] bytes;
  private final long sum;

  LabelOption(boolean v6, int doi, byte[] bytes) {
    this.v6 = v6;
    this.doi = doi;
    this.bytes = bytes;
    sum = Checksum.sum(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
  }

  /** The Internet checksum's sum of the option, not folded: padding adds nothing. */
  long sum() {
    return sum;
  }

  /** Whether it is CALIPSO. */
  public boolean v6() {
    return v6;
  }

  /** The domain of interpretation, 32 bits. */
  public int doi() {
    return doi;
  }

  /** Bytes of the option. */
  public int length() {
    return bytes.length;
  }

  /**
   * Bytes that it adds to the header of a packet without other options, and takes from TCP's
   * segments: CIPSO with its padding to 4 bytes, CALIPSO with a hop-by-hop header around it.
   */
  public int headerBytes() {
    return v6 ? 2 + CalipsoOption.LEAD[2] + bytes.length + 7 & ~7 : bytes.length + 3 & ~3;
  }

  /** Writes the bare option at an absolute index. */
  public void write(ByteBuf out, int index) {
    out.setBytes(index, bytes);
  }

  /**
   * Writes the {@link #headerBytes()} at an absolute index: all options of an IPv4 header, or a
   * whole hop-by-hop header.
   *
   * @param nextHeader what follows the hop-by-hop header; of no use for IPv4
   */
  public void writeHeader(ByteBuf out, int index, int nextHeader) {
    int size = headerBytes();
    if (!v6) {
      out.setBytes(index, bytes);
      out.setZero(index + bytes.length, size - bytes.length);
      return;
    }
    int at = 2 + CalipsoOption.LEAD[2];
    out.setByte(index, nextHeader);
    out.setByte(index + 1, size / 8 - 1);
    HopByHop.pad(out, index + 2, at - 2);
    out.setBytes(index + at, bytes);
    HopByHop.pad(out, index + at + bytes.length, size - at - bytes.length);
  }

  @Override
  public String toString() {
    return (v6 ? "CALIPSO " : "CIPSO ") + HexFormat.of().formatHex(bytes);
  }
}
