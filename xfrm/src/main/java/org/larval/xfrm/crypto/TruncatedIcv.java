package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * Check values cut to their first bytes, as Linux cuts any digest (RFC 2104 section 5), and
 * compared in constant time.
 */
abstract sealed class TruncatedIcv implements Icv permits HmacIcv, RipemdIcv, AesIcv, NoIcv {
  private final Protection.Authentication protection;
  private final Scratch scratch;
  private final int length;
  private final byte[] digest;
  private boolean erased;

  /** Keeps nothing of the key. */
  TruncatedIcv(Protection.Authentication protection, Scratch scratch) {
    this.protection = protection;
    this.scratch = scratch;
    length = protection.icvBits() / Byte.SIZE;
    digest = new byte[protection.algorithm().digestLength()];
  }

  /** Feeds bytes; not called after {@link #forget}. */
  abstract void feed(byte[] bytes, int at, int count) throws GeneralSecurityException;

  /** Writes the whole digest and begins anew; not called after {@link #forget}. */
  abstract void end(byte[] out) throws GeneralSecurityException;

  /** Overwrites the key. */
  abstract void forget();

  @Override
  public final int length() {
    return length;
  }

  @Override
  public final void update(ByteBuf data, int at, int count) {
    update(scratch.array(data, at, count), Scratch.at(data, at), count);
  }

  @Override
  public final void update(byte[] data, int at, int count) {
    if (erased) {
      return;
    }
    try {
      feed(data, at, count);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a keyed " + protection.algorithm() + " takes any bytes", e);
    }
  }

  @Override
  public final boolean sign(ByteBuf data, int at) {
    boolean made = finish();
    if (made) {
      data.setBytes(at, digest, 0, length);
    }
    return made;
  }

  @Override
  public final boolean verify(ByteBuf data, int at) {
    return finish() && Bytes.same(data, at, digest, 0, length);
  }

  private boolean finish() {
    if (erased) {
      return false;
    }
    try {
      end(digest);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  @Override
  public final void erase() {
    if (!erased) {
      erased = true;
      forget();
      Arrays.fill(digest, (byte) 0);
    }
  }

  @Override
  public final String toString() {
    return protection.algorithm() + " cut to " + protection.icvBits() + " bits";
  }
}
