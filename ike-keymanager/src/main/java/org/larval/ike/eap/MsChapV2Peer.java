package org.larval.ike.eap;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** EAP-MSCHAPv2 of the side with the password (draft-kamath-pppext-eap-mschapv2). */
public final class MsChapV2Peer implements PeerMethod {
  private static final int HEADER = 4;
  private static final Pattern ERROR = Pattern.compile("E=(\\d{1,10})");

  private final String user;
  private final Secret password;
  private final RandomGenerator random;
  private @Nullable MsChapV2 exchange;
  private @Nullable Secret msk;
  private @Nullable String failure;

  /**
   * For one conversation.
   *
   * @param password in UTF-8
   * @param random for the challenge
   */
  public MsChapV2Peer(String user, Secret password, RandomGenerator random) {
    this.user = user;
    this.password = password;
    this.random = random;
  }

  @Override
  public int type() {
    return MsChapV2.TYPE;
  }

  @Override
  public Octets respond(Octets data) throws EapException {
    if (data.size() < HEADER || data.unsignedShort(2) != data.size()) {
      throw new EapException("the server's MSCHAPv2 packet is malformed");
    }
    return switch (data.at(0)) {
      case MsChapV2.CHALLENGE -> challenge(data);
      case MsChapV2.SUCCESS -> success(text(data));
      case MsChapV2.FAILURE -> failure(text(data));
      default -> throw new EapException("the server sent an unknown kind of MSCHAPv2 packet");
    };
  }

  private static String text(Octets data) {
    return new String(
        data.slice(HEADER, data.size() - HEADER).toArray(), StandardCharsets.ISO_8859_1);
  }

  private Octets challenge(Octets data) throws EapException {
    int from = HEADER + 1;
    if (msk != null
        || exchange != null
        || data.size() < from + MsChapV2.CHALLENGE_SIZE
        || data.at(HEADER) != MsChapV2.CHALLENGE_SIZE) {
      throw new EapException("the server's MSCHAPv2 challenge is malformed or comes twice");
    }
    byte[] ours = new byte[MsChapV2.CHALLENGE_SIZE];
    random.nextBytes(ours);
    byte[] theirs = data.slice(from, MsChapV2.CHALLENGE_SIZE).toArray();
    MsChapV2 computed = new MsChapV2(user, password, theirs, ours);
    exchange = computed;
    Octets name = Octets.of(user.getBytes(StandardCharsets.UTF_8));
    return Octets.number(MsChapV2.RESPONSE, 1)
        .and(Octets.number(data.at(1), 1))
        .and(Octets.number(HEADER + 1L + MsChapV2.RESPONSE_SIZE + name.size(), 2))
        .and(Octets.number(MsChapV2.RESPONSE_SIZE, 1))
        .and(Octets.of(ours))
        .and(Octets.number(0, 8))
        .and(Octets.of(computed.ntResponse()))
        .and(Octets.number(0, 1))
        .and(name);
  }

  private Octets success(String text) throws EapException {
    MsChapV2 computed = exchange;
    if (computed == null || text.length() < 42) {
      throw new EapException("the server claims MSCHAPv2 success without proof");
    }
    byte[] proof =
        text.substring(0, 42).toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    byte[] wanted = computed.authenticatorResponse().getBytes(StandardCharsets.US_ASCII);
    if (!MessageDigest.isEqual(proof, wanted)) {
      throw new EapException("the server does not know the password");
    }
    msk = computed.msk();
    computed.destroy();
    return Octets.number(MsChapV2.SUCCESS, 1);
  }

  private Octets failure(String text) {
    Matcher error = ERROR.matcher(text);
    failure =
        "the server refused the password of "
            + user
            + (error.find() ? ", error " + error.group(1) : "");
    return Octets.number(MsChapV2.FAILURE, 1);
  }

  @Override
  public @Nullable Secret msk() {
    return failure == null ? msk : null;
  }

  @Override
  public @Nullable String failure() {
    return failure;
  }
}
