package org.larval.xfrm.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Native memory that one packet at a time is worked on with: nonce, additional data, tag, the
 * library's context, one expanded key, and room for a packet that lives on the heap. Belongs to one
 * thread; freed with the backend.
 */
final class NativeScratch {
  private static final int LINE = 64;
  private static final int FIRST = 4096;

  // Places in the small memory; each begins its own cache line.
  private static final int NONCE = 0;
  private static final int NONCE_BIT = LINE / 2;
  private static final int AAD = LINE;
  private static final int TAG = 2 * LINE;
  private static final int KEY = 3 * LINE;
  private static final int CONTEXT = 4 * LINE;
  private static final int EXPANDED = CONTEXT + 4 * LINE;

  private final MemorySegment small;

  /** The same memory: on the data path it costs the compiler a fraction of what a segment does. */
  private final ByteBuffer fields;

  private final long base;
  private final int keyData;
  private MemorySegment data;
  private ByteBuffer view;

  /** What stands at the nonce's place, which changes between two. */
  private int nonceAt = NONCE;

  private int nonceSalt;
  private long nonceIv;

  /** Whose key is expanded here, or null. */
  private @Nullable IpsecMbGcm owner;

  NativeScratch(int keyData) {
    this.keyData = keyData;
    small = Arena.ofAuto().allocate(EXPANDED + keyData, LINE);
    fields = small.asByteBuffer();
    base = small.address();
    data = Arena.ofAuto().allocate(FIRST, LINE);
    view = data.asByteBuffer();
  }

  /** Sets the nonce: four bytes of salt and the packet's eight of IV. */
  long nonce(int salt, long iv) {
    if (iv != nonceIv || salt != nonceSalt) {
      write(salt, iv);
    }
    return base + nonceAt;
  }

  /**
   * Writes the nonce that is likely to be asked for next, beside the one in use. The library loads
   * a nonce in one piece, and a load of what was just stored in two waits until all stores before
   * them are done; that wait is as long as the encryption of a small packet.
   */
  void nonceAhead(int salt, long iv) {
    nonceAt ^= NONCE_BIT;
    write(salt, iv);
  }

  private void write(int salt, long iv) {
    fields.putInt(nonceAt, salt);
    fields.putLong(nonceAt + 4, iv);
    nonceSalt = salt;
    nonceIv = iv;
  }

  /** Sets additional data of eight bytes: SPI and sequence number. */
  long aad(long header) {
    fields.putLong(AAD, header);
    return base + AAD;
  }

  /** Sets additional data of twelve bytes: SPI and the whole of an extended sequence number. */
  long aad(long header, int sequenceHigh) {
    fields.putInt(AAD, (int) (header >>> 32));
    fields.putInt(AAD + 4, sequenceHigh);
    fields.putInt(AAD + 8, (int) header);
    return base + AAD;
  }

  /** Where the library writes a tag that is to be compared. */
  long tag() {
    return base + TAG;
  }

  /** The first eight bytes of that tag. */
  long tagFirst() {
    return fields.getLong(TAG);
  }

  /** The last bytes of a tag of 12 or 16 bytes, as a number. */
  long tagRest(int length) {
    return length == 12 ? fields.getInt(TAG + 8) : fields.getLong(TAG + 8);
  }

  /** Sets a raw key of up to 32 bytes. */
  long key(long first, long second, long third, long fourth) {
    fields.putLong(KEY, first);
    fields.putLong(KEY + 8, second);
    fields.putLong(KEY + 16, third);
    fields.putLong(KEY + 24, fourth);
    return base + KEY;
  }

  /** Overwrites the raw key. */
  void clearKey() {
    key(0, 0, 0, 0);
  }

  /** The library's own work memory. */
  long context() {
    return base + CONTEXT;
  }

  /** Where one key can be expanded. */
  long expanded() {
    return base + EXPANDED;
  }

  /** Whether the key that is expanded here is this one's. */
  boolean expandedFor(IpsecMbGcm cipher) {
    return owner == cipher;
  }

  /** Says whose key is expanded here. */
  void expandedBy(IpsecMbGcm cipher) {
    owner = cipher;
  }

  /** Overwrites the raw key and, if it is this one's, the expanded key. */
  void forget(IpsecMbGcm cipher) {
    clearKey();
    if (owner == cipher) {
      owner = null;
      small.asSlice(EXPANDED, keyData).fill((byte) 0);
    }
  }

  /** Memory for a packet's bytes; what stood there before may be gone. */
  MemorySegment data(int length) {
    if (data.byteSize() < length) {
      data = Arena.ofAuto().allocate(Math.max(length, 2 * data.byteSize()), LINE);
      view = data.asByteBuffer();
    }
    return data;
  }

  /** The first bytes of that memory as Netty and NIO like them. */
  ByteBuffer view(int length) {
    data(length);
    return view.limit(length).position(0);
  }
}
