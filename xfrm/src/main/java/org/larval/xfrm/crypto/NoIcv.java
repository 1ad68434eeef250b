package org.larval.xfrm.crypto;

/** Linux's digest_null: a check value of no bytes, which always fits. */
final class NoIcv extends TruncatedIcv {
  NoIcv(Protection.Authentication protection, Scratch scratch) {
    super(protection, scratch);
  }

  @Override
  void feed(byte[] bytes, int at, int count) {
    // nothing depends on them
  }

  @Override
  void end(byte[] out) {
    // it has no bytes
  }

  @Override
  void forget() {
    // there is no key
  }
}
