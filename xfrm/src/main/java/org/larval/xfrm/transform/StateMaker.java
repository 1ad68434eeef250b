package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.xfrm.Encap;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateBuilder;
import org.larval.xfrm.Transform;
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
  private final PayloadCompressor compressor = new PayloadCompressor();

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
  public State state(StateBuilder identity, SaParameters parameters) {
    State plain = identity.build();
    if (plain.id().spi() == 0) {
      throw new IllegalArgumentException("spi 0 is reserved; expected 0x100 to 0xffffffff");
    }
    IvSource ivs =
        plain.id().protocol() == IpProtocol.ESP
            ? backend.ivs(parameters.protection(), random)
            : IvSource.none();
    return identity.transform(transform(plain, parameters, ivs, random.nextInt())).build();
  }

  /**
   * A state that builds a recorded packet again, with what its sender chose freely: the
   * identification, TTL and DF of a tunnel's header, and the filling of AH. The sequence number is
   * the one after {@link SaParameters#lastOut}. Such a state must build nothing else, since its
   * nonce comes twice.
   *
   * @param ivs of ESP
   * @param captured the packet as it was recorded, from its IP header on
   * @throws IllegalArgumentException as {@link #state}, and if that is no IP packet
   */
  public State recorded(
      StateBuilder identity, SaParameters parameters, IvSource ivs, byte[] captured) {
    ByteBuf data = Unpooled.wrappedBuffer(captured);
    IpPlace ip = new IpPlace();
    if (!ip.locate(data)) {
      throw new IllegalArgumentException("the recorded packet is no IP packet");
    }
    int hops = data.getUnsignedByte(ip.start() + (ip.v6() ? 7 : 8));
    int identification = ip.v6() ? 0 : data.getUnsignedShort(ip.start() + 4);
    SaParameters again = parameters.withHopLimit(Math.max(1, hops));
    IpsecTransform transform = transform(identity.build(), again, ivs, identification);
    if (transform.wrapping instanceof TunnelWrapping tunnel && !ip.v6()) {
      tunnel.smallV6MayFragment(
          (data.getUnsignedShort(ip.start() + 6) & Ipv4View.DONT_FRAGMENT) == 0);
    }
    if (transform instanceof AhTransform ah && ip.protocol() == IpProtocol.AH) {
      ah.fillAs(data, ip.upper(), ip.end());
    }
    return identity.transform(transform).build();
  }

  /**
   * The transform of an SA that moved, with the source of IVs that it had.
   *
   * @throws IllegalArgumentException as {@link #state}
   */
  IpsecTransform again(State identity, SaParameters parameters, IvSource ivs) {
    return transform(identity, parameters, ivs, random.nextInt());
  }

  private IpsecTransform transform(
      State identity, SaParameters parameters, IvSource ivs, int identification) {
    return bare(identity, parameters, ivs, identification).madeBy(this, ivs);
  }

  private IpsecTransform bare(
      State identity, SaParameters parameters, IvSource ivs, int identification) {
    int protocol = identity.id().protocol();
    Selector selector = identity.selector();
    if (identity.mode() == Mode.TRANSPORT
        && selector != null
        && selector.v6() != identity.target().v6()) {
      throw new IllegalArgumentException(
          "a selector of the other family in mode transport; expected mode tunnel or beet");
    }
    Wrapping wrapping =
        Wrapping.of(identity.mode(), identity.target().v6(), selector, parameters, identification);
    return switch (protocol) {
      case IpProtocol.ESP -> esp(parameters, wrapping, ivs);
      case IpProtocol.AH -> ah(parameters, wrapping);
      case IpProtocol.IPCOMP -> ipcomp(identity, parameters, wrapping);
      default ->
          throw new IllegalArgumentException(
              "proto " + IpProtocol.name(protocol) + "; expected esp, ah or comp");
    };
  }

  /** Only the transform, with the IV of a recorded packet. */
  EspTransform esp(
      SaParameters parameters, Mode mode, boolean outerV6, IvSource ivs, int identification) {
    return esp(parameters, Wrapping.of(mode, outerV6, null, parameters, identification), ivs);
  }

  private EspTransform esp(SaParameters parameters, Wrapping wrapping, IvSource ivs) {
    Protection protection = parameters.protection();
    refuse(backend.refuses(protection));
    Encap encap = parameters.encap();
    if (encap != null && encap.type() == Encap.Type.ESPINTCP) {
      throw new IllegalArgumentException("encap espintcp is not built yet; expected espinudp");
    }
    if (wrapping.mode() != Mode.TUNNEL && parameters.tfcPad() != 0) {
      throw new IllegalArgumentException(
          "tfcpad in mode " + wrapping.mode().label() + "; expected mode tunnel with it");
    }
    EspCipher cipher = backend.esp(protection, parameters.extended());
    return new EspTransform(parameters.withOwnKeys(), wrapping, cipher, ivs);
  }

  private AhTransform ah(SaParameters parameters, Wrapping wrapping) {
    if (!(parameters.protection() instanceof Protection.Authentication auth)) {
      throw new IllegalArgumentException("proto ah takes auth or auth-trunc and nothing else");
    }
    refuse(backend.refuses(auth));
    refuseEncapsulation("ah", parameters);
    return new AhTransform(parameters.withOwnKeys(), wrapping, auth, backend.ah(auth));
  }

  private IpcompTransform ipcomp(State identity, SaParameters parameters, Wrapping wrapping) {
    if (!(parameters.protection() instanceof Protection.Compression compression)) {
      throw new IllegalArgumentException("proto comp takes comp deflate and nothing else");
    }
    refuseEncapsulation("comp", parameters);
    if (parameters.extended()) {
      throw new IllegalArgumentException("flag esn with proto comp; expected proto esp or ah");
    }
    if (wrapping.mode() == Mode.BEET) {
      throw new IllegalArgumentException(
          "mode beet with proto comp; expected mode transport or tunnel");
    }
    int cpi = identity.id().spi();
    if (cpi >>> 16 != 0) {
      throw new IllegalArgumentException(
          "spi 0x%x with proto comp; expected 0x100 to 0xffff".formatted(cpi));
    }
    IpAddress source = identity.source();
    int companionId =
        source.v6() ? Transform.companionSpi(source.high(), source.low()) : source.v4Bits();
    return new IpcompTransform(
        parameters.withOwnKeys(), wrapping, compression, compressor, companionId);
  }

  private static void refuse(@Nullable String refusal) {
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
  }

  /** What only ESP has (verify_newsa_info and the init_state of the other protocols). */
  private static void refuseEncapsulation(String protocol, SaParameters parameters) {
    if (parameters.encap() != null) {
      throw new IllegalArgumentException("encap with proto " + protocol + "; expected proto esp");
    }
    if (parameters.tfcPad() != 0) {
      throw new IllegalArgumentException("tfcpad with proto " + protocol + "; expected proto esp");
    }
  }
}
