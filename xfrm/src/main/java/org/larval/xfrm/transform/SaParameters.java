package org.larval.xfrm.transform;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.xfrm.Encap;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.AeadAlgorithm;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/**
 * What a state does beyond its identity: algorithms, keys and sequence numbers.
 *
 * @param replayWindow how many numbers the inbound window spans; 0 for none
 * @param lastIn the highest number received so far, 0 for a new SA
 * @param lastOut the last number sent, 0 for a new SA
 * @param flags as in {@code ip xfrm}; ESN among them asks for 64-bit sequence numbers
 * @param tfcPad bytes that a packet in tunnel mode is filled up to, 0 for no filling
 * @param hopLimit TTL or hop limit of tunnel headers
 * @param encap null for ESP directly over IP
 */
public record SaParameters(
    Protection protection,
    int replayWindow,
    long lastIn,
    long lastOut,
    Set<StateFlag> flags,
    int tfcPad,
    int hopLimit,
    @Nullable Encap encap) {

  /** Linux's default TTL. */
  public static final int DEFAULT_HOP_LIMIT = 64;

  /** What iproute2 and IKE daemons usually ask for. */
  public static final int DEFAULT_WINDOW = 32;

  /** The largest replay window. */
  public static final int MAX_WINDOW = ReplayWindow.MAX_SIZE;

  private static final int MAX_TFC = 65_000;

  /**
   * Checks everything that does not depend on the crypto library.
   *
   * @throws IllegalArgumentException in words for the user
   */
  public SaParameters {
    EnumSet<StateFlag> own = EnumSet.noneOf(StateFlag.class);
    own.addAll(flags);
    flags = Collections.unmodifiableSet(own);
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
          "extra-flag oseq-may-wrap would use a nonce twice; leave it out");
    }
    if (tfcPad < 0 || tfcPad > MAX_TFC) {
      throw new IllegalArgumentException("tfcpad %d; expected 0 to %d".formatted(tfcPad, MAX_TFC));
    }
    if (hopLimit < 1 || hopLimit > 255) {
      throw new IllegalArgumentException("hop limit %d; expected 1 to 255".formatted(hopLimit));
    }
  }

  /** These algorithms with a window of 32 and no flags. */
  public static SaParameters of(Protection protection) {
    return new SaParameters(protection, DEFAULT_WINDOW, 0, 0, Set.of(), 0, DEFAULT_HOP_LIMIT, null);
  }

  /**
   * AES-GCM with a check value of 16 bytes, a window of 32 and no flags.
   *
   * @param keyAndSalt 20, 28 or 36 bytes; copied
   */
  public static SaParameters gcm(byte[] keyAndSalt) {
    return of(new Protection.Combined(AeadAlgorithm.AES_GCM, Secret.copyOf(keyAndSalt), 128));
  }

  /** The same with another window. */
  public SaParameters withReplayWindow(int window) {
    return new SaParameters(protection, window, lastIn, lastOut, flags, tfcPad, hopLimit, encap);
  }

  /** The same beginning after other numbers. */
  public SaParameters withSequences(long in, long out) {
    return new SaParameters(protection, replayWindow, in, out, flags, tfcPad, hopLimit, encap);
  }

  /** The same with one flag more. */
  public SaParameters with(StateFlag flag) {
    EnumSet<StateFlag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new SaParameters(
        protection, replayWindow, lastIn, lastOut, more, tfcPad, hopLimit, encap);
  }

  /** The same with other flags. */
  public SaParameters withFlags(Set<StateFlag> others) {
    return new SaParameters(
        protection, replayWindow, lastIn, lastOut, others, tfcPad, hopLimit, encap);
  }

  /** The same filling packets up. */
  public SaParameters withTfcPad(int bytes) {
    return new SaParameters(
        protection, replayWindow, lastIn, lastOut, flags, bytes, hopLimit, encap);
  }

  /** The same with another TTL in tunnel headers. */
  public SaParameters withHopLimit(int hops) {
    return new SaParameters(protection, replayWindow, lastIn, lastOut, flags, tfcPad, hops, encap);
  }

  /** The same inside UDP or TCP. */
  public SaParameters withEncap(@Nullable Encap wrap) {
    return new SaParameters(
        protection, replayWindow, lastIn, lastOut, flags, tfcPad, hopLimit, wrap);
  }

  /** The same with copies of the keys, so that each can be erased alone. */
  SaParameters withOwnKeys() {
    return new SaParameters(
        protection.copy(), replayWindow, lastIn, lastOut, flags, tfcPad, hopLimit, encap);
  }

  /** Whether sequence numbers have 64 bits. */
  public boolean extended() {
    return flags.contains(StateFlag.ESN);
  }
}
