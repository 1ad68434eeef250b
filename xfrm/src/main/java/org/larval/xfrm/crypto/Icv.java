package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;

/**
 * One keyed integrity algorithm as AH uses it (RFC 4302 section 3.3.3): fed piece by piece, because
 * mutable fields are replaced by zeros on the way. An instance belongs to one thread.
 */
public interface Icv {
  /** Bytes of check value, after truncation. */
  int length();

  /** Feeds bytes of the packet. */
  void update(ByteBuf data, int at, int length);

  /** Feeds bytes of an array. */
  void update(byte[] data, int at, int length);

  /** Ends and writes the check value; the next update begins anew. False if the key was erased. */
  boolean sign(ByteBuf data, int at);

  /** Ends and compares in constant time; the next update begins anew. False after erasure too. */
  boolean verify(ByteBuf data, int at);

  /** Overwrites the key. */
  void erase();
}
