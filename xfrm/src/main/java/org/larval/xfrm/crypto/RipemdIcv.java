package org.larval.xfrm.crypto;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/** HMAC-RIPEMD-160 (RFC 2857) by Bouncy Castle, since the JDK lacks the hash. */
final class RipemdIcv extends TruncatedIcv {
  private final HMac mac = new HMac(new RIPEMD160Digest());

  /** Copies the key. */
  RipemdIcv(Protection.Authentication protection, Scratch scratch) {
    super(protection, scratch);
    byte[] key = protection.key().getEncoded();
    mac.init(new KeyParameter(key));
    Arrays.fill(key, (byte) 0);
  }

  @Override
  void feed(byte[] bytes, int at, int count) {
    mac.update(bytes, at, count);
  }

  @Override
  void end(byte[] out) {
    mac.doFinal(out, 0);
  }

  /** Keyed with nothing, its pads are written over. */
  @Override
  void forget() {
    mac.init(new KeyParameter(new byte[0]));
  }
}
