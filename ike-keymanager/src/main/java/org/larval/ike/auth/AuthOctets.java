package org.larval.ike.auth;

import java.nio.charset.StandardCharsets;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/**
 * What an AUTH payload covers, and the AUTH of those who prove that they know a key (RFC 7296
 * section 2.15, RFC 9242, RFC 7619).
 */
public final class AuthOctets {
  private static final Octets KEY_PAD =
      Octets.of("Key Pad for IKEv2".getBytes(StandardCharsets.US_ASCII));

  private AuthOctets() {}

  /**
   * InitiatorSignedOctets or ResponderSignedOctets.
   *
   * @param prfKey SK_pi for the initiator's, SK_pr for the responder's
   * @param message the signer's whole IKE_SA_INIT message as last sent, without a non-ESP marker
   * @param nonce the other side's nonce
   * @param identity the signer's ID payload without its generic header
   * @param intAuth {@link #intAuth}, empty when no IKE_INTERMEDIATE took place
   */
  public static Octets of(
      KeySchedule schedule,
      Secret prfKey,
      Octets message,
      Octets nonce,
      Octets identity,
      Octets intAuth) {
    Octets mac = Octets.of(schedule.prf(prfKey, identity).toArray());
    return message.and(nonce).and(mac).and(intAuth);
  }

  /**
   * What IKE_INTERMEDIATE exchanges add (RFC 9242 section 3.3.2).
   *
   * @param initiator last link of the chain over requests
   * @param responder last link of the chain over responses
   * @param messageId of the first IKE_AUTH message
   */
  public static Octets intAuth(Octets initiator, Octets responder, int messageId) {
    return initiator.and(responder).and(Octets.number(messageId & 0xffff_ffffL, 4));
  }

  /**
   * AUTH data of method 2, of EAP, and of method 13.
   *
   * @param key the preshared key; the MSK of EAP; without one, and for NULL authentication, the
   *     signer's own SK_pi or SK_pr
   */
  public static Secret sharedKey(KeySchedule schedule, Secret key, Octets signed) {
    Secret padded = schedule.prf(key, KEY_PAD);
    Secret auth = schedule.prf(padded, signed);
    padded.destroy();
    return auth;
  }

  /** Whether AUTH data is what the key gives, in constant time. */
  public static boolean sharedKeyHolds(
      KeySchedule schedule, Secret key, Octets signed, Octets authData) {
    return sharedKey(schedule, key, signed).equals(Secret.of(authData.toArray()));
  }
}
