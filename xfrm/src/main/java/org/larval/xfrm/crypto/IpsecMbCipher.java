package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/**
 * A combined-mode cipher of ESP by libIPSec_MB. A packet in native memory is worked on where it is;
 * one on the heap is copied into native memory and back. Nothing is allocated.
 *
 * <p>The library gets bare addresses, so every index is checked here first. When opening it only
 * computes the tag: the comparison, in constant time, is ours, and if it fails the payload, which
 * is decrypted by then, is overwritten with zeros. A fence after each call keeps the native memory
 * that its addresses lead to.
 */
abstract sealed class IpsecMbCipher implements EspCipher permits IpsecMbGcm, IpsecMbChaCha {
  /** Bytes of salt behind the key. */
  static final int SALT = 4;

  private static final int HEADER = 8;
  private static final int IV = 8;
  private static final int BODY = HEADER + IV;
  private static final int ALIGNMENT = 4;
  private static final int SHORT_TAG = 12;

  final NativeScratch scratch;
  private final int salt;
  private final int tagLength;
  private final boolean extended;
  private boolean erased;

  IpsecMbCipher(int salt, int tagLength, boolean extended, NativeScratch scratch) {
    this.salt = salt;
    this.tagLength = tagLength;
    this.extended = extended;
    this.scratch = scratch;
  }

  /** Encrypts in place and writes the tag. All are addresses and lengths, checked. */
  abstract void encrypt(long at, int length, long nonce, long aad, int aadLength, long tag);

  /** Decrypts in place and writes the tag that should have come. */
  abstract void decrypt(long at, int length, long nonce, long aad, int aadLength, long tag);

  /** Overwrites the key wherever it is. Called once. */
  abstract void eraseKey();

  @Override
  public final int ivLength() {
    return IV;
  }

  @Override
  public final int icvLength() {
    return tagLength;
  }

  @Override
  public final int alignment() {
    return ALIGNMENT;
  }

  /** Whether the buffer holds all that is to be read and written. */
  private boolean fits(ByteBuf data, int esp, int clear) {
    return !erased
        && esp >= 0
        && clear >= 0
        && (long) esp + BODY + clear + tagLength <= data.capacity()
        && !data.isReadOnly();
  }

  @Override
  public final boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    try {
      return sealed(data, esp, clear, sequenceHigh);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private boolean sealed(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (!fits(data, esp, clear)) {
      return false;
    }
    // Netty's own read comes first: it refuses a buffer that was released.
    long iv = data.getLong(esp + HEADER);
    long nonce = scratch.nonce(salt, iv);
    int body = esp + BODY;
    if (data.hasMemoryAddress()) {
      long at = data.memoryAddress() + body;
      long aad = extended ? scratch.aad(data.getLong(esp), sequenceHigh) : at - BODY;
      encrypt(at, clear, nonce, aad, aadLength(), at + clear);
      expectNext(data, esp, iv);
      return true;
    }
    MemorySegment own = load(data, body, clear, tagLength);
    long at = own.address();
    encrypt(at, clear, nonce, aad(data.getLong(esp), sequenceHigh), aadLength(), at + clear);
    store(own, data, body, clear + tagLength);
    return true;
  }

  @Override
  public final boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    try {
      return opened(data, esp, clear, sequenceHigh);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private boolean opened(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (!fits(data, esp, clear)) {
      return false;
    }
    long iv = data.getLong(esp + HEADER);
    long nonce = scratch.nonce(salt, iv);
    int body = esp + BODY;
    if (data.hasMemoryAddress()) {
      long at = data.memoryAddress() + body;
      long aad = extended ? scratch.aad(data.getLong(esp), sequenceHigh) : at - BODY;
      decrypt(at, clear, nonce, aad, aadLength(), scratch.tag());
      if (differs(data, body + clear)) {
        data.setZero(body, clear);
        return false;
      }
      return true;
    }
    MemorySegment own = load(data, body, clear, 0);
    long aad = aad(data.getLong(esp), sequenceHigh);
    decrypt(own.address(), clear, nonce, aad, aadLength(), scratch.tag());
    boolean wrong = differs(data, body + clear);
    if (wrong) {
      own.asSlice(0, clear).fill((byte) 0);
    }
    store(own, data, body, clear);
    return !wrong;
  }

  /** Most senders' IVs are the sequence number xor-ed with a constant, as Linux's seqiv has it. */
  private void expectNext(ByteBuf data, int esp, long iv) {
    int sequence = data.getInt(esp + 4);
    scratch.nonceAhead(salt, iv ^ (sequence ^ sequence + 1) & 0xffff_ffffL);
  }

  private int aadLength() {
    return extended ? HEADER + 4 : HEADER;
  }

  private long aad(long header, int sequenceHigh) {
    return extended ? scratch.aad(header, sequenceHigh) : scratch.aad(header);
  }

  /** Compares the computed tag with the packet's, in the same time wherever they differ. */
  private boolean differs(ByteBuf data, int at) {
    long difference = scratch.tagFirst() ^ data.getLong(at);
    if (tagLength == SHORT_TAG) {
      difference |= scratch.tagRest(tagLength) ^ data.getInt(at + 8);
    } else if (tagLength > SHORT_TAG) {
      difference |= scratch.tagRest(tagLength) ^ data.getLong(at + 8);
    }
    return difference != 0;
  }

  private MemorySegment load(ByteBuf data, int at, int length, int more) {
    MemorySegment own = scratch.data(length + more);
    if (data.hasArray()) {
      int from = data.arrayOffset() + at;
      MemorySegment.copy(data.array(), from, own, ValueLayout.JAVA_BYTE, 0, length);
    } else {
      data.getBytes(at, scratch.view(length));
    }
    return own;
  }

  private void store(MemorySegment own, ByteBuf data, int at, int length) {
    if (data.hasArray()) {
      int to = data.arrayOffset() + at;
      MemorySegment.copy(own, ValueLayout.JAVA_BYTE, 0, data.array(), to, length);
    } else {
      data.setBytes(at, scratch.view(length));
    }
  }

  @Override
  public final void erase() {
    if (!erased) {
      erased = true;
      eraseKey();
    }
  }
}
