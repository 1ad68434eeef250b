package org.larval.ike.crypto;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.Transform;

/**
 * Which algorithms two peers take (RFC 7296 sections 2.7 and 3.3, RFC 5282 section 8, RFC 9370
 * section 2.2.1). A transform matches by type, number and key length; NONE equals its absence for
 * integrity and key exchanges; a proposal with a type that one side does not have is unacceptable.
 */
public final class Negotiation {
  private static final int LAST_ADDKE = Transform.ADDKE1 + 6;

  /** Whose order of proposals and transforms counts. */
  public enum Preference {
    /** The responder's, strongSwan's default. */
    OWN,
    /** The initiator's. */
    OFFERED
  }

  private Negotiation() {}

  /**
   * The responder's answer, or null for NO_PROPOSAL_CHOSEN. It repeats the number of the proposal
   * chosen, has no SPI yet, and one transform of each type.
   *
   * @param keyExchange false in IKE_AUTH, where key exchanges are left out on both sides
   */
  public static @Nullable Proposal choose(
      List<Proposal> offered, List<Proposal> own, Preference preference, boolean keyExchange) {
    List<Proposal> theirs = keyExchange ? offered : Proposals.withoutKeyExchange(offered);
    List<Proposal> ours = keyExchange ? own : Proposals.withoutKeyExchange(own);
    boolean ownFirst = preference == Preference.OWN;
    for (Proposal outer : ownFirst ? ours : theirs) {
      for (Proposal inner : ownFirst ? theirs : ours) {
        Proposal offer = ownFirst ? inner : outer;
        Proposal mine = ownFirst ? outer : inner;
        List<Transform> chosen = match(offer, mine, ownFirst);
        if (chosen != null) {
          return new Proposal(offer.number(), offer.protocol(), Octets.EMPTY, chosen);
        }
      }
    }
    return null;
  }

  private static @Nullable List<Transform> match(Proposal offer, Proposal mine, boolean ownFirst) {
    if (offer.protocol() != mine.protocol() || hasForeignType(offer) || misses(offer)) {
      return null;
    }
    for (Transform encr : encryptions(offer, mine, ownFirst)) {
      List<Transform> chosen = new ArrayList<>();
      boolean combined = false;
      if (encr.type() == Transform.ENCR) {
        chosen.add(encr);
        combined = Proposals.combined(encr);
      }
      if (integrity(offer, mine, combined, ownFirst, chosen)
          && plain(offer, mine, Transform.PRF, ownFirst, chosen)
          && keyExchanges(offer, mine, Transform.KE, ownFirst, chosen)
          && plain(offer, mine, Transform.SN, ownFirst, chosen)) {
        return chosen;
      }
    }
    return null;
  }

  private static boolean hasForeignType(Proposal offer) {
    return offer.transforms().stream()
        .anyMatch(one -> one.type() < Transform.ENCR || one.type() > LAST_ADDKE);
  }

  /** A mandatory type is absent (RFC 7296 section 3.3.3). */
  private static boolean misses(Proposal offer) {
    Protocol protocol = Protocol.of(offer.protocol());
    return protocol == null
        || switch (protocol) {
          case IKE ->
              none(offer, Transform.ENCR)
                  || none(offer, Transform.PRF)
                  || none(offer, Transform.KE);
          case ESP -> none(offer, Transform.ENCR) || none(offer, Transform.SN);
          case AH -> none(offer, Transform.INTEG) || none(offer, Transform.SN);
        };
  }

  private static boolean none(Proposal proposal, int type) {
    return proposal.transforms().stream().noneMatch(one -> one.type() == type);
  }

  /** Ciphers of both; for AH one entry that stands for none. */
  private static List<Transform> encryptions(Proposal offer, Proposal mine, boolean ownFirst) {
    if (offer.protocol() == Protocol.AH.id()) {
      return none(offer, Transform.ENCR) && none(mine, Transform.ENCR)
          ? List.of(new Transform(0, 0))
          : List.of();
    }
    return common(offer, mine, Transform.ENCR, ownFirst);
  }

  private static List<Transform> common(Proposal offer, Proposal mine, int type, boolean ownFirst) {
    List<Transform> theirs = offer.ofType(type);
    List<Transform> ours = mine.ofType(type);
    List<Transform> first = ownFirst ? ours : theirs;
    List<Transform> second = ownFirst ? theirs : ours;
    // an offer that repeats itself must not multiply the choices to try
    return first.stream().filter(second::contains).distinct().toList();
  }

  private static boolean plain(
      Proposal offer, Proposal mine, int type, boolean ownFirst, List<Transform> chosen) {
    if (none(offer, type) && none(mine, type)) {
      return true;
    }
    List<Transform> both = common(offer, mine, type, ownFirst);
    if (both.isEmpty()) {
      return false;
    }
    chosen.add(both.getFirst());
    return true;
  }

