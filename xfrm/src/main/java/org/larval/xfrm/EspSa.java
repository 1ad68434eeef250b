package org.larval.xfrm;

import java.util.random.RandomGenerator;
import org.larval.wire.IpProtocol;

/**
 * Makes ESP states: from lines of {@code ip xfrm}, or from what a key manager agreed on. One for
 * each guest, since its states share a work surface for ciphers.
 */
public final class EspSa {
  private final CryptoBackend backend;
  private final RandomGenerator random;
  private final Scratch scratch = new Scratch();

  /**
   * A maker of states.
   *
   * @param random gives each SA the mask of its IVs and where its IPv4 identifications begin
   */
  public EspSa(CryptoBackend backend, RandomGenerator random) {
    this.backend = backend;
    this.random = random;
  }

  /**
   * A state of this identity that does ESP. A tunnel without a selector carries both families.
   *
   * @param identity addresses, SPI, mode and the like; its transform is set here
   * @param parameters the key is copied: the caller may erase its own
   * @throws IllegalArgumentException in words for the user, if the mode or the crypto library do
   *     not allow it
   */
  public State state(State.Builder identity, EspParameters parameters) {
    State plain = identity.build();
    if (plain.id().protocol() != IpProtocol.ESP) {
      throw new IllegalArgumentException(
          "proto " + IpProtocol.name(plain.id().protocol()) + "; expected esp");
    }
    if (plain.id().spi() == 0) {
      throw new IllegalArgumentException("spi 0 is reserved; expected 0x100 to 0xffffffff");
    }
    return identity.transform(transform(parameters, plain.mode(), plain.target().v6())).build();
  }

  /**
   * The state that a parsed line describes.
   *
   * @throws IllegalArgumentException in words for the user, as above
   */
  public State state(IpXfrmCommand.StateAdd command) {
    IpXfrmCommand.Encap encap = command.encap();
    if (encap != null) {
      throw new IllegalArgumentException(
          "encap " + encap.type() + " is not built yet; leave encap out");
    }
    return state(command.identity(), command.esp());
  }

  /** Only the transform, for a state that is made elsewhere. */
  public EspTransform transform(EspParameters parameters, Mode mode, boolean outerV6) {
    return transform(parameters, mode, outerV6, random.nextLong());
  }

  /** The same with the IV mask of a recorded SA. */
  EspTransform transform(EspParameters parameters, Mode mode, boolean outerV6, long ivMask) {
    AeadAlgorithm algorithm = parameters.algorithm();
    String refusal = backend.refuses(algorithm, parameters.icvBits());
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    int cipherKey = parameters.key().length() - algorithm.saltLength();
    Secret key = parameters.key().part(0, cipherKey, algorithm.label());
    Aead aead = backend.aead(algorithm, key, parameters.icvBits());
    key.destroy();
    return new EspTransform(
        parameters.withOwnKey(), mode, outerV6, aead, scratch, ivMask, random.nextInt());
  }
}
