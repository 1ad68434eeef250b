package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * A hash key of two addresses and a number. Mutable, so that a look-up can fill one and make no
 * garbage; a key that is stored in a map is a {@link #copy()} that nobody changes.
 */
final class AddressKey {
  private boolean v6;
  private long targetHigh;
  private long targetLow;
  private long sourceHigh;
  private long sourceLow;
  private int number;
  private int protocol;

  AddressKey set(
      boolean isV6,
      long toHigh,
      long toLow,
      long fromHigh,
      long fromLow,
      int spiOrReqid,
      int ipProtocol) {
    v6 = isV6;
    targetHigh = toHigh;
    targetLow = toLow;
    sourceHigh = fromHigh;
    sourceLow = fromLow;
    number = spiOrReqid;
    protocol = ipProtocol;
    return this;
  }

  AddressKey copy() {
    return new AddressKey().set(v6, targetHigh, targetLow, sourceHigh, sourceLow, number, protocol);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AddressKey key
        && v6 == key.v6
        && targetHigh == key.targetHigh
        && targetLow == key.targetLow
        && sourceHigh == key.sourceHigh
        && sourceLow == key.sourceLow
        && number == key.number
        && protocol == key.protocol;
  }

  @Override
  public int hashCode() {
    long mixed = targetHigh * 31 + targetLow;
    mixed = mixed * 31 + sourceHigh;
    mixed = mixed * 31 + sourceLow;
    mixed = (mixed ^ number) * 0x9e37_79b9_7f4a_7c15L + protocol;
    return (int) (mixed ^ mixed >>> 32);
  }
}
