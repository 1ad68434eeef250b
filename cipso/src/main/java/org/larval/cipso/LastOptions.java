package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import org.larval.wire.Ipv4View;

/** The options of one IPv4 header, by their bytes: most headers have those of the one before. */
final class LastOptions {
  private static final int NONE = -1;

  private final long[] words = new long[(Ipv4View.MAX_HEADER - Ipv4View.HEADER) / Long.BYTES];
  private int length = NONE;

  void forget() {
    length = NONE;
  }

  /** Whether a header has these options; it must lie within the buffer. */
  boolean are(ByteBuf data, int ip) {
    int size = size(data, ip);
    if (size != length) {
      return false;
    }
    int at = ip + Ipv4View.HEADER;
    int i = 0;
    for (; (i + 1) * Long.BYTES <= size; i++) {
      if (words[i] != data.getLong(at + i * Long.BYTES)) {
        return false;
      }
    }
    return i * Long.BYTES == size || words[i] == data.getInt(at + i * Long.BYTES);
  }

  /** Keeps the options of a header. */
  void keep(ByteBuf data, int ip) {
    int size = size(data, ip);
    int at = ip + Ipv4View.HEADER;
    length = size;
    int i = 0;
    for (; (i + 1) * Long.BYTES <= size; i++) {
      words[i] = data.getLong(at + i * Long.BYTES);
    }
    if (i * Long.BYTES < size) {
      words[i] = data.getInt(at + i * Long.BYTES);
    }
  }

  private static int size(ByteBuf data, int ip) {
    return (data.getUnsignedByte(ip) & 15) * 4 - Ipv4View.HEADER;
  }
}
