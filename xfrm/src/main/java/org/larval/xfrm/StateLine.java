package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * What a look-up reads of a state, apart from the rest: fields of a superclass stand together at
 * the front of an object, so that choosing a state out of a million reads one line of memory of it.
 */
abstract sealed class StateLine permits State {
  final int markMask;
  final int markValue;
  int spi;

  /** Whether a soft limit was reached. */
  boolean dying;

  final boolean wildcardReceiver;

  State.Lifecycle lifecycle = State.Lifecycle.VOID;
  final @Nullable Selector selector;
  final @Nullable SecurityLabel label;

  // The next older states in the database's chains.
  @Nullable State nextById;
  @Nullable State nextByPeers;

  StateLine(
      Mark mark,
      int spi,
      boolean wildcardReceiver,
      @Nullable Selector selector,
      @Nullable SecurityLabel label) {
    markMask = mark.mask();
    markValue = mark.value() & mark.mask();
    this.spi = spi;
    this.wildcardReceiver = wildcardReceiver;
    this.selector = selector;
    this.label = label;
  }
}
