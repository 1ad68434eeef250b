package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.larval.xfrm.crypto.Icv;

/** HMAC the plain way, to compare with. */
final class PlainHmac implements Icv {
  private final Mac mac;
  private final int length;

  PlainHmac(String algorithm, byte[] key, int length) {
    try {
      mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    this.length = length;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void update(ByteBuf data, int at, int count) {
    mac.update(ByteBufUtil.getBytes(data, at, count));
  }

  @Override
  public void update(byte[] data, int at, int count) {
    mac.update(data, at, count);
  }

  private byte[] value() {
    return Arrays.copyOf(mac.doFinal(), length);
  }

  @Override
  public boolean sign(ByteBuf data, int at) {
    data.setBytes(at, value());
    return true;
  }

  @Override
  public boolean verify(ByteBuf data, int at) {
    return MessageDigest.isEqual(value(), ByteBufUtil.getBytes(data, at, length));
  }

  @Override
  public void erase() {
    mac.reset();
  }
}
