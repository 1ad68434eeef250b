package org.larval.ike.crypto;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Transform;

/**
 * The algorithms of one IKE SA.
 *
 * @param encryption of SK payloads
 * @param keyBits its Key Length attribute, 0 where it has none
 * @param integrity {@link Integrity#NONE} where the encryption authenticates
 * @param prf of the key schedule
 * @param keyExchange of IKE_SA_INIT or of the rekeying CREATE_CHILD_SA
 * @param additional the further key exchanges in their order (RFC 9370), those chosen as NONE left
 *     out
 */
public record IkeSuite(
    Encryption encryption,
    int keyBits,
    Integrity integrity,
    Prf prf,
    KeyExchangeMethod keyExchange,
    List<KeyExchangeMethod> additional) {
  /** Keeps its own copy of the list. */
  public IkeSuite {
    additional = List.copyOf(additional);
  }

  /**
   * The algorithms of an answer.
   *
   * @throws IllegalArgumentException when one is missing or not known
   */
  public static IkeSuite of(Proposal answer) {
    Transform encr = Negotiation.one(answer, Transform.ENCR);
    Transform prf = Negotiation.one(answer, Transform.PRF);
    if (encr == null || prf == null) {
      throw new IllegalArgumentException("an IKE SA needs encryption and a PRF");
    }
    return new IkeSuite(
        Negotiation.known(Encryption.of(encr.id())),
        encr.keyBits(),
        Negotiation.integrity(answer),
        Negotiation.known(Prf.of(prf.id())),
        Negotiation.keyExchange(answer, Transform.KE),
        additional(answer));
  }

  static List<KeyExchangeMethod> additional(Proposal answer) {
    List<KeyExchangeMethod> methods = new ArrayList<>();
    for (int type = Transform.ADDKE1; type < Transform.ADDKE1 + 7; type++) {
      KeyExchangeMethod method = Negotiation.keyExchange(answer, type);
      if (method != KeyExchangeMethod.NONE) {
        methods.add(method);
      }
    }
    return methods;
  }

  /** Keywords joined by hyphens. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(encryption.keyword(keyBits));
    if (integrity != Integrity.NONE) {
      text.append('-').append(integrity.keyword());
    }
    text.append('-').append(prf.keyword());
    ChildSuite.methods(text, keyExchange, additional);
    return text.toString();
  }
}
