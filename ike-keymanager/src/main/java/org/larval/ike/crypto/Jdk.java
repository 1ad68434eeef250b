package org.larval.ike.crypto;

import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.NoSuchPaddingException;

/** The JDK's own provider, asked for by name so that an installed one never stands in for it. */
final class Jdk {
  private static final Provider PROVIDER = find();

  private Jdk() {}

  private static Provider find() {
    Provider provider = Security.getProvider("SunJCE");
    if (provider == null) {
      throw new IllegalStateException("this JDK has no SunJCE");
    }
    return provider;
  }

  static Provider provider() {
    return PROVIDER;
  }

  static Mac mac(String name) {
    try {
      return Mac.getInstance(name, PROVIDER);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no " + name + " in this JDK", e);
    }
  }

  static Cipher cipher(String name) {
    try {
      return Cipher.getInstance(name, PROVIDER);
    } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
      throw new IllegalStateException("no " + name + " in this JDK", e);
    }
  }
}
