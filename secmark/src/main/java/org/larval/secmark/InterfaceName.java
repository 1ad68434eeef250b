package org.larval.secmark;

/** Interface names as numbers of 128 bits: their 16 octets, as the kernel compares them. */
final class InterfaceName {
  /** With the final zero (IFNAMSIZ). */
  static final int SIZE = 16;

  private InterfaceName() {}

  static long high(String name) {
    return word(name, 0);
  }

  static long low(String name) {
    return word(name, 8);
  }

  private static long word(String name, int from) {
    long word = 0;
    for (int i = from; i < from + 8; i++) {
      word = word << 8 | (i < name.length() ? name.charAt(i) & 0xff : 0);
    }
    return word;
  }

  /** Every name that begins like this. */
  static Ranges.Range beginning(String prefix, int place) {
    long lastHigh = high(prefix);
    long lastLow = low(prefix);
    int length = prefix.length();
    if (length < 8) {
      lastHigh |= -1L >>> length * 8;
      lastLow = -1;
    } else if (length < SIZE) {
      lastLow |= -1L >>> (length - 8) * 8;
    }
    return new Ranges.Range(high(prefix), low(prefix), lastHigh, lastLow, place);
  }
}
