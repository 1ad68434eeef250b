package org.larval.lab.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeEvent;
import org.larval.ike.crypto.Encryption;
import org.larval.ike.crypto.Integrity;
import org.larval.ike.crypto.Secret;
import org.larval.pcap.EspAuthentication;
import org.larval.pcap.EspEncryption;
import org.larval.pcap.EspKeyFile;
import org.larval.pcap.IkeEncryption;
import org.larval.pcap.IkeIntegrity;
import org.larval.pcap.IkeKeyFile;
import org.larval.wire.IpAddress;

/**
 * The keys of a lab in Wireshark's tables, beside its captures. What Wireshark has no name for gets
 * no line; an integrity algorithm without name is given as one that is not checked.
 */
final class KeyTables {
  private static final byte[] NONE = {};

  private final Captures captures;
  private final Set<String> written = new HashSet<>();

  KeyTables(Captures captures) {
    this.captures = captures;
  }

  /** An SA with AES-GCM and an ICV of 16 octets, salt behind the key. */
  void gcm(IpAddress source, IpAddress target, int spi, byte[] key) {
    esp(source, target, spi, EspEncryption.AES_GCM_16, key, EspAuthentication.NULL, NONE);
  }

  /**
   * The inbound SA of a pair: both ends see every SA once as an inbound one.
   *
   * @return false if there is a capture and Wireshark cannot read it
   */
  boolean inbound(ChildParameters child) {
    if (captures.keyFiles().isEmpty()) {
      return true;
    }
    Encryption cipher = child.suite().encryption();
    EspEncryption encryption = cipher == null ? null : encryption(cipher);
    if (encryption == null) {
      return false;
    }
    boolean byUs = child.initiator();
    byte[] key =
        octets(byUs ? child.keys().responderEncryption() : child.keys().initiatorEncryption());
    byte[] integrity =
        octets(byUs ? child.keys().responderIntegrity() : child.keys().initiatorIntegrity());
    esp(
        child.remote().address(),
        child.local().address(),
        child.inboundSpi(),
        encryption,
        key,
        authentication(child.suite().integrity()),
        integrity);
    Arrays.fill(key, (byte) 0);
    Arrays.fill(integrity, (byte) 0);
    return true;
  }

