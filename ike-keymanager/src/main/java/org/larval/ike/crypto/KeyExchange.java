package org.larval.ike.crypto;

import java.util.random.RandomGenerator;
import org.larval.ike.message.Octets;

/**
 * An initiator's half of a key exchange: it sends {@link #publicValue}, and {@link #complete} turns
 * the answer into the shared secret. A responder does both at once with {@link #respond}. Peer
 * values are tested as RFC 6989, 8031 and FIPS 203 say before any key touches them.
 */
public final class KeyExchange {
  private final KeyExchangeMethod method;
  private final Half half;

  /** The private part of a method that has one. */
  interface Half {
    byte[] publicValue();

    byte[] complete(byte[] peer) throws KeyExchangeException;
  }

  /**
   * What a responder made of an initiator's value.
   *
   * @param publicValue to send back
   * @param sharedSecret g^ir, or the encapsulated key
   */
  public record Response(Octets publicValue, Secret sharedSecret) {}

  private KeyExchange(KeyExchangeMethod method, Half half) {
    this.method = method;
    this.half = half;
  }

  /**
   * A new ephemeral key.
   *
   * @throws IllegalArgumentException for a refused method or NONE
   */
  public static KeyExchange initiate(KeyExchangeMethod method, RandomGenerator random) {
    return new KeyExchange(
        method,
        method.kind() == KeyExchangeMethod.Kind.ML_KEM
            ? MlKem.initiate(method, random)
            : half(method, random));
  }

  /**
   * The responder's part.
   *
   * @throws IllegalArgumentException for a refused method or NONE
   * @throws KeyExchangeException when the initiator's value is not valid
   */
  public static Response respond(KeyExchangeMethod method, Octets peer, RandomGenerator random)
      throws KeyExchangeException {
    checkSize(peer, method.initiatorSize());
    if (method.kind() == KeyExchangeMethod.Kind.ML_KEM) {
      return MlKem.respond(method, peer.toArray(), random);
    }
    Half half = half(method, random);
    Secret shared = Secret.taking(half.complete(peer.toArray()));
    return new Response(Octets.of(half.publicValue()), shared);
  }

  private static Half half(KeyExchangeMethod method, RandomGenerator random) {
    String refusal = method.refusal();
    if (refusal != null) {
      throw new IllegalArgumentException(method.keyword() + " is refused: " + refusal);
    }
    return switch (method.kind()) {
      case MODP -> Modp.half(method, random);
      case ECP -> Ecp.half(method, random);
      case X25519, X448 -> Montgomery.half(method, random);
      default -> throw new IllegalArgumentException(method + " exchanges no key");
    };
  }

  private static void checkSize(Octets peer, int size) throws KeyExchangeException {
    if (peer.size() != size) {
      throw new KeyExchangeException(
          "a public value of " + peer.size() + " octets instead of " + size);
    }
  }

  /** The method. */
  public KeyExchangeMethod method() {
    return method;
  }

  /** The data of the KE payload to send. */
  public Octets publicValue() {
    return Octets.of(half.publicValue());
  }

  /**
   * The shared secret.
   *
   * @throws KeyExchangeException when the responder's value is not valid
   */
  public Secret complete(Octets peer) throws KeyExchangeException {
    checkSize(peer, method.responderSize());
    return Secret.taking(half.complete(peer.toArray()));
  }
}
