package org.larval.ike.crypto;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.Transform;

/**
 * Proposals as strongSwan writes them: keywords joined by hyphens, proposals by commas, {@code
 * default} for the set of RFC 8247 and 8221. In an IKE proposal without a PRF the integrity
 * algorithms imply it, also beside an AEAD, which then drops them.
 */
public final class Proposals {
  private static final String KE = "x25519-ecp256-ecp384-modp2048-modp3072-modp4096";
  private static final String PRF = "prfsha256-prfsha384-prfsha512";
  private static final String AEAD = "aes128gcm16-aes256gcm16-chacha20poly1305";
  private static final String CBC = "aes128-aes256-sha256-sha384-sha512";
  private static final int MAX_PROPOSALS = 255;

  // RFC 7296 leaves the order free; this is the one strongSwan emits
  private static final Comparator<Transform> ORDER =
      Comparator.comparingInt(
          one ->
              switch (one.type()) {
                case Transform.ENCR -> 0;
                case Transform.INTEG -> 1;
                case Transform.PRF -> 2;
                case Transform.SN -> 100;
                default -> one.type();
              });

  private Proposals() {}

  /** What is offered and accepted where nothing is configured. */
  public static List<Proposal> standard(Protocol protocol) {
    return switch (protocol) {
      case IKE -> parse(protocol, AEAD + "-" + PRF + "-" + KE + "," + CBC + "-" + PRF + "-" + KE);
      case ESP -> parse(protocol, AEAD + "-esn-noesn," + CBC + "-esn-noesn");
      case AH -> parse(protocol, "sha256-sha384-sha512-esn-noesn");
    };
  }

  /**
   * Reads proposals, numbered from 1, without SPIs.
   *
   * @throws IllegalArgumentException naming the word and its column, from 1
   */
  public static List<Proposal> parse(Protocol protocol, String text) {
    List<Proposal> proposals = new ArrayList<>();
    int from = 0;
    while (true) {
      int comma = text.indexOf(',', from);
      int to = comma < 0 ? text.length() : comma;
      if (text.substring(from, to).strip().equals("default")) {
        for (Proposal one : standard(protocol)) {
          proposals.add(numbered(one, proposals.size() + 1));
        }
      } else {
        proposals.add(one(protocol, text, from, to, proposals.size() + 1));
      }
      if (proposals.size() > MAX_PROPOSALS) {
        throw bad(text, from, "more than " + MAX_PROPOSALS + " proposals");
      }
      if (comma < 0) {
        return List.copyOf(proposals);
      }
      from = comma + 1;
    }
  }

  private static Proposal one(Protocol protocol, String text, int from, int to, int number) {
    Set<Transform> transforms = new LinkedHashSet<>();
    int start = from;
    while (start <= to) {
      int hyphen = text.indexOf('-', start);
      int end = hyphen < 0 || hyphen > to ? to : hyphen;
      String raw = text.substring(start, end);
      int column = start + raw.length() - raw.stripLeading().length();
      transforms.add(word(protocol, raw.strip(), text, column));
      start = end + 1;
    }
    List<Transform> complete = completed(protocol, List.copyOf(transforms), text, from);
    return new Proposal(number, protocol.id(), Octets.EMPTY, complete);
  }

  private static Transform word(Protocol protocol, String word, String text, int column) {
    if (word.isEmpty()) {
      throw bad(text, column, "a word is missing");
    }
    String refusal = Keywords.refusal(word);
    if (refusal != null) {
      throw bad(text, column, "'" + word + "' is refused: " + refusal);
    }
    Transform transform = Keywords.transform(word);
    if (transform == null) {
      throw bad(text, column, "'" + word + "' names no algorithm");
    }
    if (protocol == Protocol.AH && transform.type() == Transform.ENCR) {
      Transform gmac = Keywords.gmac(transform);
      if (gmac == null) {
        throw bad(text, column, "'" + word + "' encrypts, AH cannot");
      }
      return gmac;
    }
    boolean fits =
        switch (transform.type()) {
          case Transform.ENCR -> {
            Encryption cipher = Encryption.of(transform.id());
            yield protocol != Protocol.IKE || (cipher != null && cipher.forIke());
          }
          case Transform.PRF -> protocol == Protocol.IKE;
          case Transform.SN -> protocol != Protocol.IKE;
          case Transform.KE -> protocol != Protocol.IKE || transform.id() != 0;
          default -> true;
        };
    if (!fits) {
      throw bad(text, column, "'" + word + "' does not belong to " + protocol);
    }
    return transform;
  }

