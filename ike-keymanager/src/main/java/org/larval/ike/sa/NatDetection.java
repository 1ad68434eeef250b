package org.larval.ike.sa;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.larval.ike.Endpoint;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/**
 * Whether somebody rewrites addresses on the way (RFC 7296 section 2.23): each end tells hashes of
 * where it thinks that messages come from and go to.
 */
final class NatDetection {
  private NatDetection() {}

  /** Tells them; with a forced NAT, wrongly. */
  static void tell(IkeSa sa, Draft draft, boolean pretend) {
    Endpoint source = pretend ? sa.local().on(0) : sa.local();
    draft.notify(
        NotifyType.NAT_DETECTION_SOURCE_IP, hash(sa.initiatorSpi(), sa.responderSpi(), source));
    draft.notify(
        NotifyType.NAT_DETECTION_DESTINATION_IP,
        hash(sa.initiatorSpi(), sa.responderSpi(), sa.remote()));
  }

  /** Compares what the peer told with where its message came from and went to. */
  static void compare(Turn turn, IkeSa sa, Message message) {
    if (!message.has(NotifyType.NAT_DETECTION_SOURCE_IP)
        || !message.has(NotifyType.NAT_DETECTION_DESTINATION_IP)) {
      return;
    }
    // a first message has no SPI of the responder
    long initiator = message.header().initiatorSpi();
    long responder = message.header().responderSpi();
    boolean there = true;
    boolean here = true;
    for (NotifyPayload notify : message.all(NotifyPayload.class)) {
      // a peer with several addresses sends several sources
      if (notify.is(NotifyType.NAT_DETECTION_SOURCE_IP)) {
        there &= !notify.data().equals(hash(initiator, responder, sa.remote()));
      } else if (notify.is(NotifyType.NAT_DETECTION_DESTINATION_IP)) {
        here &= !notify.data().equals(hash(initiator, responder, sa.local()));
      }
    }
    sa.nat(here, there);
    if (here || there) {
      String whose = here ? there ? "both ends" : "this end" : "the peer";
      sa.log(turn, "there is a NAT in front of " + whose);
    }
  }

  private static Octets hash(long initiator, long responder, Endpoint endpoint) {
    try {
      // SHA-1 by the RFC; it hides nothing and proves nothing
      MessageDigest sha = MessageDigest.getInstance("SHA-1");
      sha.update(Octets.number(initiator, 8).toArray());
      sha.update(Octets.number(responder, 8).toArray());
      sha.update(endpoint.octets().toArray());
      return Octets.of(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
