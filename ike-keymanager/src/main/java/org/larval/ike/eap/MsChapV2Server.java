package org.larval.ike.eap;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** EAP-MSCHAPv2 of the side that knows everybody's password. */
public final class MsChapV2Server implements ServerMethod {
  private static final int HEADER = 4;
  private static final int FIRST = HEADER + 1 + MsChapV2.RESPONSE_SIZE;

  private final String name;
  private final Function<String, @Nullable Secret> passwords;
  private final RandomGenerator random;
  private final byte[] challenge = new byte[MsChapV2.CHALLENGE_SIZE];
  private int sequence;
  private @Nullable MsChapV2 proven;
  private @Nullable String refusal;
  private @Nullable Secret msk;

  /**
   * For one conversation.
   *
   * @param name of the server, told to the peer
   * @param passwords of users without domain, in UTF-8; null for unknown ones
   */
  public MsChapV2Server(
      String name, Function<String, @Nullable Secret> passwords, RandomGenerator random) {
    this.name = name;
    this.passwords = passwords;
    this.random = random;
  }

  @Override
  public int type() {
    return MsChapV2.TYPE;
  }

  @Override
  public Octets begin(Octets identity) {
    random.nextBytes(challenge);
    sequence = random.nextInt(256);
    return framed(
        MsChapV2.CHALLENGE,
        Octets.number(challenge.length, 1)
            .and(Octets.of(challenge))
            .and(Octets.of(name.getBytes(StandardCharsets.UTF_8))));
  }

  private Octets framed(int kind, Octets body) {
    return Octets.number(kind, 1)
        .and(Octets.number(sequence, 1))
        .and(Octets.number(HEADER + (long) body.size(), 2))
        .and(body);
  }

  private Octets framed(int kind, String text) {
    return framed(kind, Octets.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public @Nullable Octets next(Octets data) throws EapException {
    MsChapV2 good = proven;
    if (good != null) {
      if (data.isEmpty() || data.at(0) != MsChapV2.SUCCESS) {
        throw new EapException("the peer does not accept our MSCHAPv2 proof");
      }
      msk = good.msk();
      good.destroy();
      return null;
    }
    if (refusal != null) {
      throw new EapException(refusal);
    }
    return response(data);
  }

  private Octets response(Octets data) throws EapException {
    if (data.size() < FIRST
        || data.at(0) != MsChapV2.RESPONSE
        || data.at(1) != sequence
        || data.unsignedShort(2) != data.size()
        || data.at(HEADER) != MsChapV2.RESPONSE_SIZE) {
      throw new EapException("the peer's MSCHAPv2 response is malformed");
    }
    String user =
        new String(data.slice(FIRST, data.size() - FIRST).toArray(), StandardCharsets.UTF_8);
    byte[] peerChallenge = data.slice(HEADER + 1, MsChapV2.CHALLENGE_SIZE).toArray();
    byte[] theirs = data.slice(HEADER + 25, MsChapV2.NT_RESPONSE_SIZE).toArray();
    Secret password = passwords.apply(user.substring(user.indexOf('\\') + 1));
    // an unknown user costs the same time as a wrong password
    MsChapV2 ours =
        new MsChapV2(user, password == null ? Secret.EMPTY : password, challenge, peerChallenge);
    if (!MessageDigest.isEqual(ours.ntResponse(), theirs) || password == null) {
      refusal = "the peer does not know the password of " + printable(user);
      return framed(
          MsChapV2.FAILURE,
          "E=691 R=0 C=" + HexFormat.of().formatHex(challenge) + " V=3 M=Authentication failure");
    }
    proven = ours;
    return framed(MsChapV2.SUCCESS, ours.authenticatorResponse() + " M=OK");
  }

  private static String printable(String user) {
    return user.replaceAll("[^ -~]", "?");
  }

  @Override
  public @Nullable Secret msk() {
    return msk;
  }
}
