package org.larval.xfrm.crypto;

import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * Bytes that must not be seen: a key with its salt. Its text never shows them, comparing takes the
 * same time for all, and {@link #destroy} overwrites them.
 */
public final class Secret implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final transient byte[] bytes;
  private final String algorithm;
  private boolean destroyed;

  private Secret(byte[] bytes, String algorithm) {
    this.bytes = bytes;
    this.algorithm = algorithm;
  }

  /** A secret with its own copy of the bytes; the caller still owns and erases its array. */
  public static Secret copyOf(byte[] bytes) {
    return new Secret(bytes.clone(), "raw");
  }

  /** A part of it with an algorithm's name, as the JCE asks; erased apart from this. */
  Secret part(int from, int length, String name) {
    return new Secret(Arrays.copyOfRange(bytes, from, from + length), name);
  }

  /** The same bytes apart: each can be erased alone. */
  public Secret copy() {
    return new Secret(bytes.clone(), algorithm);
  }

  /** How many bytes. */
  public int length() {
    return bytes.length;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  /** A copy of the bytes. */
  @Override
  public byte[] getEncoded() {
    if (destroyed) {
      throw new IllegalStateException("the key was erased");
    }
    return bytes.clone();
  }

  /** Overwrites the bytes. */
  @Override
  public void destroy() {
    Arrays.fill(bytes, (byte) 0);
    destroyed = true;
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }

  private Object writeReplace() throws java.io.NotSerializableException {
    throw new java.io.NotSerializableException("secrets are not serialized");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  @Override
  public int hashCode() {
    return bytes.length;
  }

  @Override
  public String toString() {
    return "(" + bytes.length + " secret bytes)";
  }
}