  private static List<Transform> completed(
      Protocol protocol, List<Transform> words, String text, int from) {
    List<Transform> all = new ArrayList<>(words);
    if (protocol == Protocol.IKE && none(all, Transform.PRF)) {
      for (Transform one : words) {
        Integrity integrity = one.type() == Transform.INTEG ? Integrity.of(one.id()) : null;
        Prf implied = integrity == null ? null : integrity.impliedPrf();
        if (implied != null) {
          all.add(new Transform(Transform.PRF, implied.id()));
        }
      }
    }
    long combined = words.stream().filter(Proposals::combined).count();
    long ciphers = words.stream().filter(one -> one.type() == Transform.ENCR).count();
    if (combined > 0 && combined < ciphers) {
      throw bad(text, from, "ciphers with and without integrity of their own need two proposals");
    }
    if (combined > 0) {
      all.removeIf(one -> one.type() == Transform.INTEG);
    }
    if (protocol != Protocol.AH && ciphers == 0) {
      throw bad(text, from, "no encryption");
    }
    if (combined == 0 && none(all, Transform.INTEG)) {
      throw bad(text, from, "no integrity");
    }
    if (protocol == Protocol.IKE && none(all, Transform.PRF)) {
      throw bad(text, from, "no PRF");
    }
    boolean additional = all.stream().anyMatch(one -> one.type() >= Transform.ADDKE1);
    if (none(all, Transform.KE) && (additional || protocol == Protocol.IKE)) {
      throw bad(text, from, "no key exchange");
    }
    if (protocol != Protocol.IKE && none(all, Transform.SN)) {
      all.add(new Transform(Transform.SN, 0));
    }
    all.sort(ORDER);
    return all;
  }

  private static boolean none(List<Transform> all, int type) {
    return all.stream().noneMatch(one -> one.type() == type);
  }

  static boolean combined(Transform one) {
    Encryption cipher = one.type() == Transform.ENCR ? Encryption.of(one.id()) : null;
    return cipher != null && cipher.combined();
  }

  private static IllegalArgumentException bad(String text, int at, String why) {
    return new IllegalArgumentException(
        "proposal \"" + text + "\", column " + (at + 1) + ": " + why);
  }

  private static Proposal numbered(Proposal one, int number) {
    return new Proposal(number, one.protocol(), one.spi(), one.transforms());
  }

  /** The same proposals with the sender's SPI in each. */
  public static List<Proposal> withSpi(List<Proposal> proposals, Octets spi) {
    return proposals.stream()
        .map(one -> new Proposal(one.number(), one.protocol(), spi, one.transforms()))
        .toList();
  }

  /** The same proposals without key exchanges, as IKE_AUTH carries them (RFC 7296 section 1.2). */
  public static List<Proposal> withoutKeyExchange(List<Proposal> proposals) {
    return proposals.stream()
        .map(
            one ->
                new Proposal(
                    one.number(),
                    one.protocol(),
                    one.spi(),
                    one.transforms().stream().filter(that -> !isKeyExchange(that.type())).toList()))
        .toList();
  }

  static boolean isKeyExchange(int type) {
    return type == Transform.KE || (type >= Transform.ADDKE1 && type < Transform.ADDKE1 + 7);
  }

  /** Proposals in the grammar that {@link #parse} reads; foreign transforms by their numbers. */
  public static String text(List<Proposal> proposals) {
    return proposals.stream().map(Proposals::text).collect(Collectors.joining(","));
  }

  /** One proposal in that grammar; what parsing would imply is left out. */
  public static String text(Proposal proposal) {
    List<Transform> prfs = proposal.ofType(Transform.PRF);
    List<Transform> implied =
        proposal.ofType(Transform.INTEG).stream()
            .map(one -> Integrity.of(one.id()))
            .map(one -> one == null ? null : one.impliedPrf())
            .filter(one -> one != null)
            .map(one -> new Transform(Transform.PRF, one.id()))
            .toList();
    boolean onlyNoEsn =
        proposal.ofType(Transform.SN).equals(List.of(new Transform(Transform.SN, 0)));
    return proposal.transforms().stream()
        .filter(one -> one.type() != Transform.PRF || !prfs.equals(implied))
        .filter(one -> one.type() != Transform.SN || !onlyNoEsn)
        .map(Keywords::word)
        .collect(Collectors.joining("-"));
  }
}
