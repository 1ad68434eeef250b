package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;

/** HMAC by the JDK (RFC 2104) with SHA-1 (RFC 2404) and SHA-2 (RFC 4868), keyed once. */
final class HmacIcv extends TruncatedIcv {
  private final Secret key;
  private final Mac mac;

  /** Copies the key. */
  HmacIcv(Protection.Authentication protection, String name, Scratch scratch)
      throws GeneralSecurityException {
    super(protection, scratch);
    key = protection.key().part(0, protection.key().length(), name);
    mac = Mac.getInstance(name);
    mac.init(key);
  }

  @Override
  void feed(byte[] bytes, int at, int count) {
    mac.update(bytes, at, count);
  }

  @Override
  void end(byte[] out) throws GeneralSecurityException {
    mac.doFinal(out, 0);
  }

  @Override
  void forget() {
    key.destroy();
    Erasing.mac(mac, key, key.length());
  }
}
