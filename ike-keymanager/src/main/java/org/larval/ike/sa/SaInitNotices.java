package org.larval.ike.sa;

import org.larval.ike.config.Connection;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** What the ends can do, said in the first exchange. */
final class SaInitNotices {
  /** SHA2-256, 384, 512 and the identity of EdDSA (RFC 7427, RFC 8420); never SHA-1. */
  private static final Octets HASHES = Octets.hex("0002000300040005");

  private SaInitNotices() {}

  static void tell(IkeSa sa, Draft draft, boolean intermediate) {
    Connection connection = sa.connection();
    if (connection.fragmentation() != Connection.Fragmentation.NO) {
      draft.notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    }
    draft.notify(NotifyType.SIGNATURE_HASH_ALGORITHMS, HASHES);
    if (connection.ppkId() != null && (sa.initiator || sa.handshake().peerUsesPpk)) {
      draft.notify(NotifyType.USE_PPK);
    }
    if (intermediate) {
      draft.notify(NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED);
    }
    if (!sa.initiator && connection.childless() != Connection.Childless.NEVER) {
      draft.notify(NotifyType.CHILDLESS_IKEV2_SUPPORTED);
    }
  }

  static void hear(IkeSa sa, Message message) {
    Handshake shared = sa.handshake();
    sa.peer().fragments = message.has(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED);
    sa.peer().redirects = message.has(NotifyType.REDIRECT_SUPPORTED);
    shared.peerUsesPpk = message.has(NotifyType.USE_PPK);
    shared.childless = message.has(NotifyType.CHILDLESS_IKEV2_SUPPORTED);
    NotifyPayload hashes = message.notification(NotifyType.SIGNATURE_HASH_ALGORITHMS);
    if (hashes != null) {
      for (int at = 0; at + 1 < hashes.data().size(); at += 2) {
        shared.peerHashes.add(hashes.data().unsignedShort(at));
      }
    }
  }
}
