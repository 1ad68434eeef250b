package org.larval.nic;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/** Frames that tell whether they arrived whole: number, filling, checksum at the end. */
final class Frames {
  static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:0a");

  /** Number and checksum after the Ethernet header. */
  static final int MIN = 14 + 8 + 4;

  private final CRC32C crc = new CRC32C();
  private final byte[] filling = new byte[65536];

  /** Polling is what these tests are about: let the other end run. */
  @SuppressWarnings("ThreadPriorityCheck")
  static void idle() {
    Thread.yield();
  }

  Packet make(PacketPool pool, long number, int length) {
    Packet packet = pool.make(0, length);
    ByteBuf bytes = packet.buffer();
    // written through the array: paranoid leak detection remembers each call of a buffer
    ByteBuffer in = ByteBuffer.wrap(filling);
    in.putLong(0, MAC.bits() << 16).putLong(6, 0).putShort(12, (short) 0x88b5).putLong(14, number);
    for (int i = MIN - 4; i < length - 4; i++) {
      filling[i] = (byte) (number * 31 + i);
    }
    crc.reset();
    crc.update(filling, 0, length - 4);
    in.putInt(length - 4, (int) crc.getValue());
    bytes.writeBytes(filling, 0, length);
    return packet;
  }

  /** The number of a whole frame, or -1 for a damaged one. */
  long number(Packet packet) {
    ByteBuf bytes = packet.buffer();
    int length = bytes.readableBytes();
    int at = bytes.readerIndex();
    if (length < MIN || bytes.getInt(at + length - 4) != checksum(bytes, length - 4)) {
      return -1;
    }
    return bytes.getLong(at + 14);
  }

  private int checksum(ByteBuf bytes, int length) {
    crc.reset();
    crc.update(bytes.array(), bytes.arrayOffset() + bytes.readerIndex(), length);
    return (int) crc.getValue();
  }
}
