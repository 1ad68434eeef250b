package org.larval.ike.eap;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** An EAP-MSCHAPv2 conversation of others, as far as its password can be tried on it. */
public final class MsChapV2Transcript {
  private static final int HEADER = 4;

  private @Nullable Octets challenge;
  private @Nullable Octets response;

  /** The next EAP packet of the conversation; what is not MSCHAPv2 is passed over. */
  public void add(Octets encoded) {
    EapPacket packet = EapPacket.of(encoded);
    if (packet == null || packet.type() != MsChapV2.TYPE || packet.data().size() < HEADER + 1) {
      return;
    }
    Octets data = packet.data();
    boolean asks = packet.code() == EapPacket.REQUEST;
    int size = data.at(HEADER);
    if (data.size() < HEADER + 1 + size) {
      return;
    }
    if (asks && data.at(0) == MsChapV2.CHALLENGE && size == MsChapV2.CHALLENGE_SIZE) {
      challenge = data;
    } else if (!asks && data.at(0) == MsChapV2.RESPONSE && size == MsChapV2.RESPONSE_SIZE) {
      response = data;
    }
  }

  /** The key if this is the password, in UTF-8; null if it is not, or the exchange is not there. */
  public @Nullable Secret msk(Secret password) {
    Octets asked = challenge;
    Octets answered = response;
    if (asked == null || answered == null) {
      return null;
    }
    int from = HEADER + 1;
    int name = from + MsChapV2.RESPONSE_SIZE;
    String user =
        new String(answered.slice(name, answered.size() - name).toArray(), StandardCharsets.UTF_8);
    MsChapV2 computed =
        new MsChapV2(
            user,
            password,
            asked.slice(from, MsChapV2.CHALLENGE_SIZE).toArray(),
            answered.slice(from, MsChapV2.CHALLENGE_SIZE).toArray());
    // behind the challenge and eight zeroes
    byte[] shown =
        answered.slice(from + MsChapV2.CHALLENGE_SIZE + 8, MsChapV2.NT_RESPONSE_SIZE).toArray();
    Secret msk = MessageDigest.isEqual(computed.ntResponse(), shown) ? computed.msk() : null;
    computed.destroy();
    return msk;
  }
}
