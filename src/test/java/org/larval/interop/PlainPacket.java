package org.larval.interop;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A packet made here byte by byte, with right checksums.
 *
 * @param protocol behind IP, in Wireshark's words
 * @param bytes from its IP header on
 * @param payload behind the header of UDP, TCP or ICMP
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record PlainPacket(String protocol, byte[] bytes, byte[] payload) {
  private static final byte[] SENTENCE =
      "What goes in must come out, octet for octet. ".getBytes(StandardCharsets.US_ASCII);
  private static final int UDP = 17;
  private static final int TCP = 6;
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;

  /** Record route (mutable), router alert and CIPSO (immutable), end. */
  private static final byte[] OPTIONS =
      HexFormat.of()
          .parseHex("070b040000000000000000" + "94040000" + "860a0000000301040001" + "000000");

  /** Hop by hop and for the target: an option that may change on the way, one that may not. */
  private static final byte[] EXTENSIONS =
      HexFormat.of()
          .parseHex("3c010502000001003e04a1a2a3a40100" + "00013e04b1b2b3b41e04c1c2c3c40100");

  /**
   * A datagram, a segment and an echo request.
   *
   * @param shape makes lengths differ from one call to the next
   * @param more with one datagram more, behind IPv4 options or IPv6 extension headers
   */
  static List<PlainPacket> some(String source, String target, int shape, boolean more) {
    boolean v6 = source.indexOf(':') >= 0;
    int few = shape % 16;
    List<PlainPacket> packets = new ArrayList<>();
    packets.add(make(source, target, UDP, 200 + few, new byte[0]));
    packets.add(make(source, target, TCP, 517 + few, new byte[0]));
    packets.add(make(source, target, v6 ? ICMPV6 : ICMP, 1000 + few, new byte[0]));
    if (more) {
      packets.add(make(source, target, UDP, 300 + few, v6 ? EXTENSIONS : OPTIONS));
    }
    return packets;
  }

  private static int upper(byte[] packet) {
    return packet[0] >>> 4 == 6 ? 40 : (packet[0] & 15) * 4;
  }

  /** What is behind IP, in a packet without extension headers. */
  static byte[] body(byte[] packet) {
    return Arrays.copyOfRange(packet, upper(packet), packet.length);
  }

  /** The addresses, as they stand in the header. */
  static byte[] addresses(byte[] packet) {
    return packet[0] >>> 4 == 6
        ? Arrays.copyOfRange(packet, 8, 40)
        : Arrays.copyOfRange(packet, 12, 20);
  }

  /** The same between other addresses, with the checksums behind IP as they were. */
  PlainPacket between(String source, String target) {
    byte[] body = body(bytes);
    int number = bytes[bytes[0] >>> 4 == 6 ? 6 : 9];
    return new PlainPacket(protocol, ip(source, target, number, new byte[0], body), payload);
  }

  private static PlainPacket make(
      String source, String target, int protocol, int length, byte[] options) {
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = SENTENCE[i % SENTENCE.length];
    }
    int header = protocol == TCP ? 20 : 8;
    ByteBuffer body = ByteBuffer.allocate(header + length);
    int checksumAt;
    switch (protocol) {
      case UDP -> {
        body.putShort((short) 40_001).putShort((short) 40_002).putShort((short) body.capacity());
        checksumAt = 6;
      }
      case TCP -> {
        body.putShort((short) 40_003).putShort((short) 40_004).putInt(1_000_000).putInt(2_000_000);
        body.putShort((short) 0x5018).putShort((short) 8192);
        checksumAt = 16;
      }
      default -> {
        body.put((byte) (protocol == ICMP ? 8 : 128)).put((byte) 0);
        body.putShort(4, (short) 0x1234).putShort(6, (short) 1);
        checksumAt = 2;
      }
    }
    body.put(header, payload);
    long sum = sum(body.array());
    if (protocol != ICMP) {
      sum += sum(octets(source)) + sum(octets(target)) + body.capacity() + protocol;
    }
    body.putShort(checksumAt, folded(sum));
    return new PlainPacket(
        name(protocol), ip(source, target, protocol, options, body.array()), payload);
  }

  private static String name(int protocol) {
    return switch (protocol) {
      case UDP -> "udp";
      case TCP -> "tcp";
      case ICMP -> "icmp";
      default -> "icmpv6";
    };
  }

  private static byte[] ip(
      String source, String target, int protocol, byte[] options, byte[] body) {
    if (source.indexOf(':') >= 0) {
      ByteBuffer packet = ByteBuffer.allocate(40 + options.length + body.length);
      packet.putInt(0x6281_2345).putShort((short) (options.length + body.length));
      packet.put((byte) (options.length == 0 ? protocol : 0)).put((byte) 61);
      packet.put(octets(source)).put(octets(target)).put(options).put(body);
      if (options.length != 0) {
        packet.put(40 + options.length / 2, (byte) protocol);
      }
      return packet.array();
    }
    int header = 20 + options.length;
    ByteBuffer packet = ByteBuffer.allocate(header + body.length);
    packet.put((byte) (0x40 | header / 4)).put((byte) 0x28).putShort((short) packet.capacity());
    packet.putShort((short) 0xbeef).putShort((short) 0x4000).put((byte) 61).put((byte) protocol);
    packet.putShort((short) 0).put(octets(source)).put(octets(target)).put(options).put(body);
    packet.putShort(10, folded(sum(Arrays.copyOf(packet.array(), header))));
    return packet.array();
  }

  private static byte[] octets(String address) {
    try {
      return InetAddress.getByName(address).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static long sum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (bytes[i] & 0xffL) << (i % 2 == 0 ? 8 : 0);
    }
    return sum;
  }

  private static short folded(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (short) ~folded;
  }
}