  private static boolean integrity(
      Proposal offer, Proposal mine, boolean combined, boolean ownFirst, List<Transform> chosen) {
    Transform nothing = new Transform(Transform.INTEG, 0);
    if (combined) {
      if (offer.transforms().contains(nothing)) {
        chosen.add(nothing);
        return true;
      }
      return none(offer, Transform.INTEG);
    }
    for (Transform one : common(offer, mine, Transform.INTEG, ownFirst)) {
      if (one.id() != 0) {
        chosen.add(one);
        return true;
      }
    }
    return false;
  }

  /** Tries every choice of this type and the later ones until no method repeats (RFC 9370). */
  private static boolean keyExchanges(
      Proposal offer, Proposal mine, int type, boolean ownFirst, List<Transform> chosen) {
    if (type > LAST_ADDKE) {
      return true;
    }
    int next = type == Transform.KE ? Transform.ADDKE1 : type + 1;
    boolean theyLack = none(offer, type);
    boolean weLack = none(mine, type);
    Transform nothing = new Transform(type, 0);
    List<Transform> candidates = common(offer, mine, type, ownFirst);
    if (theyLack || weLack) {
      if (!theyLack && !offer.transforms().contains(nothing)) {
        return false;
      }
      if (!weLack && !mine.transforms().contains(nothing)) {
        return false;
      }
      // an offered NONE is answered, an absent type is not
      candidates = theyLack ? List.of() : List.of(nothing);
      if (theyLack) {
        return keyExchanges(offer, mine, next, ownFirst, chosen);
      }
    }
    for (Transform one : candidates) {
      boolean repeats = one.id() != 0 && chosen.stream().anyMatch(that -> sameMethod(that, one));
      if (!repeats) {
        chosen.add(one);
        if (keyExchanges(offer, mine, next, ownFirst, chosen)) {
          return true;
        }
        chosen.remove(one);
      }
    }
    return false;
  }

  private static boolean sameMethod(Transform that, Transform one) {
    return Proposals.isKeyExchange(that.type()) && that.id() == one.id();
  }

  /**
   * What an initiator has against an answer, or null: it must be a part of what was offered, with
   * one transform of each type.
   *
   * @param keyExchange false in IKE_AUTH
   */
  public static @Nullable String objection(
      List<Proposal> offered, Proposal answer, boolean keyExchange) {
    for (Proposal offer : keyExchange ? offered : Proposals.withoutKeyExchange(offered)) {
      if (offer.number() == answer.number()) {
        return objection(offer, answer);
      }
    }
    return "the answer takes proposal " + answer.number() + ", which was not offered";
  }

  private static @Nullable String objection(Proposal offer, Proposal answer) {
    if (offer.protocol() != answer.protocol()) {
      return "the answer is for another protocol than offered";
    }
    for (Transform one : answer.transforms()) {
      boolean none = one.id() == 0 && optional(one.type()) && none(offer, one.type());
      if (!none && !offer.transforms().contains(one)) {
        return "the answer takes " + Keywords.word(one) + ", which was not offered";
      }
      if (answer.ofType(one.type()).size() > 1) {
        return "the answer takes two transforms of type " + one.type();
      }
    }
    for (Transform one : offer.transforms()) {
      boolean mayLack =
          optional(one.type()) && offer.ofType(one.type()).stream().anyMatch(t -> t.id() == 0);
      if (none(answer, one.type()) && !mayLack) {
        return "the answer takes no transform of type " + one.type();
      }
    }
    if (match(answer, answer, true) == null) {
      return "the answer repeats a key exchange or mixes integrity with an AEAD";
    }
    return null;
  }

  private static boolean optional(int type) {
    return type == Transform.INTEG || Proposals.isKeyExchange(type);
  }

  static @Nullable Transform one(Proposal answer, int type) {
    List<Transform> all = answer.ofType(type);
    return all.isEmpty() ? null : all.getFirst();
  }

  static <T> T known(@Nullable T algorithm) {
    if (algorithm == null) {
      throw new IllegalArgumentException("an algorithm that is not known");
    }
    return algorithm;
  }

  static Integrity integrity(Proposal answer) {
    Transform one = one(answer, Transform.INTEG);
    return one == null ? Integrity.NONE : known(Integrity.of(one.id()));
  }

  static KeyExchangeMethod keyExchange(Proposal answer, int type) {
    Transform one = one(answer, type);
    return one == null ? KeyExchangeMethod.NONE : known(KeyExchangeMethod.of(one.id()));
  }
}
