package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;

/** Where the initialization vectors of one outbound SA come from: none comes twice. */
@FunctionalInterface
public interface IvSource {
  /**
   * Writes the IV of a packet.
   *
   * @param at absolute index of the IV; as many bytes as the algorithm's IV has
   * @param sequence the whole sequence number, which is never the same twice
   */
  void write(ByteBuf data, int at, long sequence);

  /**
   * An eight-byte counter, as Linux's seqiv makes it: the sequence number xor-ed with a value that
   * stays for the life of the key. For counter modes only, whose IVs need not be unpredictable.
   */
  static IvSource counter(long mask) {
    return (data, at, sequence) -> data.setLong(at, sequence ^ mask);
  }

  /** The IV of a recorded packet, to build that packet again. Good for one packet only. */
  static IvSource recorded(byte[] iv) {
    byte[] own = iv.clone();
    return (data, at, sequence) -> data.setBytes(at, own);
  }

  /** For algorithms without IV. */
  static IvSource none() {
    return (data, at, sequence) -> {};
  }
}
