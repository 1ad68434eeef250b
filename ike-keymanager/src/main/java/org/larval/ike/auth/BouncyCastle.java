package org.larval.ike.auth;

import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** BouncyCastle as a provider, given by hand to whoever needs one and never registered. */
final class BouncyCastle {
  static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

  private BouncyCastle() {}
}
