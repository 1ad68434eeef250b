package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.Packet;
import org.larval.wire.Ipv4View;

/**
 * Options of an IPv4 packet that the stack's own answer to it carries too (ip_options_echo): of
 * those that guests know that is CIPSO, malformed or not. ICMP errors, echo replies and resets to
 * somebody without a connection have them, and no security module changes them.
 */
public final class EchoedOptions {
  private static final int END = 0;
  private static final int NOP = 1;
  private static final int CIPSO = 134;

  private EchoedOptions() {}

  /** The absolute index of the option to repeat, or -1. */
  private static int find(ByteBuf data, int ip) {
    int first = data.getUnsignedByte(ip);
    if (first >>> 4 != 4) {
      return -1;
    }
    int stop = ip + (first & 15) * 4;
    int at = ip + Ipv4View.HEADER;
    while (stop - at > 1) {
      int type = data.getUnsignedByte(at);
      if (type == END) {
        return -1;
      }
      int size = type == NOP ? 1 : data.getUnsignedByte(at + 1);
      if (type != NOP && size < 2 || size > stop - at) {
        return -1;
      }
      if (type == CIPSO) {
        return at;
      }
      at += size;
    }
    return -1;
  }

  /**
   * How many bytes of options an answer has, a multiple of 4 up to 40.
   *
   * @param ip the absolute index of a sound IP header
   */
  static int bytes(ByteBuf data, int ip) {
    int at = find(data, ip);
    return at < 0 ? 0 : data.getUnsignedByte(at + 1) + 3 & ~3;
  }

  /**
   * Puts those options in front of an answer's payload.
   *
   * @param ip the absolute index of the sound IP header of what is answered
   * @return how many bytes, as in {@link IpOutput#answer}
   */
  public static int push(Packet answer, ByteBuf data, int ip) {
    int bytes = bytes(data, ip);
    if (bytes > 0) {
      int from = find(data, ip);
      int size = data.getUnsignedByte(from + 1);
      answer.push(bytes);
      ByteBuf options = answer.buffer();
      int at = options.readerIndex();
      options.setBytes(at, data, from, size);
      options.setZero(at + size, bytes - size);
    }
    return bytes;
  }
}