  private void esp(
      IpAddress source,
      IpAddress target,
      int spi,
      EspEncryption encryption,
      byte[] key,
      EspAuthentication authentication,
      byte[] integrity) {
    try {
      for (EspKeyFile file : captures.keyFiles()) {
        file.add(source, target, spi, encryption, key, authentication, integrity);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The keys of an IKE SA, which both ends tell.
   *
   * @return false if there is a capture and Wireshark cannot read it
   */
  boolean ike(IkeEvent.Keys keys) {
    if (captures.keyFiles().isEmpty()) {
      return true;
    }
    IkeEncryption encryption = encryption(keys.suite().encryption(), keys.suite().keyBits());
    if (encryption == null) {
      return false;
    }
    byte[] ei = octets(keys.keys().ei());
    byte[] er = octets(keys.keys().er());
    byte[] ai = octets(keys.keys().ai());
    byte[] ar = octets(keys.keys().ar());
    // an additional key exchange gives the same IKE SA other keys
    if (written.add(keys.initiatorSpi() + " " + keys.responderSpi() + " " + Arrays.hashCode(ei))) {
      try {
        for (IkeKeyFile file : captures.ikeFiles()) {
          file.add(
              keys.initiatorSpi(),
              keys.responderSpi(),
              ei,
              er,
              encryption,
              ai,
              ar,
              integrity(keys.suite().integrity()));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    for (byte[] key : new byte[][] {ei, er, ai, ar}) {
      Arrays.fill(key, (byte) 0);
    }
    return true;
  }

  private static byte[] octets(Secret secret) {
    return secret.toArray();
  }

  private static @Nullable EspEncryption encryption(Encryption cipher) {
    return switch (cipher) {
      case NULL -> EspEncryption.NULL;
      case AES_CBC -> EspEncryption.AES_CBC;
      case AES_CTR -> EspEncryption.AES_CTR;
      case AES_GCM_8 -> EspEncryption.AES_GCM_8;
      case AES_GCM_12 -> EspEncryption.AES_GCM_12;
      case AES_GCM_16 -> EspEncryption.AES_GCM_16;
      case CHACHA20_POLY1305 -> EspEncryption.CHACHA20_POLY1305;
      default -> null;
    };
  }

  private static EspAuthentication authentication(Integrity integrity) {
    return switch (integrity) {
      case NONE -> EspAuthentication.NULL;
      case HMAC_SHA1_96 -> EspAuthentication.HMAC_SHA1_96;
      case HMAC_SHA2_256_128 -> EspAuthentication.HMAC_SHA256_128;
      case HMAC_SHA2_384_192 -> EspAuthentication.HMAC_SHA384_192;
      case HMAC_SHA2_512_256 -> EspAuthentication.HMAC_SHA512_256;
      default -> integrity.icvSize() == 12 ? EspAuthentication.ANY_96 : EspAuthentication.ANY_128;
    };
  }

  private static @Nullable IkeEncryption encryption(Encryption cipher, int bits) {
    return switch (cipher) {
      case NULL -> IkeEncryption.NULL;
      case AES_CBC ->
          of(bits, IkeEncryption.AES_CBC_128, IkeEncryption.AES_CBC_192, IkeEncryption.AES_CBC_256);
      case AES_CTR ->
          of(bits, IkeEncryption.AES_CTR_128, IkeEncryption.AES_CTR_192, IkeEncryption.AES_CTR_256);
      case AES_GCM_8 ->
          of(
              bits,
              IkeEncryption.AES_GCM_128_8,
              IkeEncryption.AES_GCM_192_8,
              IkeEncryption.AES_GCM_256_8);
      case AES_GCM_12 ->
          of(
              bits,
              IkeEncryption.AES_GCM_128_12,
              IkeEncryption.AES_GCM_192_12,
              IkeEncryption.AES_GCM_256_12);
      case AES_GCM_16 ->
          of(
              bits,
              IkeEncryption.AES_GCM_128_16,
              IkeEncryption.AES_GCM_192_16,
              IkeEncryption.AES_GCM_256_16);
      case AES_CCM_8 ->
          of(
              bits,
              IkeEncryption.AES_CCM_128_8,
              IkeEncryption.AES_CCM_192_8,
              IkeEncryption.AES_CCM_256_8);
      case AES_CCM_12 ->
          of(
              bits,
              IkeEncryption.AES_CCM_128_12,
              IkeEncryption.AES_CCM_192_12,
              IkeEncryption.AES_CCM_256_12);
      case AES_CCM_16 ->
          of(
              bits,
              IkeEncryption.AES_CCM_128_16,
              IkeEncryption.AES_CCM_192_16,
              IkeEncryption.AES_CCM_256_16);
      case CHACHA20_POLY1305 -> IkeEncryption.CHACHA20_POLY1305;
      default -> null;
    };
  }

  private static IkeEncryption of(
      int bits, IkeEncryption small, IkeEncryption middle, IkeEncryption large) {
    return bits == 128 ? small : bits == 192 ? middle : large;
  }

  private static IkeIntegrity integrity(Integrity integrity) {
    return switch (integrity) {
      case NONE -> IkeIntegrity.NONE;
      case HMAC_SHA1_96 -> IkeIntegrity.HMAC_SHA1_96;
      case HMAC_SHA2_256_128 -> IkeIntegrity.HMAC_SHA2_256_128;
      case HMAC_SHA2_384_192 -> IkeIntegrity.HMAC_SHA2_384_192;
      case HMAC_SHA2_512_256 -> IkeIntegrity.HMAC_SHA2_512_256;
      default -> integrity.icvSize() == 12 ? IkeIntegrity.ANY_96 : IkeIntegrity.ANY_128;
    };
  }
}
