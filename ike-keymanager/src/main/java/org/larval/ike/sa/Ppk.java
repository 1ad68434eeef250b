package org.larval.ike.sa;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** Post-quantum preshared keys (RFC 8784). */
final class Ppk {
  private static final int FIXED = 2;

  private Ppk() {}

  /**
   * The key to mix in, or null for none.
   *
   * @throws RefusedException if there must be one
   */
  static @Nullable Secret of(IkeSa sa) throws RefusedException {
    Connection connection = sa.connection();
    String id = connection.ppkId();
    if (id == null) {
      return null;
    }
    Secret key = sa.host.keyring().ppkOf(id);
    if (key != null && sa.handshake().peerUsesPpk) {
      return key;
    }
    if (connection.ppkRequired()) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED,
          key == null
              ? "the post-quantum preshared key " + id + " is not known"
              : "the peer does not use post-quantum preshared keys");
    }
    return null;
  }

  /** The data of PPK_IDENTITY. */
  static Octets identity(Connection connection) {
    return Octets.of((byte) FIXED)
        .and(Octets.of(String.valueOf(connection.ppkId()).getBytes(StandardCharsets.UTF_8)));
  }

  /** The name in PPK_IDENTITY, or null. */
  static @Nullable String name(Octets data) {
    return data.size() < 2 || data.at(0) != FIXED
        ? null
        : new String(data.slice(1, data.size() - 1).toArray(), StandardCharsets.UTF_8);
  }
}
