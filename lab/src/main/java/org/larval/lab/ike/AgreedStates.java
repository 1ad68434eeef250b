package org.larval.lab.ike;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.config.Lifetime;
import org.larval.ike.crypto.ChildSuite;
import org.larval.ike.crypto.Encryption;
import org.larval.ike.crypto.Integrity;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mode;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.AeadAlgorithm;
import org.larval.xfrm.crypto.AuthAlgorithm;
import org.larval.xfrm.crypto.CryptAlgorithm;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;
import org.larval.xfrm.transform.SaParameters;
import org.larval.xfrm.transform.StateMaker;

/** Turns a pair of child SAs that IKE agreed on into the two states of an xfrm engine. */
public final class AgreedStates {
  private final StateMaker maker;

  /** States for one engine. */
  public AgreedStates(StateMaker maker) {
    this.maker = maker;
  }

  /**
   * The state that opens what the peer sends.
   *
   * @param label of the SA, or null
   * @throws IllegalArgumentException if the crypto library lacks an algorithm
   */
  public State inbound(ChildParameters child, @Nullable SecurityLabel label) {
    return state(child, label, true);
  }

  /** The state that protects what is sent to the peer; otherwise as {@link #inbound}. */
  public State outbound(ChildParameters child, @Nullable SecurityLabel label) {
    return state(child, label, false);
  }

  private State state(ChildParameters child, @Nullable SecurityLabel label, boolean in) {
    IpAddress here = child.local().address();
    IpAddress there = child.remote().address();
    boolean byInitiator = in != child.initiator();
    byte[] encryption =
        (byInitiator ? child.keys().initiatorEncryption() : child.keys().responderEncryption())
            .toArray();
    byte[] integrity =
        (byInitiator ? child.keys().initiatorIntegrity() : child.keys().responderIntegrity())
            .toArray();
    SaParameters parameters =
        SaParameters.of(protection(child.suite(), encryption, integrity))
            .withReplayWindow(in ? child.replayWindow() : 0);
    if (child.suite().extendedSequence()) {
      int window = Math.max(1, child.replayWindow());
      parameters = parameters.withReplayWindow(window).with(StateFlag.ESN);
    }
    if (child.encapsulated()) {
      int ours = child.local().port();
      int theirs = child.remote().port();
      parameters =
          parameters.withEncap(
              new Encap(
                  Encap.Type.ESPINUDP, in ? theirs : ours, in ? ours : theirs, IpAddress.ANY4));
    }
    Arrays.fill(encryption, (byte) 0);
    Arrays.fill(integrity, (byte) 0);
    return maker.state(
        State.of(
                in ? there : here,
                in ? here : there,
                in ? child.inboundSpi() : child.outboundSpi(),
                child.protocol())
            .reqid(child.reqid())
            .mode(child.tunnel() ? Mode.TUNNEL : Mode.TRANSPORT)
            .label(label)
            .lifetimes(lifetimes(child.lifetime()))
            .sequence(in ? 0 : child.acquire()),
        parameters);
  }

  /** Bytes and packets; the time is IKE's own business. */
  private static Lifetimes lifetimes(Lifetime life) {
    return new Lifetimes(
        limit(life.rekeyBytes()),
        limit(life.lifeBytes()),
        limit(life.rekeyPackets()),
        limit(life.lifePackets()),
        Lifetimes.INFINITE,
        Lifetimes.INFINITE,
        Lifetimes.INFINITE,
        Lifetimes.INFINITE);
  }

  private static long limit(long amount) {
    return amount == 0 ? Lifetimes.INFINITE : amount;
  }

  private static Protection protection(ChildSuite suite, byte[] encryption, byte[] integrity) {
    Encryption cipher = suite.encryption();
    if (cipher == null) {
      return authentication(suite.integrity(), integrity);
    }
    AeadAlgorithm aead =
        switch (cipher) {
          case AES_GCM_8, AES_GCM_12, AES_GCM_16 -> AeadAlgorithm.AES_GCM;
          case AES_CCM_8, AES_CCM_12, AES_CCM_16 -> AeadAlgorithm.AES_CCM;
          case NULL_AUTH_AES_GMAC -> AeadAlgorithm.AES_GMAC;
          case CHACHA20_POLY1305 -> AeadAlgorithm.CHACHA20_POLY1305;
          default -> null;
        };
    if (aead != null) {
      return new Protection.Combined(aead, Secret.copyOf(encryption), 8 * cipher.icvSize());
    }
    CryptAlgorithm plain =
        switch (cipher) {
          case NULL -> CryptAlgorithm.NULL;
          case AES_CBC -> CryptAlgorithm.AES_CBC;
          case AES_CTR -> CryptAlgorithm.AES_CTR;
          case CAMELLIA_CBC -> CryptAlgorithm.CAMELLIA_CBC;
          default -> throw new IllegalArgumentException(cipher + " is not for child SAs here");
        };
    return new Protection.Separate(
        plain, Secret.copyOf(encryption), authentication(suite.integrity(), integrity));
  }

  private static Protection.Authentication authentication(Integrity integrity, byte[] key) {
    AuthAlgorithm algorithm =
        switch (integrity) {
          case HMAC_SHA1_96 -> AuthAlgorithm.HMAC_SHA1;
          case AES_XCBC_96 -> AuthAlgorithm.AES_XCBC;
          case AES_CMAC_96 -> AuthAlgorithm.AES_CMAC;
          case HMAC_SHA2_256_128 -> AuthAlgorithm.HMAC_SHA256;
          case HMAC_SHA2_384_192 -> AuthAlgorithm.HMAC_SHA384;
          case HMAC_SHA2_512_256 -> AuthAlgorithm.HMAC_SHA512;
          default -> throw new IllegalArgumentException(integrity + " is not for child SAs here");
        };
    return new Protection.Authentication(
        algorithm, Secret.copyOf(key), 8 * integrity.icvSize(), true);
  }

  /** The identity of one of its states, to delete or find it. */
  public static State.Id id(ChildParameters child, boolean in) {
    IpAddress target = (in ? child.local() : child.remote()).address();
    return new State.Id(target, in ? child.inboundSpi() : child.outboundSpi(), child.protocol());
  }

  /** Whether a protocol is one that IKE makes SAs for. */
  public static boolean makes(int protocol) {
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH;
  }
}
