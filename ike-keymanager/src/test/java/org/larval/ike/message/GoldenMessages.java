package org.larval.ike.message;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Messages out of captures of strongSwan and libreswan: Ethernet, IPv4, UDP 500 or 4500. */
public final class GoldenMessages {
  /** The captures there are. */
  public static final List<String> CAPTURES =
      List.of(
          "psk-cookie",
          "err-invalid-ke",
          "err-no-proposal-ike",
          "cert-rsa",
          "libreswan410-responder");

  private static final int ETHERNET = 14;
  private static final int IPV4 = 20;
  private static final int UDP = 8;

  private GoldenMessages() {}

  /** All IKE messages of a capture, in order, without markers. */
  public static List<byte[]> of(String capture) {
    String name = "/golden/ike/" + capture + ".pcap";
    List<byte[]> messages = new ArrayList<>();
    try (InputStream in = Objects.requireNonNull(GoldenMessages.class.getResourceAsStream(name))) {
      ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      file.position(24);
      while (file.hasRemaining()) {
        int length = file.getInt(file.position() + 8);
        byte[] frame = new byte[length];
        file.position(file.position() + 16).get(frame);
        ByteBuffer packet = ByteBuffer.wrap(frame).position(ETHERNET + IPV4);
        int sourcePort = packet.getShort();
        boolean natt = packet.getShort() == 4500 || sourcePort == 4500;
        int size = packet.getShort() - UDP;
        byte[] payload =
            Arrays.copyOfRange(frame, ETHERNET + IPV4 + UDP, ETHERNET + IPV4 + UDP + size);
        if (!natt) {
          messages.add(payload);
        } else if (Datagram4500.of(Octets.of(payload)) == Datagram4500.IKE) {
          messages.add(Arrays.copyOfRange(payload, Datagram4500.MARKER, payload.length));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return messages;
  }

  /** All of all captures. */
  public static List<byte[]> all() {
    return CAPTURES.stream().flatMap(one -> of(one).stream()).toList();
  }

  /** Those in which nothing is encrypted. */
  public static List<byte[]> clear() {
    return all().stream()
        .filter(one -> one[16] != PayloadType.ENCRYPTED.number())
        .filter(one -> one[16] != PayloadType.ENCRYPTED_FRAGMENT.number())
        .toList();
  }
}
