package org.larval.xfrm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A capture of a real kernel, and the commands that configured it. */
public record GoldenCapture(String name, List<byte[]> packets, List<String> commands) {
  /** All captures of AES-GCM without UDP encapsulation. */
  public static final List<String> GCM =
      List.of(
          "esp-transport-gcm128-v4",
          "esp-transport-gcm128-v6",
          "esp-transport-gcm128-esn-v4",
          "esp-transport-gcm128-frag-v4",
          "esp-tunnel-gcm128-v4",
          "esp-tunnel-gcm128-v6",
          "esp-tunnel-gcm128-4in6",
          "esp-tunnel-gcm128-esn-v4",
          "esp-tunnel-gcm128-dfclear-frag-v4");

  /** All captures of ESP alone, those in UDP included. */
  public static final List<String> ESP =
      List.of(
          "esp-transport-cbc128-sha256-esn-v4",
          "esp-transport-cbc128-sha256-udpencap-v4",
          "esp-transport-cbc128-sha256-v4",
          "esp-transport-cbc128-sha256-v6",
          "esp-transport-chacha-v4",
          "esp-transport-chacha-v6",
          "esp-transport-gcm128-esn-v4",
          "esp-transport-gcm128-frag-v4",
          "esp-transport-gcm128-udpencap-v4",
          "esp-transport-gcm128-v4",
          "esp-transport-gcm128-v6",
          "esp-transport-null-sha1-v4",
          "esp-transport-null-sha256-esn-v4",
          "esp-transport-null-sha256-v4",
          "esp-tunnel-cbc128-sha256-v4",
          "esp-tunnel-cbc128-sha256-v6",
          "esp-tunnel-chacha-v4",
          "esp-tunnel-gcm128-4in6",
          "esp-tunnel-gcm128-dfclear-frag-v4",
          "esp-tunnel-gcm128-esn-v4",
          "esp-tunnel-gcm128-udpencap-v4",
          "esp-tunnel-gcm128-v4",
          "esp-tunnel-gcm128-v6",
          "esp-tunnel-null-sha256-v4",
          "esp-tunnel-null-sha256-v6");

  /** Captures of the other algorithms, of Linux 6.1. */
  public static final List<String> ALGORITHMS =
      List.of(
          "esp-transport-3des-sha1-v4",
          "esp-transport-camellia256-sha256-v4",
          "esp-transport-cbc128-sha1-160-v4",
          "esp-transport-cbc128-sha256-104-v4",
          "esp-transport-cbc128-sha256-96-v4",
          "esp-transport-cbc128-v4-noauth",
          "esp-transport-cbc128-xcbc-esn-v6",
          "esp-transport-cbc192-cmac-v4",
          "esp-transport-cbc192-rmd160-v4",
          "esp-transport-cbc192-sha384-v4",
          "esp-transport-cbc256-sha512-esn-v6",
          "esp-transport-ccm128-128-esn-v6",
          "esp-transport-ccm128-64-v4",
          "esp-transport-ccm192-128-v4",
          "esp-transport-chacha-esn-v6",
          "esp-transport-ctr128-sha1-esn-v6",
          "esp-transport-ctr192-xcbc-v6",
          "esp-transport-gcm128-64-v4",
          "esp-transport-gcm192-96-v4",
          "esp-transport-gcm256-96-esn-v6",
          "esp-transport-gmac128-esn-v6",
          "esp-transport-gmac192-v4",
          "esp-transport-null-cmac-esn-v6",
          "esp-tunnel-ccm256-96-v6",
          "esp-tunnel-ctr256-sha512-esn-v4",
          "esp-tunnel-gcm192-64-v6",
          "esp-tunnel-gmac256-v6");

  private static final int ETHERNET = 14;
  private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** Reads one; IPv4 fragments, which arrive in order, are put together. */
  public static GoldenCapture read(String name) {
    return of(name, resource(name + ".pcap"), resource(name + ".json"));
  }

  /** The same from bytes. */
  public static GoldenCapture of(String name, byte[] pcap, byte[] json) {
    List<byte[]> packets = new ArrayList<>();
    ByteBuffer file = ByteBuffer.wrap(pcap).order(ByteOrder.LITTLE_ENDIAN);
    file.position(24);
    while (file.hasRemaining()) {
      int length = file.getInt(file.position() + 8);
      file.position(file.position() + 16);
      byte[] frame = new byte[length];
      file.get(frame);
      add(packets, Arrays.copyOfRange(frame, ETHERNET, length));
    }
    return new GoldenCapture(name, packets, commands(json));
  }

  /** Only the commands. */
  public static List<String> commandsOf(String name) {
    return commands(resource(name + ".json"));
  }

  private static List<String> commands(byte[] file) {
    String json = new String(file, StandardCharsets.UTF_8);
    Matcher text = TEXT.matcher(json.substring(json.indexOf("\"ip_commands\"") + 13));
    List<String> commands = new ArrayList<>();
    while (text.find()) {
      commands.add(text.group(1).replace("\\\"", "\""));
    }
    return commands;
  }

  private static byte[] resource(String name) {
    try (InputStream in = GoldenCapture.class.getResourceAsStream("/golden/kernel/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(List<byte[]> packets, byte[] packet) {
    ByteBuffer bytes = ByteBuffer.wrap(packet);
    boolean later = packet[0] >>> 4 == 4 && (bytes.getShort(6) & 0x1fff) != 0;
    if (!later) {
      packets.add(packet);
      return;
    }
    byte[] first = packets.removeLast();
    byte[] whole = Arrays.copyOf(first, first.length + packet.length - 20);
    System.arraycopy(packet, 20, whole, first.length, packet.length - 20);
    ByteBuffer header = ByteBuffer.wrap(whole);
    header.putShort(2, (short) whole.length);
    header.putShort(6, (short) (bytes.getShort(6) & 0x2000));
    header.putShort(10, (short) 0);
    header.putShort(10, (short) checksum(whole, 0, 20));
    packets.add(whole);
  }

  /** RFC 1071, the plain way. */
  public static int checksum(byte[] bytes, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += (bytes[i] & 0xff) << (((i - from) & 1) == 0 ? 8 : 0);
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return ~sum & 0xffff;
  }
}
