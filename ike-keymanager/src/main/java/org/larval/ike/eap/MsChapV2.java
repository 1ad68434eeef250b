package org.larval.ike.eap;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.bouncycastle.crypto.digests.MD4Digest;
import org.bouncycastle.crypto.engines.DESEngine;
import org.bouncycastle.crypto.params.KeyParameter;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/**
 * The arithmetic of MSCHAPv2 (RFC 2759) and of its keys (RFC 3079 section 3). MD4, DES and SHA-1
 * are weak; they stand here because the method is made of them, and inside IKE the server has
 * proven itself before a password is used.
 */
final class MsChapV2 {
  static final int TYPE = 26;
  static final int CHALLENGE = 1;
  static final int RESPONSE = 2;
  static final int SUCCESS = 3;
  static final int FAILURE = 4;

  static final int CHALLENGE_SIZE = 16;
  static final int NT_RESPONSE_SIZE = 24;

  /** Peer challenge, 8 zeroes, NT response, flags. */
  static final int RESPONSE_SIZE = 49;

  private static final byte[] SIGNING = ascii("Magic server to client signing constant");
  private static final byte[] PADDING = ascii("Pad to make it do more than one iteration");
  private static final byte[] MASTER = ascii("This is the MPPE Master Key");
  private static final byte[] CLIENT_SENDS =
      ascii("On the client side, this is the send key; on the server side, it is the receive key.");
  private static final byte[] SERVER_SENDS =
      ascii("On the client side, this is the receive key; on the server side, it is the send key.");

  private final byte[] passwordHash;
  private final byte[] authChallenge;
  private final byte[] challenge;
  private final byte[] ntResponse;

  /** For one exchange; a domain in front of the user's name does not count. */
  MsChapV2(String user, Secret password, byte[] authChallenge, byte[] peerChallenge) {
    String name = user.substring(user.indexOf('\\') + 1);
    this.authChallenge = authChallenge.clone();
    this.passwordHash = md4(utf16(password));
    this.challenge =
        Arrays.copyOf(sha1(peerChallenge, authChallenge, name.getBytes(StandardCharsets.UTF_8)), 8);
    this.ntResponse = encrypted(challenge, passwordHash);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] utf16(Secret password) {
    byte[] octets = password.toArray();
    byte[] wide = new String(octets, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16LE);
    Arrays.fill(octets, (byte) 0);
    return wide;
  }

  private static byte[] md4(byte[] data) {
    MD4Digest digest = new MD4Digest();
    digest.update(data, 0, data.length);
    byte[] out = new byte[16];
    digest.doFinal(out, 0);
    return out;
  }

  static byte[] sha1(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** ChallengeResponse of RFC 2759 section 8.5: three DES keys out of the hash. */
  private static byte[] encrypted(byte[] block, byte[] hash) {
    byte[] keys = Arrays.copyOf(hash, 21);
    byte[] out = new byte[NT_RESPONSE_SIZE];
    for (int at = 0; at < 3; at++) {
      DESEngine des = new DESEngine();
      des.init(true, new KeyParameter(spread(keys, 7 * at)));
      des.processBlock(block, 0, out, 8 * at);
    }
    return out;
  }

  /** Seven octets become eight; DES ignores the lowest bit of each. */
  private static byte[] spread(byte[] keys, int from) {
    long bits = 0;
    for (int at = 0; at < 7; at++) {
      bits = bits << 8 | (keys[from + at] & 0xff);
    }
    byte[] key = new byte[8];
    for (int at = 7; at >= 0; at--) {
      key[at] = (byte) (bits << 1);
      bits >>>= 7;
    }
    return key;
  }

  byte[] ntResponse() {
    return ntResponse.clone();
  }

  byte[] challengeHash() {
    return challenge.clone();
  }

  Octets authChallenge() {
    return Octets.of(authChallenge);
  }

  /** The server's proof, {@code S=} and 40 digits. */
  String authenticatorResponse() {
    byte[] inner = sha1(md4(passwordHash), ntResponse, SIGNING);
    byte[] proof = sha1(inner, challenge, PADDING);
    return "S=" + HexFormat.of().formatHex(proof).toUpperCase(Locale.ROOT);
  }

  byte[] masterKey() {
    return Arrays.copyOf(sha1(md4(passwordHash), ntResponse, MASTER), 16);
  }

  byte[] startKey(boolean serverSends) {
    byte[] pad1 = new byte[40];
    byte[] pad2 = new byte[40];
    Arrays.fill(pad2, (byte) 0xf2);
    return Arrays.copyOf(
        sha1(masterKey(), pad1, serverSends ? SERVER_SENDS : CLIENT_SENDS, pad2), 16);
  }

  /** What the server receives with, what it sends with, 32 zeroes. */
  Secret msk() {
    byte[] msk = Arrays.copyOf(startKey(false), 64);
    System.arraycopy(startKey(true), 0, msk, 16, 16);
    return Secret.taking(msk);
  }

  void destroy() {
    Arrays.fill(passwordHash, (byte) 0);
  }
}
