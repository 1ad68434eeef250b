package org.larval.xfrm.crypto;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A packet that another implementation sealed, with what it took. */
@SuppressWarnings("ArrayRecordComponent") // test data, never compared
record EspVector(
    String text,
    Protection protection,
    boolean extended,
    int sequenceHigh,
    byte[] packet,
    byte[] plain) {

  /** All of esp-vectors.txt. */
  static List<EspVector> all() {
    try (InputStream in = EspVector.class.getResourceAsStream("/esp-vectors.txt")) {
      return new String(requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(EspVector::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kind, cipher, key, auth, key, ICV bits, esn, high half, packet, plaintext. */
  private static EspVector read(String line) {
    String[] word = line.split(" ", -1);
    boolean extended = word[6].equals("esn");
    return new EspVector(
        String.join(" ", word[1], word[3], word[5], word[6]),
        protection(word),
        extended,
        extended ? HexFormat.fromHexDigits(word[7]) : 0,
        hex(word[8]),
        hex(word[9]));
  }

  private static Protection protection(String[] word) {
    Secret key = Secret.copyOf(hex(word[2]));
    int bits = Integer.parseInt(word[5]);
    if (word[0].equals("aead")) {
      return new Protection.Combined(requireNonNull(AeadAlgorithm.named(word[1])), key, bits);
    }
    Protection.@Nullable Authentication auth = null;
    if (!word[3].equals("-")) {
      AuthAlgorithm algorithm = requireNonNull(AuthAlgorithm.named(word[3]));
      auth = new Protection.Authentication(algorithm, Secret.copyOf(hex(word[4])), bits, true);
    }
    return new Protection.Separate(requireNonNull(CryptAlgorithm.named(word[1])), key, auth);
  }

  static byte[] hex(String text) {
    return text.equals("-") ? new byte[0] : HexFormat.of().parseHex(text);
  }

  /** Whether a changed packet can be told from a right one. */
  boolean authenticated() {
    return switch (protection) {
      case Protection.Separate separate -> separate.auth() != null && separate.auth().icvBits() > 0;
      default -> true;
    };
  }

  EspCipher cipher() {
    return CryptoBackend.jce().esp(protection, extended);
  }

  /** The sealed packet behind some other bytes. */
  ByteBuf sealed(boolean direct, int front) {
    return buffer(packet, direct, front);
  }

  /** The packet as it stands before sealing: header, IV, plaintext, room. */
  ByteBuf unsealed(boolean direct, int front) {
    int body = 8 + cipher().ivLength();
    byte[] bytes = packet.clone();
    java.util.Arrays.fill(bytes, body, bytes.length, (byte) 0);
    System.arraycopy(plain, 0, bytes, body, plain.length);
    return buffer(bytes, direct, front);
  }

  static ByteBuf buffer(byte[] bytes, boolean direct, int front) {
    UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    int room = front + bytes.length;
    ByteBuf data = direct ? allocator.directBuffer(room) : allocator.heapBuffer(room);
    return data.writeZero(front).writeBytes(bytes);
  }

  @Override
  public String toString() {
    return text;
  }
}
