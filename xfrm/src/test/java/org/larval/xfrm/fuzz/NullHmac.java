package org.larval.xfrm.fuzz;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** ESP without a cipher under HMAC-SHA-256-128: any content can be made authentic. */
final class NullHmac {
  private static final int ICV = 16;
  private static final byte[] KEY = new byte[32];

  /** The algorithm as {@code ip xfrm} has it. */
  static final String CLAUSE = "auth-trunc hmac(sha256) 0x" + "00".repeat(32) + " 128";

  private NullHmac() {}

  /** Appends the check value to a packet without extension headers. */
  static byte[] seal(byte[] packet) {
    int upper = upper(packet);
    if (packet.length <= upper) {
      return packet;
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
      mac.update(packet, upper, packet.length - upper);
      byte[] sealed = Arrays.copyOf(packet, packet.length + ICV);
      System.arraycopy(mac.doFinal(), 0, sealed, packet.length, ICV);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where the header after IP is. */
  static int upper(byte[] packet) {
    return packet.length == 0 || packet[0] >>> 4 == 6 ? 40 : (packet[0] & 15) * 4;
  }
}
