package org.larval.xfrm.crypto;

/**
 * AES-GCM for ESP (RFC 4106). The raw key stays in this object, where a packet finds it without
 * another walk to memory; its expansion is kept in native memory while there are not too many SAs.
 */
final class IpsecMbGcm extends IpsecMbCipher {
  private final KeySchedules schedules;
  private final int keyLength;
  private long key0;
  private long key1;
  private long key2;
  private long key3;
  private long kept = KeySchedules.NONE;

  /** Takes the key out of an array of 32 bytes that the caller erases. */
  IpsecMbGcm(
      byte[] key,
      int keyLength,
      int salt,
      int tagLength,
      boolean extended,
      NativeScratch scratch,
      KeySchedules schedules) {
    super(salt, tagLength, extended, scratch);
    this.schedules = schedules;
    this.keyLength = keyLength;
    key0 = IpsecMbBackend.word(key, 0);
    key1 = IpsecMbBackend.word(key, 8);
    key2 = IpsecMbBackend.word(key, 16);
    key3 = IpsecMbBackend.word(key, 24);
    schedules.join();
  }

  @Override
  void encrypt(long at, int length, long nonce, long aad, int aadLength, long tag) {
    IpsecMb.seal(
        keyLength,
        schedule(),
        scratch.context(),
        at,
        at,
        length,
        nonce,
        aad,
        aadLength,
        tag,
        icvLength());
  }

  @Override
  void decrypt(long at, int length, long nonce, long aad, int aadLength, long tag) {
    IpsecMb.open(
        keyLength,
        schedule(),
        scratch.context(),
        at,
        at,
        length,
        nonce,
        aad,
        aadLength,
        tag,
        icvLength());
  }

  /** The address of the expanded key. */
  private long schedule() {
    boolean crowded = schedules.crowded();
    if (kept != KeySchedules.NONE && !crowded) {
      return kept;
    }
    return crowded ? expandForNow() : expandToKeep();
  }

  private long expandForNow() {
    if (kept != KeySchedules.NONE) {
      schedules.give(kept);
      kept = KeySchedules.NONE;
    }
    long expanded = scratch.expanded();
    if (!scratch.expandedFor(this)) {
      expand(expanded);
      scratch.expandedBy(this);
    }
    return expanded;
  }

  private long expandToKeep() {
    kept = schedules.take();
    expand(kept);
    return kept;
  }

  private void expand(long to) {
    IpsecMb.expand(keyLength, scratch.key(key0, key1, key2, key3), to);
    scratch.clearKey();
  }

  @Override
  void eraseKey() {
    key0 = 0;
    key1 = 0;
    key2 = 0;
    key3 = 0;
    if (kept != KeySchedules.NONE) {
      schedules.give(kept);
      kept = KeySchedules.NONE;
    }
    scratch.forget(this);
    schedules.leave();
  }

  @Override
  public String toString() {
    return "AES-" + keyLength * Byte.SIZE + "-GCM, tag of " + icvLength() * Byte.SIZE + " bits";
  }
}
