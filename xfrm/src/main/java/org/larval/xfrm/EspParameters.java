package org.larval.xfrm;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What an ESP state does beyond its identity: algorithm, key and sequence numbers.
 *
 * @param key cipher key and salt together, as {@code ip xfrm} and IKE's KEYMAT have them
 * @param icvBits size of the integrity check value
 * @param replayWindow how many numbers the inbound window spans; 0 for none
 * @param lastIn the highest number received so far, 0 for a new SA
 * @param lastOut the last number sent, 0 for a new SA
 * @param flags as in {@code ip xfrm}; ESN among them asks for 64-bit sequence numbers
 * @param tfcPad bytes that a packet in tunnel mode is filled up to, 0 for no filling
 * @param hopLimit TTL or hop limit of tunnel headers
 */
public record EspParameters(
    AeadAlgorithm algorithm,
    Secret key,
    int icvBits,
    int replayWindow,
    long lastIn,
    long lastOut,
    Set<StateFlag> flags,
    int tfcPad,
    int hopLimit) {

  /** Linux's default TTL. */
  public static final int DEFAULT_HOP_LIMIT = 64;

  /** What iproute2 and IKE daemons usually ask for. */
  public static final int DEFAULT_WINDOW = 32;

  private static final int MAX_TFC = 65_000;

  /**
   * Checks everything that does not depend on the crypto library.
   *
   * @throws IllegalArgumentException in words for the user
   */
  public EspParameters {
    EnumSet<StateFlag> own = EnumSet.noneOf(StateFlag.class);
    own.addAll(flags);
    flags = Collections.unmodifiableSet(own);
    if (!algorithm.takesKey(key.length())) {
      throw new IllegalArgumentException(
          "key of %d bytes; %s takes %s"
              .formatted(key.length(), algorithm, algorithm.keyLengthsText()));
    }
    if (!algorithm.takesIcv(icvBits)) {
      throw new IllegalArgumentException(
          "ICV of %d bits; %s takes %s".formatted(icvBits, algorithm, algorithm.icvText()));
    }
    boolean extended = own.contains(StateFlag.ESN);
    if (replayWindow < 0 || replayWindow > ReplayWindow.MAX_SIZE) {
      throw new IllegalArgumentException(
          "replay window %d; expected 0 to %d".formatted(replayWindow, ReplayWindow.MAX_SIZE));
    }
    if (extended && replayWindow == 0) {
      throw new IllegalArgumentException(
          "flag esn without a replay window; the high half of a number is inferred from it");
    }
    if (!extended && ((lastIn | lastOut) >>> 32) != 0) {
      throw new IllegalArgumentException("sequence numbers over 32 bits need flag esn");
    }
    if (own.contains(StateFlag.OSEQ_MAY_WRAP)) {
      throw new IllegalArgumentException(
          "extra-flag oseq-may-wrap with " + algorithm + " would use a nonce twice; leave it out");
    }
    if (tfcPad < 0 || tfcPad > MAX_TFC) {
      throw new IllegalArgumentException("tfcpad %d; expected 0 to %d".formatted(tfcPad, MAX_TFC));
    }
    if (hopLimit < 1 || hopLimit > 255) {
      throw new IllegalArgumentException("hop limit %d; expected 1 to 255".formatted(hopLimit));
    }
  }

  /**
   * AES-GCM with a check value of 16 bytes, a window of 32 and no flags.
   *
   * @param keyAndSalt 20, 28 or 36 bytes; copied
   */
  public static EspParameters gcm(byte[] keyAndSalt) {
    return new EspParameters(
        AeadAlgorithm.AES_GCM,
        Secret.copyOf(keyAndSalt),
        128,
        DEFAULT_WINDOW,
        0,
        0,
        Set.of(),
        0,
        DEFAULT_HOP_LIMIT);
  }

  /** The same with another window. */
  public EspParameters withReplayWindow(int window) {
    return new EspParameters(
        algorithm, key, icvBits, window, lastIn, lastOut, flags, tfcPad, hopLimit);
  }

  /** The same beginning after other numbers. */
  public EspParameters withSequences(long in, long out) {
    return new EspParameters(
        algorithm, key, icvBits, replayWindow, in, out, flags, tfcPad, hopLimit);
  }

  /** The same with one flag more. */
  public EspParameters with(StateFlag flag) {
    EnumSet<StateFlag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new EspParameters(
        algorithm, key, icvBits, replayWindow, lastIn, lastOut, more, tfcPad, hopLimit);
  }

  /** The same filling packets up. */
  public EspParameters withTfcPad(int bytes) {
    return new EspParameters(
        algorithm, key, icvBits, replayWindow, lastIn, lastOut, flags, bytes, hopLimit);
  }

  /** The same with a copy of the key, so that each can be erased alone. */
  EspParameters withOwnKey() {
    return new EspParameters(
        algorithm,
        key.part(0, key.length(), key.getAlgorithm()),
        icvBits,
        replayWindow,
        lastIn,
        lastOut,
        flags,
        tfcPad,
        hopLimit);
  }

  boolean extended() {
    return flags.contains(StateFlag.ESN);
  }
}
