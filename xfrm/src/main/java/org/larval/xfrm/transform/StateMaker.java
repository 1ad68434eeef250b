package org.larval.xfrm.transform;

import java.util.random.RandomGenerator;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.EspCipher;
import org.larval.xfrm.crypto.IvSource;
import org.larval.xfrm.crypto.Protection;

/**
 * Makes states that protect packets: from lines of {@code ip xfrm}, or from what a key manager
 * agreed on. One for each guest, since its states share a crypto library's work surface.
 */
public final class StateMaker {
  private final CryptoBackend backend;
  private final RandomGenerator random;

  /**
   * A maker of states.
   *
   * @param random gives each SA its IVs and where its IPv4 identifications begin
   */
  public StateMaker(CryptoBackend backend, RandomGenerator random) {
    this.backend = backend;
    this.random = random;
  }

  /**
   * A state of this identity. A tunnel without a selector carries both families.
   *
   * @param identity addresses, SPI, mode and the like; its transform is set here
   * @param parameters the keys are copied: the caller may erase its own
   * @throws IllegalArgumentException in words for the user, if what is asked for does not go
   *     together or the crypto library lacks it
   */
  public State state(State.Builder identity, SaParameters parameters) {
    State plain = identity.build();
    if (plain.id().spi() == 0) {
      throw new IllegalArgumentException("spi 0 is reserved; expected 0x100 to 0xffffffff");
    }
    return identity.transform(transform(plain, parameters)).build();
  }

  private IpsecTransform transform(State identity, SaParameters parameters) {
    int protocol = identity.id().protocol();
    boolean outerV6 = identity.target().v6();
    return switch (protocol) {
      case IpProtocol.ESP -> esp(parameters, identity.mode(), outerV6);
      default ->
          throw new IllegalArgumentException(
              "proto " + IpProtocol.name(protocol) + " is not built yet; expected esp");
    };
  }

  /** Only the transform, for a state that is made elsewhere. */
  public EspTransform esp(SaParameters parameters, Mode mode, boolean outerV6) {
    return esp(
        parameters, mode, outerV6, backend.ivs(parameters.protection(), random), random.nextInt());
  }

  /** The same with the IV of a recorded packet. */
  EspTransform esp(
      SaParameters parameters, Mode mode, boolean outerV6, IvSource ivs, int identification) {
    Protection protection = parameters.protection();
    String refusal = backend.refuses(protection);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    Encap encap = parameters.encap();
    if (encap != null && encap.type() == Encap.Type.ESPINTCP) {
      throw new IllegalArgumentException("encap espintcp is not built yet; expected espinudp");
    }
    if (mode == Mode.TRANSPORT && parameters.tfcPad() != 0) {
      throw new IllegalArgumentException("tfcpad in mode transport; expected mode tunnel with it");
    }
    EspCipher cipher = backend.esp(protection, parameters.flags().contains(StateFlag.ESN));
    return new EspTransform(
        parameters.withOwnKeys(),
        Wrapping.of(mode, outerV6, parameters, identification),
        cipher,
        ivs);
  }
}
