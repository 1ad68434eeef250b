package org.larval.ike.crypto;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.Transform;

/**
 * The algorithms of one pair of child SAs.
 *
 * @param protocol ESP or AH
 * @param encryption null for AH
 * @param keyBits the Key Length attribute of the encryption, 0 where it has none
 * @param integrity {@link Integrity#NONE} where the encryption authenticates
 * @param keyExchange {@link KeyExchangeMethod#NONE} without forward secrecy of its own
 * @param additional further key exchanges in their order (RFC 9370)
 * @param extendedSequence 64-bit sequence numbers
 */
public record ChildSuite(
    Protocol protocol,
    @Nullable Encryption encryption,
    int keyBits,
    Integrity integrity,
    KeyExchangeMethod keyExchange,
    List<KeyExchangeMethod> additional,
    boolean extendedSequence) {
  /** Keeps its own copy of the list. */
  public ChildSuite {
    additional = List.copyOf(additional);
  }

  /**
   * The algorithms of an answer.
   *
   * @throws IllegalArgumentException when one is missing or not known
   */
  public static ChildSuite of(Proposal answer) {
    Protocol protocol = Protocol.of(answer.protocol());
    Transform encr = Negotiation.one(answer, Transform.ENCR);
    Transform sn = Negotiation.one(answer, Transform.SN);
    if (protocol == null
        || protocol == Protocol.IKE
        || (protocol == Protocol.ESP) != (encr != null)) {
      throw new IllegalArgumentException("ESP needs encryption, AH has none");
    }
    return new ChildSuite(
        protocol,
        encr == null ? null : Negotiation.known(Encryption.of(encr.id())),
        encr == null ? 0 : encr.keyBits(),
        Negotiation.integrity(answer),
        Negotiation.keyExchange(answer, Transform.KE),
        IkeSuite.additional(answer),
        sn != null && sn.id() == 1);
  }

  /** Octets of encryption key with salt of one direction. */
  public int encryptionKeySize() {
    return encryption == null ? 0 : encryption.keyMaterialSize(keyBits);
  }

  static void methods(
      StringBuilder text, KeyExchangeMethod keyExchange, List<KeyExchangeMethod> additional) {
    if (keyExchange != KeyExchangeMethod.NONE) {
      text.append('-').append(keyExchange.keyword());
    }
    for (int at = 0; at < additional.size(); at++) {
      text.append("-ke").append(at + 1).append('_').append(additional.get(at).keyword());
    }
  }

  /** Keywords joined by hyphens. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(protocol.name().toLowerCase(java.util.Locale.ROOT));
    text.append(':').append(encryption == null ? "" : encryption.keyword(keyBits));
    if (integrity != Integrity.NONE) {
      text.append(encryption == null ? "" : "-").append(integrity.keyword());
    }
    methods(text, keyExchange, additional);
    return text.append(extendedSequence ? "-esn" : "").toString();
  }
}
