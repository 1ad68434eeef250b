package org.larval.secmark;

import java.util.List;

/**
 * The interfaces of a guest by the numbers that packets carry: {@code Packet.inPort} and {@code
 * Packet.outPort} count NICs from 0, the loopback is -1. To rules the loopback is interface 1 and
 * the NICs follow.
 *
 * @param names of the NICs, in their order
 */
public record Interfaces(List<String> names) {
  /** The loopback and nothing else. */
  public static final Interfaces LOOPBACK_ONLY = new Interfaces(List.of());

  private static final String LOOPBACK = "lo";

  /** Keeps a copy. */
  public Interfaces {
    names = List.copyOf(names);
  }

  /** The number that {@code iif} compares, or -1 if there is none of this name. */
  int index(String name) {
    if (name.equals(LOOPBACK)) {
      return 1;
    }
    int at = names.indexOf(name);
    return at < 0 ? -1 : at + 2;
  }

  long[] highWords() {
    return words(true);
  }

  long[] lowWords() {
    return words(false);
  }

  private long[] words(boolean high) {
    long[] words = new long[names.size() + 1];
    for (int i = 0; i < words.length; i++) {
      String name = i == 0 ? LOOPBACK : names.get(i - 1);
      words[i] = high ? InterfaceName.high(name) : InterfaceName.low(name);
    }
    return words;
  }
}
